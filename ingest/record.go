package ingest

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"time"

	"switchboard/channel"
)

// entry is one webhook request as the journal keeps it.
type entry struct {
	Provider   string      `json:"provider"`
	Key        string      `json:"key"`
	Verified   bool        `json:"verified"` // its signature was checked when it arrived
	ReceivedAt time.Time   `json:"received_at"`
	Method     string      `json:"method"`
	URL        string      `json:"url"`
	Header     http.Header `json:"header"`
	Body       []byte      `json:"-"` // follows the JSON, raw
}

// request is the entry as providers take it.
func (e *entry) request() (channel.Request, error) {
	u, err := url.Parse(e.URL)
	if err != nil {
		return channel.Request{}, errors.New("journalled address does not parse")
	}
	return channel.Request{Method: e.Method, URL: u, Header: e.Header, Body: e.Body}, nil
}

// newEntry copies a request, without headers that no signature covers.
func newEntry(provider, key string, verified bool, at time.Time, req channel.Request) *entry {
	h := req.Header.Clone()
	for _, name := range []string{"Cookie", "Accept", "Accept-Encoding", "Accept-Language", "Connection", "Cache-Control", "Pragma"} {
		h.Del(name)
	}
	e := &entry{Provider: provider, Key: key, Verified: verified, ReceivedAt: at, Method: req.Method, Header: h, Body: req.Body}
	if req.URL != nil {
		e.URL = req.URL.String()
	}
	return e
}

// A record on disk is
//
//	magic 4 | length of payload 4 | crc32c of length and payload 4 | payload
//
// big-endian; the magic lets the reader find the next record behind damage. The
// payload is a byte that says whether the rest is sealed, and then
// length of JSON 4 | JSON | body.
const (
	magic      = "SBJ1"
	frameSize  = 12
	maxPayload = 64 << 20 // longer is damage, not a record

	payloadPlain  = 1
	payloadSealed = 2
)

// journalBound ties sealed records to their purpose.
const journalBound = "switchboard/journal"

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) } // made once by crc32

// encode frames an entry, sealed if there is a sealer.
func encode(e *entry, sealer Sealer) ([]byte, error) {
	head, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode journal entry: %w", err)
	}
	plain := make([]byte, 0, 4+len(head)+len(e.Body))
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(head)))
	plain = append(append(plain, head...), e.Body...)
	kind := byte(payloadPlain)
	if sealer != nil {
		kind = payloadSealed
		if plain, err = sealer.Seal(plain, []byte(journalBound)); err != nil {
			return nil, fmt.Errorf("seal journal entry: %w", err)
		}
	}
	frame := make([]byte, frameSize, frameSize+1+len(plain))
	copy(frame, magic)
	binary.BigEndian.PutUint32(frame[4:], uint32(1+len(plain)))
	frame = append(append(frame, kind), plain...)
	binary.BigEndian.PutUint32(frame[8:], checksum(frame))
	return frame, nil
}

func checksum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[4:8], castagnoli()), castagnoli(), frame[frameSize:])
}

// decode opens the payload of a record whose checksum was right.
func decode(payload []byte, sealer Sealer) (*entry, error) {
	if len(payload) == 0 {
		return nil, errors.New("journal record is empty")
	}
	plain := payload[1:]
	switch payload[0] {
	case payloadPlain:
	case payloadSealed:
		if sealer == nil {
			return nil, errors.New("journal record is sealed and there is no key")
		}
		var err error
		if plain, err = sealer.Open(plain, []byte(journalBound)); err != nil {
			return nil, fmt.Errorf("open journal record: %w", err)
		}
	default:
		return nil, errors.New("journal record is of a newer version")
	}
	if len(plain) < 4 || int64(binary.BigEndian.Uint32(plain)) > int64(len(plain)-4) {
		return nil, errors.New("journal record is cut")
	}
	n := int(binary.BigEndian.Uint32(plain))
	var e entry
	if err := json.Unmarshal(plain[4:4+n], &e); err != nil {
		return nil, errors.New("journal record has no valid head")
	}
	e.Body = plain[4+n:]
	return &e, nil
}
