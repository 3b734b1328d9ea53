package wechat

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // WeChat's choice
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"switchboard/channel"
)

func tokenFields() []string { return []string{"token", "token_previous"} }

func keyFields() []string { return []string{"encoding_aes_key", "encoding_aes_key_previous"} }

// signature is the SHA-1 of the parts in byte order, one behind the other.
func signature(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // WeChat's choice
	return hex.EncodeToString(sum[:])
}

// proved reports whether one of the account's tokens made the signature that a
// query has under a name, over its time and nonce and what else is signed.
func proved(a channel.Account, r channel.Request, name string, signed ...string) bool {
	if r.URL == nil {
		return false
	}
	q := r.URL.Query()
	at, nonce := q.Get("timestamp"), q.Get("nonce")
	if at == "" || nonce == "" || len(q[name]) != 1 {
		return false
	}
	ok := false
	for _, field := range tokenFields() {
		token := a.Secrets[field]
		want := signature(append([]string{token, at, nonce}, signed...)...)
		ok = hmac.Equal([]byte(q.Get(name)), []byte(want)) && token != "" || ok
	}
	return ok
}

// Handshake implements channel.Handshaker: WeChat asks whether an address is ours,
// and wants its echostr back.
func (*WeChat) Handshake(a channel.Account, r channel.Request) (channel.Answer, bool, error) {
	if r.Method != http.MethodGet {
		return channel.Answer{}, false, nil
	}
	if !proved(a, r, "signature") {
		return channel.Answer{}, true, channel.ErrSignature
	}
	echo := r.URL.Query().Get("echostr")
	if echo == "" || len(echo) > 1000 {
		return channel.Answer{}, true, channel.ErrSignature
	}
	return channel.Answer{ContentType: "text/plain; charset=utf-8", Body: []byte(echo)}, true, nil
}

// Verify implements channel.Webhook. In plain mode WeChat signs no more than the
// time and a nonce. An account with a key takes encrypted messages only, which
// name the account that they are for.
func (*WeChat) Verify(a channel.Account, r channel.Request) error {
	if !encrypts(a) {
		if !proved(a, r, "signature") {
			return channel.ErrSignature
		}
		return nil
	}
	sealed := sealedIn(r.Body)
	if sealed == "" || !proved(a, r, "msg_signature", sealed) {
		return channel.ErrSignature
	}
	if _, ok := open(a, sealed); !ok {
		return channel.ErrSignature
	}
	return nil
}

func encrypts(a channel.Account) bool { return a.Secrets["encoding_aes_key"] != "" }

// sealedIn is the encrypted message of a body, or "". In compatible mode it stands
// beside the plain one, which nothing proves.
func sealedIn(body []byte) string {
	var doc struct {
		XMLName xml.Name `xml:"xml"`
		Encrypt string
	}
	if xml.Unmarshal(body, &doc) != nil {
		return ""
	}
	return doc.Encrypt
}

// open decrypts a message with one of the account's keys.
func open(a channel.Account, sealed string) ([]byte, bool) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, false
	}
	for _, field := range keyFields() {
		if text, ok := decrypt(a.Secrets[field], a.Settings["app_id"], raw); ok {
			return text, true
		}
	}
	return nil, false
}

const (
	block  = 32 // of the padding; AES has 16
	random = 16 // bytes before the length
)

// decrypt reads 16 random bytes, the length of the message, the message and the
// AppID, padded to 32 bytes.
func decrypt(key, app string, raw []byte) ([]byte, bool) {
	// The last of the 43 characters may carry bits that are not the key's.
	k, err := base64.RawStdEncoding.DecodeString(key)
	if err != nil || len(k) != 32 || len(raw) == 0 || len(raw)%aes.BlockSize != 0 || app == "" {
		return nil, false
	}
	c, err := aes.NewCipher(k)
	if err != nil {
		return nil, false
	}
	plain := make([]byte, len(raw))
	cipher.NewCBCDecrypter(c, k[:aes.BlockSize]).CryptBlocks(plain, raw)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > block || pad > len(plain) {
		return nil, false
	}
	if !bytes.Equal(plain[len(plain)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, false
	}
	plain = plain[:len(plain)-pad]
	if len(plain) < random+4 {
		return nil, false
	}
	size, rest := uint64(binary.BigEndian.Uint32(plain[random:])), plain[random+4:]
	if size > uint64(len(rest)) || string(rest[size:]) != app {
		return nil, false
	}
	return rest[:size], true
}
