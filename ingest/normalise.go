package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"switchboard/channel"
	"switchboard/domain/phone"
)

const (
	maxKey  = 200 // bytes of an id; an index entry takes no more than about 2,700
	maxName = 500 // bytes of names and types
	maxText = 64 << 10
	maxWord = 2000 // bytes of a reply token
)

// normalise makes an event storable, whatever the provider or somebody with its
// secret put in: a value that no column takes would cost its whole batch.
func normalise(e *channel.Event, now time.Time) {
	if e.ID == "" { // cannot be deduplicated by the provider's id, so by content
		b, err := json.Marshal(e)
		if err != nil {
			b = fmt.Append(nil, *e)
		}
		e.ID = digest(string(b))
	}
	for _, k := range []*string{&e.ID, &e.MessageID, &e.ReplyTo, &e.From, &e.Address, &e.Channel, &e.Ref, &e.Owner, &e.MovedTo} {
		*k = key(*k)
	}
	e.Aliases = slices.DeleteFunc(e.Aliases, func(s string) bool { return s == "" }) // would make strangers one
	for i := range e.Aliases {
		e.Aliases[i] = key(e.Aliases[i])
	}
	if e.Channel == "whatsapp" || e.Channel == "sms" {
		spellings(e)
	}
	for _, s := range []*string{&e.Type, &e.Name, &e.Code} {
		*s = cut(clean(*s), maxName)
	}
	e.Kind, e.Status, e.Class = channel.Kind(key(string(e.Kind))), channel.Status(key(string(e.Status))), channel.Class(key(string(e.Class)))
	if len(e.Text) > maxText {
		setData(e, "text_bytes", len(e.Text)) // says that the rest was cut
		e.Text = cut(e.Text, maxText)
	}
	if absurd(e.UpTo, now) {
		e.Kind, e.UpTo = channel.KindUnknown, time.Time{}
	}
	if absurd(e.At, now) {
		e.At = time.Time{}
	}
	if r := e.Reply; r != nil && (len(r.Token) > maxWord || clean(r.Token) != r.Token || absurd(r.Until, now)) {
		e.Reply = nil
	}
	for i := range e.Media {
		e.Media[i].Size = max(0, e.Media[i].Size)
		e.Media[i].Name = channel.FileName(e.Media[i].Name)
	}
	if e.Standby {
		setData(e, "standby", true)
	}
	if (e.Kind == channel.KindMessage || e.Kind == channel.KindEcho) && e.From == "" { // a thread needs somebody
		e.Kind = channel.KindUnknown
	}
}

// spellings adds the other forms of the sender's numbers, so that who is known
// under one of them is not taken for somebody else.
func spellings(e *channel.Event) {
	for _, id := range append([]string{e.From}, e.Aliases...) {
		for _, other := range phone.Others(id) {
			if other != e.From && !slices.Contains(e.Aliases, other) {
				e.Aliases = append(e.Aliases, other)
			}
		}
	}
}

// key makes s fit for a column with an index. What would have to be changed is
// replaced by its hash, so that two ids never become one.
func key(s string) string {
	if len(s) > maxKey || clean(s) != s {
		return digest(s)
	}
	return s
}

func digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(h[:])
}

// clean makes s acceptable to PostgreSQL, which takes valid UTF-8 without NUL.
func clean(s string) string {
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// cut shortens s to at most n bytes, between two runes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// absurd reports whether a provider's clock cannot mean t.
func absurd(t, now time.Time) bool {
	return !t.IsZero() && (t.Year() < 2010 || t.After(now.Add(24*time.Hour)))
}

func setData(e *channel.Event, name string, value any) {
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data[name] = value
}
