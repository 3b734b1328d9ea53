package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// sending is the body of push and reply.
type sending struct {
	To         string            `json:"to"`
	ReplyToken string            `json:"replyToken"`
	Messages   []json.RawMessage `json:"messages"`
}

func decode(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}

// validate is LINE's dry run.
func (l lineAPI) validate(r *request) reply {
	var in sending
	if refused := l.readJSON(r, &in); refused != nil {
		return *refused
	}
	if _, details := parseMessages(in.Messages); len(details) > 0 {
		return lineInvalid(details)
	}
	return reply{status: http.StatusOK, body: struct{}{}}
}

func lineInvalid(details []detail) reply {
	return lineError(http.StatusBadRequest, "The request body has "+strconv.Itoa(len(details))+" error(s)", details...)
}

// push sends to a user; a retry key makes it safe to repeat.
func (l lineAPI) push(r *request) reply {
	var in sending
	if refused := l.readJSON(r, &in); refused != nil {
		return *refused
	}
	key := r.Header.Get(retryHeader)
	entries, details := parseMessages(in.Messages)
	if in.To == "" {
		details = append([]detail{{"May not be empty", "to"}}, details...)
	}
	about := Call{Key: key, To: in.To, Text: firstText(entries)}
	out := reply{}
	switch {
	case len(r.Header.Values(retryHeader)) > 0 && !isUUID(key):
		out = lineError(http.StatusBadRequest, "The retry key must be a UUID")
	case len(details) > 0:
		out = lineInvalid(details)
	default:
		return l.pushNow(r, about, entries)
	}
	about.Reason = out.call.Reason
	out.call = about
	return out
}

// pushNow accepts and remembers the retry key in one step, so that of two equal
// requests at the same moment one is accepted.
func (l lineAPI) pushNow(r *request, about Call, entries []*Entry) reply {
	s, a := l.s, r.account
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := a.keys[about.Key]; ok && about.Key != "" {
		before := a.calls[at]
		if s.now().Sub(before.At) < retryLife {
			return repeated(about, before)
		}
	}
	p := s.phones[phoneID(a.id, chLINE, about.To, "")]
	if p == nil {
		out := lineError(http.StatusBadRequest, "Failed to send messages")
		about.Reason = "unknown user"
		out.call = about
		return out
	}
	return l.accept(r, p, about, entries)
}

func repeated(about, before Call) reply {
	about.Outcome, about.MessageIDs, about.Reason = Duplicate, before.MessageIDs, "retry key accepted before"
	out := reply{status: http.StatusConflict, call: about, body: map[string]any{
		"message": "The retry key is already accepted", "sentMessages": sentMessages(before.MessageIDs, before.Quotes),
	}}
	out.set("X-Line-Accepted-Request-Id", before.RequestID)
	return out
}

// reply answers an event, once and within a minute.
func (l lineAPI) reply(r *request) reply {
	var in sending
	if refused := l.readJSON(r, &in); refused != nil {
		return *refused
	}
	about := Call{Key: r.Header.Get(retryHeader)}
	entries, details := parseMessages(in.Messages)
	if in.ReplyToken == "" {
		details = append([]detail{{"May not be empty", "replyToken"}}, details...)
	}
	about.Text = firstText(entries)
	out := reply{}
	switch {
	case len(r.Header.Values(retryHeader)) > 0:
		out = lineError(http.StatusBadRequest, "The retry key is not supported by this API")
	case len(details) > 0:
		out = lineInvalid(details)
	default:
		return l.replyNow(r, in.ReplyToken, about, entries)
	}
	about.Reason = out.call.Reason
	out.call = about
	return out
}

func (l lineAPI) replyNow(r *request, token string, about Call, entries []*Entry) reply {
	s, a := l.s, r.account
	s.mu.Lock()
	defer s.mu.Unlock()
	known := a.replies[token]
	if known == nil || s.now().After(known.expiry) {
		out := lineError(http.StatusBadRequest, "Invalid reply token")
		about.Reason = "Invalid reply token"
		out.call = about
		return out
	}
	delete(a.replies, token)
	about.To = known.phone.number
	for _, e := range entries {
		e.Replied = true
	}
	return l.accept(r, known.phone, about, entries)
}

// accept puts the messages on the phone. s.mu must be held.
func (l lineAPI) accept(r *request, p *Phone, about Call, entries []*Entry) reply {
	s := l.s
	about.Outcome = Accepted
	for _, e := range entries {
		e.ID, e.At, e.Key, e.Lost = lineID(), s.now(), about.Key, p.blocked
		about.MessageIDs = append(about.MessageIDs, e.ID)
		about.Quotes = append(about.Quotes, quoteToken())
	}
	out := reply{status: http.StatusOK, recorded: true, call: about, body: map[string]any{
		"sentMessages": sentMessages(about.MessageIDs, about.Quotes),
	}}
	s.record(r, out)
	for _, e := range entries {
		e.Pending = len(e.Media) > 0 && !e.Lost
		s.append(record{Kind: recMessage, Account: r.account.id, Phone: p.id, Message: e})
		if e.Pending {
			s.fetchLater(p, e.ID, e.Media, nil)
		}
	}
	return out
}

func sentMessages(ids, quotes []string) []map[string]string {
	out := make([]map[string]string, len(ids))
	for i, id := range ids {
		out[i] = map[string]string{"id": id, "quoteToken": quotes[i]}
	}
	return out
}

func firstText(entries []*Entry) string {
	for _, e := range entries {
		if e.Text != "" {
			return e.Text
		}
	}
	return ""
}

// ReplyTokenLife is how long LINE takes a reply token; tests of the product let
// it pass on their own clock.
const ReplyTokenLife = time.Duration(replyLife)
