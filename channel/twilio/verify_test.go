package twilio

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

const inboundURL = "https://hub.example.com/webhooks/twilio/k1"

func signature(token, address string, form url.Values) string {
	return base64.StdEncoding.EncodeToString(sign(token, address, form))
}

func TestVerify_Vectors(t *testing.T) {
	t.Parallel()
	all := vectors(t).Signatures
	require.Equal(t, 20, len(all))
	for _, v := range all {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			err := New().Verify(account(v.Token), webhook(t, http.MethodPost, v.URL, v.ContentType, v.Body, v.Signature))
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
	for _, s := range vectors(t).Inbound {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			a := s.account(t)
			err := New().Verify(a, s.request(t))
			if s.Expect.HTTPStatus == http.StatusForbidden {
				require.Equal(t, channel.ErrSignature, err)
				return
			}
			require.NoError(t, err)
			form, err := url.ParseQuery(s.Request.Body)
			require.NoError(t, err)
			if form.Get("AccountSid") != "" {
				a.Settings["account_sid"] = "ACother"
				require.Equal(t, channel.ErrSignature, New().Verify(a, s.request(t)), "of another account")
			}
		})
	}
}

func TestVerify_Tokens(t *testing.T) {
	t.Parallel()
	form := url.Values{"AccountSid": {sid}, "MessageSid": {"SM1"}, "Body": {"hi"}}
	for _, tt := range []struct {
		name    string
		secrets map[string]string
		with    string
		ok      bool
	}{
		{"primary", map[string]string{"auth_token": "new"}, "new", true},
		{"secondary", map[string]string{"auth_token": "new", "auth_token_secondary": "old"}, "old", true},
		{"primary beside secondary", map[string]string{"auth_token": "new", "auth_token_secondary": "old"}, "new", true},
		{"other", map[string]string{"auth_token": "new"}, "old", false},
		{"API key does not verify", map[string]string{"auth_token": "new", "api_key_secret": "key"}, "key", false},
		{"empty key", map[string]string{"auth_token": ""}, "", false},
		{"no secret", nil, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := channel.Account{Settings: map[string]string{"account_sid": sid}, Secrets: tt.secrets}
			err := New().Verify(a, post(t, tt.with, inboundURL, form))
			if tt.ok {
				require.NoError(t, err)
				return
			}
			require.Equal(t, channel.ErrSignature, err)
		})
	}
}

// Whoever stands between Twilio and us, the address that Twilio signed is one of
// a few spellings of ours.
func TestVerify_Addresses(t *testing.T) {
	t.Parallel()
	form := url.Values{"MessageSid": {"SM1"}, "Body": {"hi"}}
	for _, tt := range []struct {
		name, signed, seen string
		ok                 bool
	}{
		{"same", "https://h.example/p?a=1", "https://h.example/p?a=1", true},
		{"port added", "https://h.example:443/p", "https://h.example/p", true},
		{"port dropped", "https://h.example/p", "https://h.example:443/p", true},
		{"http port added", "http://h.example:80/p", "http://h.example/p", true},
		{"other port dropped", "https://h.example/p", "https://h.example:8443/p", true},
		{"address of version 6", "https://[2001:db8::1]/p", "https://[2001:db8::1]:443/p", true},
		{"host in capitals", "https://h.example/p", "https://H.Example/p", true},
		{"no path", "https://h.example/?a=1", "https://h.example?a=1", true},
		{"blank written anew", "https://h.example/p?a=x%20y", "https://h.example/p?a=x+y", true},
		{"order grouped anew", "https://h.example/p?a=1&a=3&b=2", "https://h.example/p?a=1&b=2&a=3", true},
		{"other host", "https://other.example/p", "https://h.example/p", false},
		{"other scheme", "http://h.example/p", "https://h.example/p", false},
		{"other path", "https://h.example/q", "https://h.example/p", false},
		{"other query", "https://h.example/p?a=1", "https://h.example/p?a=2", false},
		{"other port", "https://h.example:8443/p", "https://h.example/p", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := webhook(t, http.MethodPost, tt.seen, "application/x-www-form-urlencoded", form.Encode(), signature("12345", tt.signed, form))
			err := New().Verify(account("12345"), r)
			if tt.ok {
				require.NoError(t, err)
				return
			}
			require.Equal(t, channel.ErrSignature, err)
		})
	}
}

func TestVerify_GET(t *testing.T) {
	t.Parallel()
	address := inboundURL + "?" + url.Values{"AccountSid": {sid}, "MessageSid": {"SM1"}, "From": {"+14133881111"}, "Body": {"hi"}}.Encode()
	r := webhook(t, http.MethodGet, address, "", "", signature("12345", address, nil))
	require.NoError(t, New().Verify(account("12345"), r))
	events, err := New().Parse(account("12345"), r)
	require.NoError(t, err)
	require.Equal(t, "hi", events[0].Text)

	other := account("12345")
	other.Settings["account_sid"] = "ACother"
	require.Equal(t, channel.ErrSignature, New().Verify(other, r))
}

func TestVerify_BodyHash(t *testing.T) {
	t.Parallel()
	const body = `{"a":1}`
	sum := sha256.Sum256([]byte(body))
	address := inboundURL + "?bodySHA256=" + hex.EncodeToString(sum[:])
	good := webhook(t, http.MethodPost, address, "application/json", body, signature("12345", address, nil))
	require.NoError(t, New().Verify(account("12345"), good))

	// Without the hash in the address, nothing covers a body that is no form.
	bare := webhook(t, http.MethodPost, inboundURL, "application/json", body, signature("12345", inboundURL, nil))
	require.Equal(t, channel.ErrSignature, New().Verify(account("12345"), bare))

	for _, hash := range []string{"00", "zz", hex.EncodeToString(sum[:31])} {
		address := inboundURL + "?bodySHA256=" + hash
		r := webhook(t, http.MethodPost, address, "application/json", body, signature("12345", address, nil))
		require.Equal(t, channel.ErrSignature, New().Verify(account("12345"), r), hash)
	}
}

func TestVerify_BadForm(t *testing.T) {
	t.Parallel()
	r := webhook(t, http.MethodPost, inboundURL, "", "Body=%zz", signature("12345", inboundURL, nil))
	require.Equal(t, channel.ErrSignature, New().Verify(account("12345"), r))
	r.URL = nil
	require.Equal(t, channel.ErrSignature, New().Verify(account("12345"), r))
}
