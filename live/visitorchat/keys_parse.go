package visitorchat

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"time"
)

// ParseKeys reads a site's keys as identity providers publish them: PEM text with
// one or more public keys or certificates, an array of {kid, publicKey, expiry}
// with PEM in base64, a JWKS or one JWK, or an object of certificates by kid. A key
// that cannot be read, or is for something else, does not cost the others.
func ParseKeys(body []byte) ([]Key, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\uFEFF")))
	switch {
	case len(body) == 0:
		return nil, errors.New("there is no key")
	case body[0] == '[':
		return parseList(body)
	case body[0] == '{':
		return parseObject(body)
	}
	found, err := parsePEM(body)
	if err != nil {
		return nil, err
	}
	var keys []Key
	for _, k := range found {
		keys = append(keys, Key{RSA: k})
	}
	return keys, nil
}

// parsePEM reads the RSA keys of a PEM text. Of a chain of certificates it is the
// first that signs, not the authorities above it.
func parsePEM(text []byte) ([]*rsa.PublicKey, error) {
	var keys, authorities []*rsa.PublicKey
	blocks := 0
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		text = rest
		blocks++
		var key any
		authority := false
		switch block.Type {
		case "PUBLIC KEY":
			key, _ = x509.ParsePKIXPublicKey(block.Bytes)
		case "RSA PUBLIC KEY":
			key, _ = x509.ParsePKCS1PublicKey(block.Bytes)
		case "CERTIFICATE":
			if c, err := x509.ParseCertificate(block.Bytes); err == nil {
				key, authority = c.PublicKey, c.IsCA
			}
		default:
			if strings.Contains(block.Type, "PRIVATE KEY") {
				return nil, errors.New("it is a private key, which nobody else may have: enter the public key")
			}
		}
		if k, isRSA := key.(*rsa.PublicKey); isRSA && authority {
			authorities = append(authorities, k)
		} else if isRSA {
			keys = append(keys, k)
		}
	}
	switch {
	case blocks == 0:
		return nil, errors.New("it is no PEM")
	case len(keys) > 0:
		return keys, nil
	case len(authorities) > 0: // a certificate that signed itself
		return authorities[:1], nil
	}
	return nil, errors.New("it is no RSA key")
}

func parseList(body []byte) ([]Key, error) {
	var list []struct {
		KID       string
		PublicKey string
		Expiry    json.RawMessage
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errors.New("the list of keys cannot be read")
	}
	var keys []Key
	for _, e := range list {
		expiry, ok := parseExpiry(e.Expiry)
		text := []byte(e.PublicKey)
		if !strings.HasPrefix(strings.TrimSpace(e.PublicKey), "-----") {
			text = decode64(e.PublicKey)
		}
		found, err := parsePEM(text)
		if err != nil || !ok || e.KID == "" {
			continue
		}
		for _, k := range found {
			keys = append(keys, Key{ID: e.KID, RSA: k, Expiry: expiry})
		}
	}
	return some(keys)
}

// parseExpiry reads a time as RFC 3339 or in seconds; nothing is never.
func parseExpiry(raw json.RawMessage) (time.Time, bool) {
	if s := string(raw); s == "" || s == "null" || s == `""` {
		return time.Time{}, true
	}
	var at time.Time
	if json.Unmarshal(raw, &at) == nil {
		return at, true
	}
	var seconds int64
	if json.Unmarshal(raw, &seconds) == nil {
		if seconds > 1e11 { // milliseconds
			seconds /= 1000
		}
		return time.Unix(seconds, 0), true
	}
	return time.Time{}, false
}

// jwk is a key of a JWKS.
type jwk struct {
	Kty, Use, Alg, Kid, N, E string
	X5C                      []string
	KeyOps                   []string `json:"key_ops"`
}

func parseObject(body []byte) ([]Key, error) {
	var set struct {
		Keys    []json.RawMessage
		Kty     string
		JWKSURI string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, errors.New("the set of keys cannot be read")
	}
	switch {
	case set.Kty != "":
		set.Keys = []json.RawMessage{body}
	case set.Keys == nil && set.JWKSURI != "":
		return nil, errors.New("it is a description of the issuer: name the address that stands there as jwks_uri")
	case set.Keys == nil:
		return parseByKID(body)
	}
	var keys []Key
	for _, raw := range set.Keys {
		var e jwk
		if json.Unmarshal(raw, &e) != nil {
			continue
		}
		if k := e.rsa(); k != nil {
			keys = append(keys, Key{ID: e.Kid, RSA: k})
		}
	}
	return some(keys)
}

// rsa is the key, or nil if it is none that signs tokens by RS256.
func (e jwk) rsa() *rsa.PublicKey {
	verifies := len(e.KeyOps) == 0 || strings.Contains(" "+strings.Join(e.KeyOps, " ")+" ", " verify ")
	if e.Kty != "RSA" || e.Use != "" && e.Use != "sig" || e.Alg != "" && e.Alg != "RS256" || !verifies {
		return nil
	}
	n, exp := decode64(e.N), decode64(e.E)
	if len(n) == 0 && len(e.X5C) > 0 {
		if c, err := x509.ParseCertificate(decode64(e.X5C[0])); err == nil {
			k, _ := c.PublicKey.(*rsa.PublicKey)
			return k
		}
	}
	if len(n) == 0 || len(exp) > 4 {
		return nil
	}
	pub := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(exp).Int64())}
	if pub.E < 3 {
		return nil
	}
	return pub
}

// parseByKID reads {"kid": "-----BEGIN CERTIFICATE-----…"}.
func parseByKID(body []byte) ([]Key, error) {
	var byKID map[string]string
	if json.Unmarshal(body, &byKID) != nil {
		return nil, errors.New("there is no key")
	}
	var keys []Key
	for kid, text := range byKID {
		found, err := parsePEM([]byte(text))
		if err != nil {
			continue
		}
		for _, k := range found {
			keys = append(keys, Key{ID: kid, RSA: k})
		}
	}
	return some(keys)
}

// decode64 reads base64 of either alphabet, padded or not; what is none is empty.
func decode64(text string) []byte {
	text = strings.NewReplacer("-", "+", "_", "/", "\r", "", "\n", "", " ", "").Replace(text)
	out, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil
	}
	return out
}
