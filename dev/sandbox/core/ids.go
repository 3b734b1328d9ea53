package core

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// Random returns n random bytes.
func Random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// HexID is a prefix and 32 hex digits.
func HexID(prefix string) string { return prefix + hex.EncodeToString(Random(16)) }

// UUID is a random UUID, as both providers use for request identifiers.
func UUID() string {
	b := Random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
