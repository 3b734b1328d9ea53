package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

const (
	secretMark = "whsec_"
	keyBytes   = 32 // the specification wants 24 to 64
)

// NewKey returns a random key to sign with.
func NewKey() []byte {
	key := make([]byte, keyBytes)
	rand.Read(key)
	return key
}

// FormatKey is a key as subscribers enter it.
func FormatKey(key []byte) string { return secretMark + base64.StdEncoding.EncodeToString(key) }

// Sign returns the value of webhook-signature: one signature for every key, over
// the id, the time and the body.
func Sign(keys [][]byte, id string, at time.Time, body []byte) string {
	out := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		out[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(out, " ")
}
