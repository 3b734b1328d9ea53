package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Secrets may be in files, as containers are given them, and not in the
// environment. What cannot be is said by the name of its setting.
func TestSecurity_M12_SecretsFromFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	for _, name := range secretSettings() {
		t.Setenv(name, "") // and put back after the test
	}
	require.NoError(t, secretsFromFiles([]string{"SWITCHBOARD_KEY_FILE=" + file("key", "the key\n"), "TEMPORAL_API_KEY_FILE=" + file("api", "a=b"),
		"SWITCHBOARD_LISTEN_FILE=/nowhere", "SWITCHBOARD_ADMIN_PASSWORD_FILE=", "OTHER=1"}))
	require.Equal(t, "the key", os.Getenv("SWITCHBOARD_KEY"))
	require.Equal(t, "a=b", os.Getenv("TEMPORAL_API_KEY"))
	for name, line := range map[string]string{
		"set twice":     "SWITCHBOARD_KEY_FILE=" + file("again", "x"),
		"is not there":  "SWITCHBOARD_DATABASE_URL_FILE=" + filepath.Join(dir, "nowhere"),
		"is empty":      "SWITCHBOARD_DATABASE_URL_FILE=" + file("empty", "\n"),
		"is no setting": "SWITCHBOARD_DATABASE_URL_FILE=" + file("nul", "a\x00b"),
	} {
		err := secretsFromFiles([]string{line})
		require.Error(t, err, name)
		setting, _, _ := bytes.Cut([]byte(line), []byte("="))
		require.ErrorContains(t, err, string(setting), name)
	}
}

// The key seals, the one before it opens; what is wrong is said by its name.
func TestSecurity_M12_Keys(t *testing.T) {
	t.Parallel()
	text := func(n byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, 32)) }
	keys, err := (&backends{Key: text(2), KeyPrevious: text(1)}).keys()
	require.NoError(t, err)
	require.Len(t, keys, 2)
	require.Equal(t, byte(2), keys[0][0])
	_, err = (&backends{Key: text(2), KeyPrevious: "short"}).keys()
	require.ErrorContains(t, err, "SWITCHBOARD_KEY_PREVIOUS")
	_, err = (&backends{Key: "short"}).keys()
	require.ErrorContains(t, err, "SWITCHBOARD_KEY must")
}
