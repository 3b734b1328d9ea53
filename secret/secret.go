// Package secret encrypts provider credentials at rest and hashes passwords and
// tokens.
package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// Box encrypts with AES-256-GCM under one key, and opens what that key or an
// earlier one sealed.
type Box struct{ keys []key } // the one that seals first

type key struct {
	id   [idSize]byte // tells which key sealed; says nothing of the key
	aead cipher.AEAD
}

// Sealed values begin with a mark and the id of their key. Older ones do not:
// they are a nonce and what it encrypts.
const (
	mark   = "swb\x01"
	idSize = 4
	prefix = len(mark) + idSize
)

// NewBox returns a box for a key of 32 bytes. What earlier keys sealed is opened
// too.
func NewBox(current []byte, earlier ...[]byte) (*Box, error) {
	b := &Box{}
	for _, raw := range append([][]byte{current}, earlier...) {
		if len(raw) != 32 {
			return nil, fmt.Errorf("encryption key has %d bytes, not 32", len(raw))
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, err
		}
		k := key{}
		if k.aead, err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
		id, err := hkdf.Key(sha256.New, raw, nil, "id of the key", idSize)
		if err != nil {
			return nil, err
		}
		copy(k.id[:], id)
		b.keys = append(b.keys, k)
	}
	return b, nil
}

// Seal encrypts plain; only Open with the same bound opens it.
func (b *Box) Seal(plain, bound []byte) ([]byte, error) {
	k := b.keys[0]
	nonce := make([]byte, k.aead.NonceSize())
	rand.Read(nonce)
	out := append(append([]byte(mark), k.id[:]...), nonce...)
	return k.aead.Seal(out, nonce, plain, bound), nil
}

// Open decrypts what Seal returned.
func (b *Box) Open(sealed, bound []byte) ([]byte, error) {
	id, marked := idOf(sealed)
	for _, k := range b.keys {
		if marked && k.id == id {
			if plain, err := k.open(sealed[prefix:], bound); err == nil {
				return plain, nil
			}
		}
	}
	for _, k := range b.keys { // a nonce may begin as the mark does
		if plain, err := k.open(sealed, bound); err == nil {
			return plain, nil
		}
	}
	return nil, errors.New("sealed value does not open: wrong key, or not of this row")
}

// Current reports whether a value was sealed with the key that seals now.
func (b *Box) Current(sealed []byte) bool {
	id, marked := idOf(sealed)
	return marked && id == b.keys[0].id
}

func idOf(sealed []byte) (id [idSize]byte, marked bool) {
	if len(sealed) < prefix || !bytes.HasPrefix(sealed, []byte(mark)) {
		return id, false
	}
	return [idSize]byte(sealed[len(mark):prefix]), true
}

func (k key) open(sealed, bound []byte) ([]byte, error) {
	n := k.aead.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("sealed value is too short")
	}
	return k.aead.Open(nil, sealed[:n], sealed[n:], bound)
}

// NewToken returns an unguessable token, 32 bytes in URL-safe base64.
func NewToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// HashToken is how a token is kept.
func HashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}
