package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"time"

	"switchboard/dev/sandbox/core"
)

// A shop signs its customers in to web chats with a key of its own, as any site
// does on its server.

const (
	shopIssuer = "https://shop.example"
	shopKeyID  = "shop-1"
	shopTTL    = time.Hour
)

// OpenShop gives the sandbox a shop with a private RSA key, PEM. It comes before Handler.
func (s *Sandbox) OpenShop(key string) (err error) {
	s.shop, err = parseShopKey(key)
	return err
}

// parseShopKey reads a private RSA key from PEM (PKCS #8).
func parseShopKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the shop's key is no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the shop's key cannot be read")
	}
	k, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the shop's key is no RSA key")
	}
	return k, nil
}

// shopRoutes are what the demo's shop has on its server. Without a key there is
// no shop.
func (s *Sandbox) shopRoutes(mux *http.ServeMux) {
	if s.shop == nil {
		return
	}
	open := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
			if r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			h(w, r)
		}
	}
	mux.HandleFunc("/shop/auth/token", open(s.shopToken))
	mux.HandleFunc("/shop/auth/keys", open(s.shopKeys))
}

// shopCustomer is who signs in, and to which widget: {"sub": "…", "aud": "demo-live", "name": "…", "contexts": {"orderId": "1042"}}
type shopCustomer struct {
	Sub      string         `json:"sub"`
	Aud      string         `json:"aud"`
	Name     string         `json:"name"`
	Contexts map[string]any `json:"contexts"`
}

func (s *Sandbox) shopToken(w http.ResponseWriter, r *http.Request) {
	var in shopCustomer
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxUpload)).Decode(&in)
	if r.Method != http.MethodPost || err != nil || in.Sub == "" || in.Aud == "" {
		core.Answer(w, http.StatusBadRequest, map[string]string{"error": `POST {"sub": "…", "aud": "the widget's key", "name": "…"}`})
		return
	}
	token, err := s.signShop(in)
	if err != nil {
		core.Answer(w, http.StatusInternalServerError, map[string]string{"error": "it cannot be signed"})
		return
	}
	core.Answer(w, http.StatusOK, map[string]string{"token": token})
}

// signShop makes an RS256 JWT; what goes into lwicontexts is a JSON text.
func (s *Sandbox) signShop(in shopCustomer) (string, error) {
	now := s.Now()
	claims := map[string]any{"iss": shopIssuer, "sub": in.Sub, "aud": in.Aud, "iat": now.Unix(), "exp": now.Add(shopTTL).Unix(),
		"name": in.Name}
	if len(in.Contexts) > 0 {
		b, err := json.Marshal(in.Contexts)
		if err != nil {
			return "", err
		}
		claims["lwicontexts"] = string(b)
	}
	var parts [2]string
	for i, v := range []any{map[string]string{"alg": "RS256", "typ": "JWT", "kid": shopKeyID}, claims} {
		b, err := json.Marshal(v)
		if err != nil {
			return "", err
		}
		parts[i] = base64.RawURLEncoding.EncodeToString(b)
	}
	signed := parts[0] + "." + parts[1]
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(rand.Reader, s.shop, crypto.SHA256, sum[:])
	return signed + "." + base64.RawURLEncoding.EncodeToString(sig), err
}

func (s *Sandbox) shopKeys(w http.ResponseWriter, _ *http.Request) {
	pub := s.shop.PublicKey
	core.Answer(w, http.StatusOK, map[string]any{"keys": []map[string]string{{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": shopKeyID,
		"n": base64.RawURLEncoding.EncodeToString(pub.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(pub.E)).Bytes())}}})
}
