package secret

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What a new password hash costs: OWASP's minimum for argon2id, about 20 ms and
// 19 MiB. Older hashes keep the cost that is written in them.
const (
	passwordTime    = 2
	passwordMemory  = 19 * 1024 // KiB
	passwordThreads = 1
	passwordSalt    = 16
	passwordKey     = 32
)

// The most that a stored hash may cost, so that a row from elsewhere cannot
// exhaust the machine.
const (
	maxPasswordTime    = 16
	maxPasswordMemory  = 256 * 1024
	maxPasswordThreads = 16
)

// HashPassword returns the argon2id hash of a password in PHC form:
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
func HashPassword(password string) string {
	salt := make([]byte, passwordSalt)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, passwordTime, passwordMemory, passwordThreads, passwordKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, passwordMemory, passwordTime, passwordThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// CheckPassword reports whether a password has the hash, in constant time. The
// error says that the hash is none of ours.
func CheckPassword(hash, password string) (bool, error) {
	h, err := parsePHC(hash)
	if err != nil {
		return false, err
	}
	got := argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(got, h.key) == 1, nil
}

type phc struct {
	time, memory uint32
	threads      uint8
	salt, key    []byte
}

func parsePHC(s string) (phc, error) {
	var h phc
	bad := errors.New("not an argon2id hash in PHC form")
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil {
		return h, bad
	}
	if h.time < 1 || h.time > maxPasswordTime || h.memory < 8 || h.memory > maxPasswordMemory || h.threads < 1 || h.threads > maxPasswordThreads {
		return h, errors.New("argon2id hash with a cost that is not accepted")
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return h, bad
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(h.key) < 16 || len(h.key) > 128 {
		return h, bad
	}
	return h, nil
}
