package visitorchat

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mark is how much of one conversation a reader has seen: all up to seq, except
// missing, which is still on its way to be sent.
type mark struct {
	seq     int64
	missing []int64
}

// cursor is a reader's place in a thread. Conversations up to floor without a
// mark are closed and seen to their end.
type cursor struct {
	floor int64
	marks map[int64]*mark
}

// most that one cursor may name; a thread has few that are not closed.
const maxMarks, maxMissing = 50, 1000

var errCursor = errors.New("cursor cannot be read")

// String is the cursor as clients keep it: "7;7:12-11,5:40".
func (c cursor) String() string {
	var b strings.Builder
	b.WriteString(strconv.FormatInt(c.floor, 10))
	b.WriteByte(';')
	for i, n := range sortedKeys(c.marks) {
		if i > 0 {
			b.WriteByte(',')
		}
		m := c.marks[n]
		b.WriteString(strconv.FormatInt(n, 10))
		b.WriteByte(':')
		b.WriteString(strconv.FormatInt(m.seq, 10))
		for j, s := range m.missing {
			b.WriteByte("-."[min(j, 1)])
			b.WriteString(strconv.FormatInt(s, 10))
		}
	}
	return b.String()
}

// signature is how many bytes of a place's signature it carries.
const signature = 16

// sign makes a place of this visitor's one that nobody else can make up: what a
// place names is looked up.
func (r *Reader) sign(place string) string {
	return place + ";" + base64.RawURLEncoding.EncodeToString(r.mac(place))
}

// unsign returns the place that sign signed for the same visitor.
func (r *Reader) unsign(text string) (place string, ours bool) {
	i := strings.LastIndexByte(text, ';')
	if i < 0 {
		return "", false
	}
	got, err := base64.RawURLEncoding.DecodeString(text[i+1:])
	return text[:i], err == nil && hmac.Equal(got, r.mac(text[:i]))
}

func (r *Reader) mac(place string) []byte {
	h := hmac.New(sha256.New, r.key)
	fmt.Fprintf(h, "%s\n%s", r.visitor, place)
	return h.Sum(nil)[:signature]
}

// parseCursor reads what String wrote.
func parseCursor(text string) (cursor, error) {
	floor, rest, found := strings.Cut(text, ";")
	c := cursor{marks: map[int64]*mark{}}
	var err error
	if c.floor, err = positive(floor); err != nil || !found || len(text) > 16<<10 {
		return c, errCursor
	}
	if rest == "" {
		return c, nil
	}
	for part := range strings.SplitSeq(rest, ",") {
		number, seqs, found := strings.Cut(part, ":")
		n, err := positive(number)
		if err != nil || !found || len(c.marks) == maxMarks || c.marks[n] != nil {
			return c, errCursor
		}
		if c.marks[n], err = parseMark(seqs); err != nil {
			return c, err
		}
	}
	return c, nil
}

func parseMark(text string) (*mark, error) {
	seq, missing, some := strings.Cut(text, "-")
	m := &mark{}
	var err error
	if m.seq, err = positive(seq); err != nil {
		return nil, err
	}
	if !some {
		return m, nil
	}
	for part := range strings.SplitSeq(missing, ".") {
		s, err := positive(part)
		if err != nil || len(m.missing) == maxMissing {
			return nil, errCursor
		}
		m.missing = append(m.missing, s)
	}
	return m, nil
}

func positive(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, errCursor
	}
	return n, nil
}

func sortedKeys(m map[int64]*mark) []int64 {
	keys := make([]int64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b int64) int { return cmp.Compare(b, a) })
	return keys
}
