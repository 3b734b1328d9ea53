package secret_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/secret"
)

// Passwords that somebody who guesses would try first are refused.
func TestSecurity_L6_WeakPasswords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ password, reason string }{
		{"short", "at least 10"},
		{strings.Repeat("ab", 101), "at most 200"},
		{"tab\tin the middle", "control characters"},
		{"aaaaaaaaaa", "easy to guess"},
		{"1212121212", "easy to guess"},
		{"12345678901", "easy to guess"},
		{"abcdefghijkl", "easy to guess"},
		{"qwertyuiop", "most common"},
		{"1234567890", "easy to guess"},
		{"password12", "most common"},
		{"Password2026!", "most common"},
		{"!!!dragon!!!123", "most common"},
		{"Switchboard1", "too much like"},
		{"Nora.Fischer1", "too much like"},
		{"nora@shop.example", "too much like"},
		{"FischerNora!!", "too much like"},
	} {
		require.Contains(t, secret.Weakness(c.password, "Nora Fischer", "nora@shop.example"), c.reason, c.password)
	}
	for _, good := range []string{"correct horse battery", "incorrect zebra accumulator", "a long first password", "Ελλάδα θάλασσα 42", "nora likes green tea"} {
		require.Empty(t, secret.Weakness(good, "Nora Fischer", "nora@shop.example"), good)
	}
}

// Hashes of a lower cost than today's are told apart.
func TestCostlier(t *testing.T) {
	t.Parallel()
	require.False(t, secret.Costlier(secret.HashPassword("correct horse battery")))
	require.True(t, secret.Costlier("$argon2id$v=19$m=8192,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
	require.True(t, secret.Costlier("$argon2id$v=19$m=19456,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
	require.False(t, secret.Costlier("no hash"))
}
