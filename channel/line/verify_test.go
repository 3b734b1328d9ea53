package line

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

func signature(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestVerify_Vectors(t *testing.T) {
	t.Parallel()
	all := vectors(t).Signatures
	require.Equal(t, 6, len(all))
	for _, v := range all {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			err := New().Verify(account(v.Secret), hook(t, v.Body, v.Signature))
			if v.Valid {
				require.NoError(t, err)
				return
			}
			require.Equal(t, channel.ErrSignature, err)
		})
	}
}

func TestVerify_InboundSamples(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t).Inbound {
		a := account(v.Secret)
		require.NoError(t, New().Verify(a, hook(t, v.Request.Body, v.Request.Headers["x-line-signature"])), v.ID)
		a.Settings["bot_user_id"] = "Uf3e2d1c0b9a8f7e6d5c4b3a291807f6e"
		require.NoError(t, New().Verify(a, hook(t, v.Request.Body, v.Request.Headers["x-line-signature"])), v.ID)
		a.Settings["bot_user_id"] = "U00000000000000000000000000000000"
		require.Equal(t, channel.ErrSignature, New().Verify(a, hook(t, v.Request.Body, v.Request.Headers["x-line-signature"])), v.ID)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	const body = `{"destination":"Ubot","events":[]}`
	for _, tt := range []struct {
		name    string
		secrets map[string]string
		header  string
		ok      bool
	}{
		{"current", map[string]string{"channel_secret": "new"}, signature("new", body), true},
		{"previous", map[string]string{"channel_secret": "new", "channel_secret_previous": "old"}, signature("old", body), true},
		{"current while previous is kept", map[string]string{"channel_secret": "new", "channel_secret_previous": "old"}, signature("new", body), true},
		{"other", map[string]string{"channel_secret": "new"}, signature("old", body), false},
		{"empty key", map[string]string{}, signature("", body), false},
		{"no header", map[string]string{"channel_secret": "new"}, "", false},
		{"url alphabet", map[string]string{"channel_secret": "new"}, "_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-8=", false},
		{"cut", map[string]string{"channel_secret": "new"}, signature("new", body)[:40], false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := New().Verify(channel.Account{Secrets: tt.secrets}, hook(t, body, tt.header))
			if tt.ok {
				require.NoError(t, err)
				return
			}
			require.Equal(t, channel.ErrSignature, err)
		})
	}
}
