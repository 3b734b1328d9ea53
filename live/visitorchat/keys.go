package visitorchat

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"switchboard/channel/safehttp"
	"switchboard/store/configdb"
)

// How keys of sites are fetched and kept.
const (
	keysFor      = 10 * time.Minute
	keysOldest   = 24 * time.Hour // while the site does not answer
	refetchAfter = time.Minute    // at the earliest, for a key that is not known
	fetchTimeout = 5 * time.Second
	maxKeys      = 64 << 10
)

// Key is one public key of a site. A zero Expiry is never.
type Key struct {
	ID     string
	RSA    *rsa.PublicKey
	Expiry time.Time
}

// Keys verifies the tokens of sites by the keys that widgets name.
type Keys struct {
	client *http.Client
	now    func() time.Time

	mu   sync.Mutex
	sets map[string]*keySet
}

// keySet is what one address served. Its lock is held while it is fetched, so
// that many who ask cause one request.
type keySet struct {
	mu      sync.Mutex
	keys    []Key
	at      time.Time // when it was fetched
	triedAt time.Time
}

// NewKeys fetches with client, which must not reach inside; nil: safehttp's.
func NewKeys(client *http.Client, now func() time.Time) *Keys {
	if client == nil {
		client = safehttp.New()
	}
	if now == nil {
		now = time.Now
	}
	return &Keys{client: client, now: now, sets: map[string]*keySet{}}
}

// Verify reads a token for a widget: its audience, or else its key, must be the
// token's. The error is a *BadToken, or says that the
// site's keys cannot be read at the moment.
func (k *Keys) Verify(ctx context.Context, w configdb.Widget, token string, now time.Time) (Claims, error) {
	from := origin{issuer: w.Issuer, audience: w.Audience}
	if from.audience == "" {
		from.audience = w.Key
	}
	return k.verify(ctx, w, token, from, now)
}

func (k *Keys) verify(ctx context.Context, w configdb.Widget, token string, from origin, now time.Time) (Claims, error) {
	if w.KeyURL == "" {
		keys, err := ParseKeys([]byte(w.PublicKey))
		if err != nil {
			return Claims{}, err
		}
		return verify(ctx, token, from, choose(keys, now), now)
	}
	if w.Issuer == "" { // others may sign with keys of the same address
		return Claims{}, bad("the widget does not say who issues its tokens")
	}
	set := k.set(w.KeyURL)
	keys, err := set.get(ctx, k, w.KeyURL, false)
	if err != nil {
		return Claims{}, err
	}
	claims, err := verify(ctx, token, from, choose(keys, now), now)
	var refused *BadToken
	if err == nil || !errors.As(err, &refused) || !refused.rotated() {
		return claims, err
	}
	if keys, err = set.get(ctx, k, w.KeyURL, true); err != nil {
		return Claims{}, refused
	}
	return verify(ctx, token, from, choose(keys, now), now)
}

const (
	reasonUnknownKey = "its key is not known"
	reasonSignature  = "its signature does not match"
)

// rotated says that other keys may change the verdict.
func (e *BadToken) rotated() bool { return e.Reason == reasonUnknownKey || e.Reason == reasonSignature }

// choose finds the keys that a token may be signed with: those that it names; where
// it names none, or keys have no names, each is tried.
func choose(keys []Key, now time.Time) keyFor {
	return func(_ context.Context, kid string) ([]*rsa.PublicKey, error) {
		var named, unnamed []*rsa.PublicKey
		for _, k := range keys {
			switch {
			case !k.Expiry.IsZero() && !now.Before(k.Expiry):
			case k.ID == "":
				unnamed = append(unnamed, k.RSA)
			case k.ID == kid || kid == "":
				named = append(named, k.RSA)
			}
		}
		if len(named) == 0 || kid == "" {
			named = append(named, unnamed...)
		}
		if len(named) == 0 {
			return nil, bad(reasonUnknownKey)
		}
		return named[:min(len(named), mostTried)], nil
	}
}

// mostTried bounds what one token costs.
const mostTried = 20

func (k *Keys) set(address string) *keySet {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.sets) > 1000 {
		clear(k.sets)
	}
	if k.sets[address] == nil {
		k.sets[address] = &keySet{}
	}
	return k.sets[address]
}

// get returns the keys, fetched if they are old or anew is asked for. While the
// site does not answer, keys that are not a day old keep working.
func (s *keySet) get(ctx context.Context, k *Keys, address string, anew bool) ([]Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := k.now()
	fresh := now.Sub(s.at) < keysFor && !anew
	early := now.Sub(s.triedAt) < refetchAfter
	if s.keys != nil && (fresh || early) {
		return s.keys, nil
	}
	if s.keys == nil && early && !s.triedAt.IsZero() && now.Sub(s.triedAt) < fetchTimeout {
		return nil, errors.New("the site's keys could not be read a moment ago")
	}
	s.triedAt = now
	keys, err := k.fetch(ctx, address)
	if err == nil {
		s.keys, s.at = keys, now
		return keys, nil
	}
	if s.keys != nil && now.Sub(s.at) < keysOldest {
		return s.keys, nil
	}
	return nil, err
}

func (k *Keys) fetch(ctx context.Context, address string) ([]Key, error) {
	first, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the address of the keys cannot be read")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	d := safehttp.Download{Guarded: k.client, Allow: func(u *url.URL) bool { return u.Host == first.Host }}
	resp, err := d.Get(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch keys: status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeys+1))
	if err != nil || len(body) > maxKeys {
		return nil, errors.Join(errors.New("fetch keys: the answer is too long or broke off"), err)
	}
	return ParseKeys(body)
}

func some(keys []Key) ([]Key, error) {
	if len(keys) == 0 {
		return nil, errors.New("there is no key")
	}
	return keys, nil
}

// CheckKey says what is wrong with keys that an administrator enters.
func CheckKey(text string) error {
	keys, err := ParseKeys([]byte(text))
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.RSA.N.BitLen() < minKeyBits {
			return errors.New("its RSA key has fewer than 2048 bits")
		}
	}
	return nil
}
