package visitorchat

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Skew is how far a site's clock may be off.
const Skew = 5 * time.Minute

// Limits of a site's token.
const (
	maxToken    = 16 << 10
	maxLifetime = 24 * time.Hour
	maxSubject  = 200
	minKeyBits  = 2048
	maxContexts = 100
)

// BadToken says why a site's token is refused, in words that hold nothing of it.
type BadToken struct{ Reason string }

func (e *BadToken) Error() string { return "token refused: " + e.Reason }

func bad(reason string) error { return &BadToken{Reason: reason} }

// Claims are what a site says about its visitor.
type Claims struct {
	Subject string
	Name    string
	Expires time.Time
	Context map[string]any // texts, numbers and truth values
}

// siteClaims are the claims that are read; lwicontexts is a JSON text.
type siteClaims struct {
	jwt.RegisteredClaims
	Contexts   json.RawMessage `json:"lwicontexts"`
	GivenName  string          `json:"given_name"`
	FamilyName string          `json:"family_name"`
	Name       string          `json:"name"`
}

// origin is who must have made a token, and for whom; "": anybody.
type origin struct{ issuer, audience string }

// keyFor finds the keys that may be the one that a token names.
type keyFor func(ctx context.Context, kid string) ([]*rsa.PublicKey, error)

// verify reads a site's token. Beyond what the library checks, the algorithm is
// RS256 alone, keys have 2048 bits, who it is about and until when must be said,
// nothing critical is unknown, and a token lives for a day at most. Keys and
// addresses of keys in its header are never used.
func verify(ctx context.Context, token string, from origin, key keyFor, now time.Time) (Claims, error) {
	if len(token) > maxToken {
		return Claims{}, bad("it is too long")
	}
	if err := checkHeader(token); err != nil {
		return Claims{}, err
	}
	opts := []jwt.ParserOption{jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(Skew),
		jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return now })}
	if from.issuer != "" {
		opts = append(opts, jwt.WithIssuer(from.issuer))
	}
	if from.audience != "" {
		opts = append(opts, jwt.WithAudience(from.audience))
	}
	var c siteClaims
	var unread error // the keys could not be read
	_, err := jwt.NewParser(opts...).ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		keys, err := key(ctx, kid)
		if err != nil {
			unread = err
			return nil, err
		}
		var set jwt.VerificationKeySet
		for _, k := range keys {
			if k.N.BitLen() >= minKeyBits {
				set.Keys = append(set.Keys, k)
			}
		}
		if len(set.Keys) == 0 {
			return nil, bad("its key is too short")
		}
		return set, nil
	})
	if err != nil {
		return Claims{}, refusal(err, unread)
	}
	return c.check()
}

// checkHeader refuses what the library lets pass: a header that is critical.
func checkHeader(token string) error {
	first, _, found := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(first)
	if err != nil || !found {
		return bad("it is malformed")
	}
	var header map[string]json.RawMessage
	if json.Unmarshal(raw, &header) != nil {
		return bad("it is malformed")
	}
	if _, critical := header["crit"]; critical {
		return bad("it has a critical header that is not known")
	}
	return nil
}

func refusal(err, unread error) error {
	var b *BadToken
	switch {
	case errors.As(unread, &b), errors.As(err, &b):
		return b
	case unread != nil:
		return unread
	case errors.Is(err, jwt.ErrTokenExpired):
		return bad("it has expired")
	case errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return bad("it is not valid yet")
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return bad("it comes from another issuer")
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return bad("it is meant for somebody else")
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return bad("a claim is missing")
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return bad(reasonSignature)
	}
	return bad("it is malformed")
}

func (c siteClaims) check() (Claims, error) {
	switch {
	case strings.TrimSpace(c.Subject) == "":
		return Claims{}, bad("it does not say who it is about")
	case len(c.Subject) > maxSubject || strings.ContainsRune(c.Subject, 0):
		return Claims{}, bad("its subject is too long")
	case c.IssuedAt == nil:
		return Claims{}, bad("a claim is missing")
	case c.ExpiresAt.Sub(c.IssuedAt.Time) > maxLifetime:
		return Claims{}, bad("it is valid for too long")
	}
	name := strings.TrimSpace(c.Name)
	if name == "" {
		name = strings.TrimSpace(c.GivenName + " " + c.FamilyName)
	}
	if runes := []rune(name); len(runes) > maxSubject {
		name = string(runes[:maxSubject])
	}
	return Claims{Subject: c.Subject, Name: name, Expires: c.ExpiresAt.Time, Context: contexts(c.Contexts)}, nil
}

// contexts reads lwicontexts, a JSON text whose values stand alone or as
// {"value": …, "isDisplayable": …}. What is none costs the context, not the sign-in.
func contexts(raw json.RawMessage) map[string]any {
	var text string
	var values map[string]any
	if json.Unmarshal(raw, &text) != nil || json.Unmarshal([]byte(text), &values) != nil || len(values) > maxContexts {
		return nil
	}
	out := map[string]any{}
	for name, value := range values {
		if wrapped, ok := value.(map[string]any); ok {
			value = wrapped["value"]
		}
		switch value.(type) {
		case string, float64, bool:
			out[name] = value
		}
	}
	return out
}
