package secret_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/secret"
)

func key(n byte) []byte {
	k := make([]byte, 32)
	k[0] = n
	return k
}

// A key that leaked is replaced: what it sealed is opened while it is known, what
// is sealed from then on is not its, and without it only that opens.
func TestSecurity_M12_KeyIsReplaced(t *testing.T) {
	t.Parallel()
	old, err := secret.NewBox(key(1))
	require.NoError(t, err)
	both, err := secret.NewBox(key(2), key(1))
	require.NoError(t, err)
	now, err := secret.NewBox(key(2))
	require.NoError(t, err)
	before, err := old.Seal([]byte("plain"), []byte("row"))
	require.NoError(t, err)
	after, err := both.Seal([]byte("plain"), []byte("row"))
	require.NoError(t, err)
	for _, sealed := range [][]byte{before, after} {
		plain, err := both.Open(sealed, []byte("row"))
		require.NoError(t, err)
		require.Equal(t, "plain", string(plain))
		_, err = both.Open(sealed, []byte("another row"))
		require.Error(t, err)
	}
	require.False(t, both.Current(before))
	require.True(t, both.Current(after))
	_, err = now.Open(before, []byte("row"))
	require.Error(t, err)
	_, err = now.Open(after, []byte("row"))
	require.NoError(t, err)
	_, err = old.Open(after, []byte("row"))
	require.Error(t, err)
}

// What earlier versions sealed, without the id of a key, is opened, also where
// its nonce happens to begin as the mark of today does.
func TestSecurity_M12_OlderValuesOpen(t *testing.T) {
	t.Parallel()
	block, err := aes.NewCipher(key(1))
	require.NoError(t, err)
	aead, err := cipher.NewGCM(block)
	require.NoError(t, err)
	box, err := secret.NewBox(key(2), key(1))
	require.NoError(t, err)
	for _, begins := range []string{"", "swb\x01"} {
		nonce := make([]byte, aead.NonceSize())
		rand.Read(nonce)
		copy(nonce, begins)
		sealed := aead.Seal(nonce, nonce, []byte("plain"), []byte("row"))
		plain, err := box.Open(sealed, []byte("row"))
		require.NoError(t, err)
		require.Equal(t, "plain", string(plain))
		require.False(t, box.Current(sealed))
	}
	for _, broken := range []string{"", "swb", "swb\x01", "swb\x01abcd", "swb\x01abcdefgh"} {
		_, err := box.Open([]byte(broken), nil)
		require.Error(t, err)
	}
}
