package visitorchat

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"switchboard/store/configdb"
)

// certificate is one of a key, signed by another or by itself.
func certificate(t *testing.T, key, by *rsa.PrivateKey, authority bool) string {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "id"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: authority, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, by)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// Keys are read as identity providers publish them, and while they rotate there
// are several.
func TestField_IdentityProvidersKeys(t *testing.T) {
	t.Parallel()
	one, oneText := newKey(t)
	two, twoText := newKey(t)
	ca, _ := newKey(t)
	leaf, root := certificate(t, one, ca, false), certificate(t, ca, ca, true)
	object := func(v any) string {
		b, err := json.Marshal(v)
		require.NoError(t, err)
		return string(b)
	}
	asJWK := func(k *rsa.PrivateKey, kid string, more map[string]any) map[string]any {
		out := map[string]any{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(k.N.Bytes()), "e": "AQAB"}
		if kid != "" {
			out["kid"] = kid
		}
		for name, v := range more {
			out[name] = v
		}
		return out
	}
	ec := map[string]any{"kty": "EC", "kid": "1", "crv": "P-256", "x": "a", "y": "b"}
	der, _ := pem.Decode([]byte(leaf))
	now := time.Now()
	for name, c := range map[string]struct {
		keys, kid string
		by        *rsa.PrivateKey
		want      string // the reason of a refusal
	}{
		"two PEMs, first":   {oneText + twoText, "", one, ""},
		"two PEMs, second":  {oneText + "\n" + twoText, "any", two, ""},
		"two PEMs, another": {oneText + twoText, "", ca, reasonSignature},
		"certificate":       {leaf, "", one, ""},
		"chain":             {leaf + root, "k", one, ""},
		"chain's authority": {leaf + root, "k", ca, reasonSignature},
		"signed by itself":  {certificate(t, one, one, true), "", one, ""},
		"JWKS by kid":       {object(map[string]any{"keys": []any{asJWK(one, "1", nil), asJWK(two, "2", nil)}}), "2", two, ""},
		"JWKS, wrong key": {object(map[string]any{"keys": []any{asJWK(one, "1", nil), asJWK(two, "2", nil)}}), "1", two,
			reasonSignature},
		"JWKS, unknown kid": {object(map[string]any{"keys": []any{asJWK(one, "1", nil), asJWK(two, "2", nil)}}), "3", two,
			reasonUnknownKey},
		"JWKS without kids":          {object(map[string]any{"keys": []any{asJWK(one, "", nil), asJWK(two, "", nil)}}), "x", two, ""},
		"token without kid":          {object(map[string]any{"keys": []any{asJWK(one, "1", nil), asJWK(two, "2", nil)}}), "", two, ""},
		"one kid twice":              {object(map[string]any{"keys": []any{asJWK(one, "1", nil), asJWK(two, "1", nil)}}), "1", two, ""},
		"other kinds beside":         {object(map[string]any{"keys": []any{ec, asJWK(two, "1", map[string]any{"use": "enc"}), asJWK(one, "1", map[string]any{"use": "sig", "alg": "RS256"}), 7, map[string]any{"kty": 1}}}), "1", one, ""},
		"key_ops":                    {object(map[string]any{"keys": []any{asJWK(two, "1", map[string]any{"key_ops": []string{"encrypt"}}), asJWK(one, "1", map[string]any{"key_ops": []string{"verify"}})}}), "1", one, ""},
		"padded n":                   {object(map[string]any{"keys": []any{asJWK(one, "1", map[string]any{"n": base64.StdEncoding.EncodeToString(one.N.Bytes())})}}), "1", one, ""},
		"x5c alone":                  {object(map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": "1", "x5c": []string{base64.StdEncoding.EncodeToString(der.Bytes)}}}}), "1", one, ""},
		"one JWK":                    {object(asJWK(one, "1", nil)), "1", one, ""},
		"certificates by kid":        {object(map[string]string{"a": certificate(t, two, two, true), "b": leaf}), "b", one, ""},
		"list":                       {object([]any{map[string]any{"kid": "a", "publicKey": base64.StdEncoding.EncodeToString([]byte(oneText))}, map[string]any{"kid": "b", "publicKey": twoText, "expiry": nil}}), "b", two, ""},
		"list, expiry in seconds":    {object([]any{map[string]any{"kid": "a", "publicKey": base64.StdEncoding.EncodeToString([]byte(oneText)), "expiry": now.Add(time.Hour).Unix()}}), "a", one, ""},
		"list, expired":              {object([]any{map[string]any{"kid": "a", "publicKey": base64.StdEncoding.EncodeToString([]byte(oneText)), "expiry": now.Add(-time.Hour)}}), "a", one, reasonUnknownKey},
		"list, expiry of no meaning": {object([]any{map[string]any{"kid": "a", "publicKey": base64.StdEncoding.EncodeToString([]byte(oneText)), "expiry": "soon"}, map[string]any{"kid": "b", "publicKey": base64.StdEncoding.EncodeToString([]byte(twoText))}}), "a", one, reasonUnknownKey},
		"byte order mark":            {"\ufeff" + oneText, "", one, ""},
	} {
		require.NoError(t, CheckKey(c.keys), name)
		token := jwt.NewWithClaims(jwt.SigningMethodRS256,
			jwt.MapClaims{"sub": "u1", "aud": "shop", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()})
		if c.kid != "" {
			token.Header["kid"] = c.kid
		}
		text, err := token.SignedString(c.by)
		require.NoError(t, err)
		claims, err := NewKeys(nil, nil).Verify(t.Context(), configdb.Widget{PublicKey: c.keys, Audience: "shop"}, text, now)
		if c.want == "" {
			require.NoError(t, err, name)
			require.Equal(t, "u1", claims.Subject, name)
			continue
		}
		var bad *BadToken
		require.ErrorAs(t, err, &bad, name)
		require.Equal(t, c.want, bad.Reason, name)
	}
	private := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(one)})
	require.ErrorContains(t, CheckKey(string(private)), "private key")
	require.ErrorContains(t, CheckKey(`{"issuer":"https://id.example","jwks_uri":"https://id.example/keys"}`), "jwks_uri")
	for _, text := range []string{"", "hello", "{}", "[]", `{"keys":[]}`, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"} {
		require.Error(t, CheckKey(text), text)
	}
}

func TestSeed_D22_ContextsAsMicrosoftWritesThem(t *testing.T) {
	t.Parallel()
	raw := func(s string) json.RawMessage { b, _ := json.Marshal(s); return b }
	require.Equal(t, map[string]any{"orderId": "1042", "vip": true, "visits": 7.0, "plain": "a"},
		contexts(raw(`{"orderId":{"value":"1042","isDisplayable":true},"vip":{"value":true,"isDisplayable":false},"visits":{"value":7},"plain":"a","none":null,"list":[1],"deep":{"value":{"value":1}},"empty":{}}`)))
}
