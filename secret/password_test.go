package secret_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/secret"
)

func TestPassword_OK(t *testing.T) {
	t.Parallel()
	h := secret.HashPassword("correct horse")
	require.True(t, strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1$"))
	require.NotEqual(t, h, secret.HashPassword("correct horse"), "salted")
	ok, err := secret.CheckPassword(h, "correct horse")
	require.NoError(t, err)
	require.True(t, ok)
	ok, err = secret.CheckPassword(h, "correct horsf")
	require.NoError(t, err)
	require.False(t, ok)
}

func TestPassword_ErrForm(t *testing.T) {
	t.Parallel()
	for _, h := range []string{
		"", "x", "$2a$10$abcdefghijklmnopqrstuv", "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
		"$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
		"$argon2id$v=19$m=19456,t=2,p=1$!!$aGFzaGhhc2hoYXNoaGFzaA",
		"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$",
	} {
		ok, err := secret.CheckPassword(h, "x")
		require.Error(t, err, h)
		require.False(t, ok)
	}
}
