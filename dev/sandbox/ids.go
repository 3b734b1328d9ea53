package sandbox

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// hexID is a Twilio identifier: two letters and 32 hex digits.
func hexID(prefix string) string { return prefix + hex.EncodeToString(random(16)) }

// uuid is a random UUID, as both providers use for request identifiers.
func uuid() string {
	b := random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// isUUID tells whether LINE takes s as a retry key.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		dash := i == 8 || i == 13 || i == 18 || i == 23
		digit := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if dash != (c == '-') || !dash && !digit {
			return false
		}
	}
	return true
}

// ulid is LINE's form of event identifiers: time first, so that they sort.
func ulid(at time.Time) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	out := make([]byte, 26)
	ms := uint64(at.UnixMilli()) //nolint:gosec // after 1970
	for i := 9; i >= 0; i-- {
		out[i], ms = alphabet[ms&31], ms>>5
	}
	for i, b := range random(16) {
		out[10+i] = alphabet[b&31]
	}
	return string(out)
}

// lineIDs makes message identifiers, which LINE gives as growing decimals.
var lineIDs atomic.Uint64

func init() { //nolint:gochecknoinits // the first identifier must differ between starts
	lineIDs.Store(460_000_000_000_000_000 + binary.BigEndian.Uint64(random(8))%80_000_000_000_000_000)
}

func lineID() string { return strconv.FormatUint(lineIDs.Add(1+uint64(random(1)[0])), 10) }
