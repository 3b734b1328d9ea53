package visitorchat

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"switchboard/channel/safehttp"
	"switchboard/store/configdb"
)

type vectors struct {
	Keys map[string]struct {
		PEM string          `json:"public_pem"`
		JWK json.RawMessage `json:"jwk"`
	}
	Keysets map[string]struct{ Body json.RawMessage }
	Tokens  []struct {
		ID, Token, Key, Keyset, Why, Subject, Warn string
		Now                                        int64
		Issuer                                     string `json:"expected_issuer"`
		Valid                                      bool
		Contexts                                   map[string]any
	} `json:"token_vectors"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var v vectors
	require.NoError(t, json.Unmarshal(data, &v))
	require.Len(t, v.Tokens, 31)
	return v
}

// keyText is what an administrator would enter, or an address would serve.
func (v vectors) keyText(t *testing.T, key, set string) string {
	t.Helper()
	if set != "" {
		return string(v.Keysets[set].Body)
	}
	require.NotEmpty(t, v.Keys[key].PEM)
	return v.Keys[key].PEM
}

func TestVerify_Vectors(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	keys := NewKeys(nil, nil)
	for _, x := range v.Tokens {
		t.Run(x.ID, func(t *testing.T) {
			t.Parallel()
			w := configdb.Widget{Issuer: x.Issuer, PublicKey: v.keyText(t, x.Key, x.Keyset)}
			claims, err := keys.verify(t.Context(), w, x.Token, origin{issuer: x.Issuer}, time.Unix(x.Now, 0)) // none of them says for whom it is
			if !x.Valid {
				var bad *BadToken
				require.ErrorAs(t, err, &bad, x.Why)
				return
			}
			require.NoError(t, err)
			require.Equal(t, x.Subject, claims.Subject)
			switch {
			case len(x.Contexts) > 0:
				require.Equal(t, x.Contexts, claims.Context)
			case x.Contexts != nil || x.Warn != "":
				require.Empty(t, claims.Context, x.Warn)
			}
		})
	}
}

// A key set as JWKS, and as a list with expiry dates, says the same.
func TestParseKeys_Forms(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	for _, set := range []string{"multi", "jwks"} {
		keys, err := ParseKeys(v.Keysets[set].Body)
		require.NoError(t, err)
		require.Len(t, keys, 2)
		for i, name := range []string{"a", "b"} {
			one, err := ParseKeys([]byte(v.Keys[name].PEM))
			require.NoError(t, err)
			require.True(t, one[0].RSA.Equal(keys[i].RSA), "%s of %s", name, set)
		}
	}
	require.Error(t, CheckKey(v.Keys["small"].PEM), "1024 bits")
	require.NoError(t, CheckKey(v.Keys["a"].PEM))
	for _, text := range []string{"", "x", "[]", "{}", `{"keys":[{"kty":"oct","k":"AA"}]}`, "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"} {
		require.Error(t, CheckKey(text), text)
	}
}

// site is a site that serves its public key.
type site struct {
	*httptest.Server
	body  atomic.Value
	asked atomic.Int64
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.asked.Add(1)
		body, _ := s.body.Load().(string)
		if body == "" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s
}

func newKey(t *testing.T) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	b, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b}))
}

func sign(t *testing.T, key *rsa.PrivateKey, now time.Time) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "u1", "iss": "https://shop.example", "aud": "shop", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()})
	text, err := token.SignedString(key)
	require.NoError(t, err)
	return text
}

// Keys by address are fetched once, again when a signature does not match and a
// minute has passed, and kept while the site is away.
func TestKeys_FetchedCachedRotated(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	now := time.Now()
	client := safehttp.New(u.Host)
	client.Transport.(*http.Transport).TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig
	keys := NewKeys(client, func() time.Time { return now })
	w := configdb.Widget{KeyURL: s.URL + "/keys", Issuer: "https://shop.example", Key: "shop"}
	first, firstText := newKey(t)
	second, secondText := newKey(t)

	_, err = keys.Verify(t.Context(), w, sign(t, first, now), now)
	var bad *BadToken
	require.Error(t, err)
	require.NotErrorAs(t, err, &bad, "that the site is away is nobody's fault")
	now = now.Add(10 * time.Second)
	s.body.Store(firstText)
	for range 5 {
		_, err = keys.Verify(t.Context(), w, sign(t, first, now), now)
		require.NoError(t, err)
	}
	require.EqualValues(t, 2, s.asked.Load(), "cached")
	s.body.Store(secondText)
	_, err = keys.Verify(t.Context(), w, sign(t, second, now), now)
	require.ErrorAs(t, err, &bad, "not asked again within a minute")
	now = now.Add(2 * time.Minute)
	_, err = keys.Verify(t.Context(), w, sign(t, second, now), now)
	require.NoError(t, err)
	_, err = keys.Verify(t.Context(), w, sign(t, first, now), now)
	require.ErrorAs(t, err, &bad, "the old key is gone")
	s.body.Store("")
	now = now.Add(time.Hour)
	_, err = keys.Verify(t.Context(), w, sign(t, second, now), now)
	require.NoError(t, err, "while the site is away")
	now = now.Add(25 * time.Hour)
	_, err = keys.Verify(t.Context(), w, sign(t, second, now), now)
	require.Error(t, err, "but not for ever")
}

// An address inside is never asked, whatever an administrator entered.
func TestKeys_ErrInside(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.body.Store("x")
	key, _ := newKey(t)
	_, err := NewKeys(nil, nil).Verify(t.Context(), configdb.Widget{KeyURL: s.URL, Issuer: "https://shop.example", Key: "shop"}, sign(t, key, time.Now()), time.Now())
	require.ErrorIs(t, err, safehttp.ErrForbidden)
	require.Zero(t, s.asked.Load())
}

func TestVerify_ErrTooLongAndTooFar(t *testing.T) {
	t.Parallel()
	key, text := newKey(t)
	w, now, keys := configdb.Widget{PublicKey: text, Key: "shop"}, time.Now(), NewKeys(nil, nil)
	var bad *BadToken
	_, err := keys.Verify(t.Context(), w, strings.Repeat("x", maxToken+1), now)
	require.ErrorAs(t, err, &bad)
	long := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "u1", "aud": "shop", "iat": now.Unix(), "exp": now.Add(25 * time.Hour).Unix()})
	token, err := long.SignedString(key)
	require.NoError(t, err)
	_, err = keys.Verify(t.Context(), w, token, now)
	require.ErrorAs(t, err, &bad)
	require.Contains(t, bad.Reason, "too long")
}

func TestIsPhone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"+372 5555 5555": true, "+31-20-123 4567": true, "5555 5555": false, "+0372555": false, "+372abc5555": false, "": false, "+123": false} {
		require.Equal(t, want, IsPhone(text), text)
	}
}

// A token for another app of the same identity provider, of another issuer, or for
// nobody in particular signs nobody in, also where the keys are shared.
func TestSecurity_M6_TokensAreForThisWidget(t *testing.T) {
	t.Parallel()
	key, text := newKey(t)
	now, keys := time.Now(), NewKeys(nil, nil)
	claims := func(more jwt.MapClaims) string {
		c := jwt.MapClaims{"sub": "u1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		for k, v := range more {
			c[k] = v
		}
		token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, c).SignedString(key)
		require.NoError(t, err)
		return token
	}
	plain := configdb.Widget{Key: "shop-live", PublicKey: text}
	named := configdb.Widget{Key: "shop-live", PublicKey: text, Issuer: "https://idp.example", Audience: "shop"}
	for _, c := range []struct {
		name string
		w    configdb.Widget
		more jwt.MapClaims
		ok   bool
	}{
		{"for the widget's key", plain, jwt.MapClaims{"aud": "shop-live"}, true},
		{"for it among others", plain, jwt.MapClaims{"aud": []string{"x", "shop-live"}}, true},
		{"for another app", plain, jwt.MapClaims{"aud": "some-other-client", "iss": "https://idp.example"}, false},
		{"for nobody", plain, nil, false},
		{"for another widget of the same key", plain, jwt.MapClaims{"aud": "shop-persistent"}, false},
		{"for the audience", named, jwt.MapClaims{"aud": "shop", "iss": "https://idp.example"}, true},
		{"for the key where the audience is another", named, jwt.MapClaims{"aud": "shop-live", "iss": "https://idp.example"}, false},
		{"of another issuer", named, jwt.MapClaims{"aud": "shop", "iss": "https://evil.example"}, false},
		{"of no issuer", named, jwt.MapClaims{"aud": "shop"}, false},
	} {
		_, err := keys.Verify(t.Context(), c.w, claims(c.more), now)
		if c.ok {
			require.NoError(t, err, c.name)
			continue
		}
		var bad *BadToken
		require.ErrorAs(t, err, &bad, c.name)
	}
	var bad *BadToken
	_, err := keys.Verify(t.Context(), configdb.Widget{Key: "shop-live", KeyURL: "https://idp.example/keys"}, claims(jwt.MapClaims{"aud": "shop-live"}), now)
	require.ErrorAs(t, err, &bad, "keys of an address need an issuer, also of widgets made before that was asked")
}
