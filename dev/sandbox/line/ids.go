package line

import (
	"encoding/binary"
	"strconv"
	"sync/atomic"
	"time"

	"switchboard/dev/sandbox/core"
)

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
	for i, b := range core.Random(16) {
		out[10+i] = alphabet[b&31]
	}
	return string(out)
}

// messageIDs makes message identifiers, which LINE gives as growing decimals.
var messageIDs atomic.Uint64

func init() { //nolint:gochecknoinits // the first identifier must differ between starts
	messageIDs.Store(460_000_000_000_000_000 + binary.BigEndian.Uint64(core.Random(8))%80_000_000_000_000_000)
}

func messageID() string { return strconv.FormatUint(messageIDs.Add(1+uint64(core.Random(1)[0])), 10) }
