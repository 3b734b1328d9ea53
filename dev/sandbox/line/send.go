package line

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"switchboard/dev/sandbox/core"
)

// sending is the body of push and reply.
type sending struct {
	To         string            `json:"to"`
	ReplyToken string            `json:"replyToken"`
	Messages   []json.RawMessage `json:"messages"`
}

// validate is LINE's dry run.
func (l api) validate(r *core.Request) core.Reply {
	var in sending
	if refused := l.readJSON(r, &in); refused != nil {
		return *refused
	}
	if _, details := parseMessages(in.Messages); len(details) > 0 {
		return invalid(details)
	}
	return core.Reply{Status: http.StatusOK, Body: struct{}{}}
}

func invalid(details []detail) core.Reply {
	return apiError(http.StatusBadRequest, "The request body has "+strconv.Itoa(len(details))+" error(s)", details...)
}

// push sends to a user; a retry key makes it safe to repeat.
func (l api) push(r *core.Request) core.Reply {
	var in sending
	if refused := l.readJSON(r, &in); refused != nil {
		return *refused
	}
	key := r.Header.Get(retryHeader)
	entries, details := parseMessages(in.Messages)
	if in.To == "" {
		details = append([]detail{{"May not be empty", "to"}}, details...)
	}
	about := core.Call{Key: key, To: in.To, Text: firstText(entries)}
	out := core.Reply{}
	switch {
	case len(r.Header.Values(retryHeader)) > 0 && !isUUID(key):
		out = apiError(http.StatusBadRequest, "The retry key must be a UUID")
	case len(details) > 0:
		out = invalid(details)
	default:
		return l.pushNow(r, about, entries)
	}
	about.Reason = out.Call.Reason
	out.Call = about
	return out
}

// pushNow accepts and remembers the retry key in one step, so that of two equal
// requests at the same moment one is accepted.
func (l api) pushNow(r *core.Request, about core.Call, entries []*core.Entry) core.Reply {
	a := of(r)
	l.box.Lock()
	defer l.box.Unlock()
	if at, ok := a.keys[about.Key]; ok && about.Key != "" {
		before := a.Call(at)
		if l.box.Now().Sub(before.At) < retryLife {
			return repeated(about, before)
		}
	}
	p := a.FindPhone(channel, about.To, "")
	if p == nil {
		out := apiError(http.StatusBadRequest, "Failed to send messages")
		about.Reason = "unknown user"
		out.Call = about
		return out
	}
	return l.accept(r, p, about, entries)
}

func repeated(about, before core.Call) core.Reply {
	about.Outcome, about.MessageIDs, about.Reason = core.Duplicate, before.MessageIDs, "retry key accepted before"
	out := core.Reply{Status: http.StatusConflict, Call: about, Body: map[string]any{
		"message": "The retry key is already accepted", "sentMessages": sentMessages(before.MessageIDs, before.Quotes),
	}}
	out.Set("X-Line-Accepted-Request-Id", before.RequestID)
	return out
}

// reply answers an event, once and within a minute.
func (l api) reply(r *core.Request) core.Reply {
	var in sending
	if refused := l.readJSON(r, &in); refused != nil {
		return *refused
	}
	about := core.Call{Key: r.Header.Get(retryHeader)}
	entries, details := parseMessages(in.Messages)
	if in.ReplyToken == "" {
		details = append([]detail{{"May not be empty", "replyToken"}}, details...)
	}
	about.Text = firstText(entries)
	out := core.Reply{}
	switch {
	case len(r.Header.Values(retryHeader)) > 0:
		out = apiError(http.StatusBadRequest, "The retry key is not supported by this API")
	case len(details) > 0:
		out = invalid(details)
	default:
		return l.replyNow(r, in.ReplyToken, about, entries)
	}
	about.Reason = out.Call.Reason
	out.Call = about
	return out
}

func (l api) replyNow(r *core.Request, token string, about core.Call, entries []*core.Entry) core.Reply {
	a := of(r)
	l.box.Lock()
	defer l.box.Unlock()
	known := a.replies[token]
	if known == nil || l.box.Now().After(known.expiry) {
		out := apiError(http.StatusBadRequest, "Invalid reply token")
		about.Reason = "Invalid reply token"
		out.Call = about
		return out
	}
	delete(a.replies, token)
	about.To = known.phone.Number
	for _, e := range entries {
		e.Replied = true
	}
	return l.accept(r, known.phone, about, entries)
}

// accept puts the messages on the phone. The lock must be held.
func (l api) accept(r *core.Request, p *core.Phone, about core.Call, entries []*core.Entry) core.Reply {
	about.Outcome = core.Accepted
	for _, e := range entries {
		e.ID, e.At, e.Key, e.Lost = messageID(), l.box.Now(), about.Key, p.Blocked
		about.MessageIDs = append(about.MessageIDs, e.ID)
		about.Quotes = append(about.Quotes, quoteToken())
	}
	out := core.Reply{Status: http.StatusOK, Recorded: true, Call: about, Body: map[string]any{
		"sentMessages": sentMessages(about.MessageIDs, about.Quotes),
	}}
	l.box.Record(r, out)
	for _, e := range entries {
		e.Pending = len(e.Media) > 0 && !e.Lost
		e.Early = e.Pending
		p.Put(e)
		if e.Pending {
			l.box.FetchLater(p, e.ID, e.Media, nil)
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

func firstText(entries []*core.Entry) string {
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
