package messenger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
)

// item is one thing that happened on a page.
//
//	{"sender":{"id":"2468"},"recipient":{"id":"1045"},"timestamp":1760000001000,"message":{"mid":"m_o…","text":"Hello"}}
type item struct {
	Sender, Recipient struct{ ID string }
	Timestamp         int64
	Message           *inbound
	Edit              *struct {
		Mid, Text string
		Num       json.Number `json:"num_edit"`
	} `json:"message_edit"`
	Postback *struct {
		Mid, Title, Payload string
		Referral            map[string]any
	}
	Reaction *struct{ Emoji, Reaction, Action, Mid string }
	Delivery *struct {
		Mids      []string
		Watermark int64
	}
	Read     *struct{ Watermark int64 }
	Referral json.RawMessage
	Optin    json.RawMessage
	Pass     json.RawMessage `json:"pass_thread_control"`
	Take     json.RawMessage `json:"take_thread_control"`
	Request  json.RawMessage `json:"request_thread_control"`
	Linking  json.RawMessage `json:"account_linking"`
}

// Parse implements channel.Webhook. Entries may be of several pages.
func (m *Messenger) Parse(a channel.Account, r channel.Request) ([]channel.Event, error) {
	var hook struct {
		Object string
		Entry  []struct {
			ID                         string
			Messaging, Standby, Change []json.RawMessage
		}
	}
	if bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("null")) || json.Unmarshal(r.Body, &hook) != nil {
		return nil, fmt.Errorf("messenger webhook: %w", channel.ErrMalformed)
	}
	events := []channel.Event{}
	if hook.Object != "page" {
		return events, nil
	}
	seen := map[string]bool{}
	add := func(owner string, raw json.RawMessage, standby bool) {
		for _, e := range parseItem(a, raw) {
			e.Owner, e.Standby = owner, standby
			if !seen[owner+"/"+e.ID] {
				seen[owner+"/"+e.ID] = true
				events = append(events, e)
			}
		}
	}
	for _, entry := range hook.Entry {
		for _, raw := range entry.Messaging {
			add(entry.ID, raw, false)
		}
		for _, raw := range entry.Standby {
			add(entry.ID, raw, true)
		}
	}
	return events, nil
}

// parseItem never fails: one poisonous item must not cost its neighbours.
func parseItem(a channel.Account, raw json.RawMessage) []channel.Event {
	var it item
	base := channel.Event{Channel: Channel, ID: graph.Digest(raw), Kind: channel.KindUnknown}
	if json.Unmarshal(raw, &it) != nil {
		base.Data = map[string]any{"raw": raw}
		return []channel.Event{base}
	}
	base.From, base.At = it.Sender.ID, graph.At(it.Timestamp)
	if it.Delivery != nil || it.Read != nil {
		if list := it.receipts(base); len(list) > 0 {
			return list
		}
	}
	e := base
	if it.fill(&e, a) {
		return []channel.Event{e}
	}
	base.Data = map[string]any{"raw": raw}
	return []channel.Event{base}
}

// receipts are of single messages, and of all until a time.
func (it *item) receipts(base channel.Event) []channel.Event {
	status, watermark := channel.StatusRead, int64(0)
	var out []channel.Event
	if it.Read != nil {
		watermark = it.Read.Watermark
	} else {
		status, watermark = channel.StatusDelivered, it.Delivery.Watermark
		for _, mid := range it.Delivery.Mids {
			if mid == "" {
				continue
			}
			e := base
			e.Kind, e.Type, e.Status, e.MessageID, e.ID = channel.KindStatus, string(status), status, mid, string(status)+":"+mid
			out = append(out, e)
		}
	}
	if to := graph.At(watermark); !to.IsZero() && base.From != "" {
		e := base
		e.Kind, e.Type, e.Status, e.UpTo = channel.KindStatus, string(status), status, to
		e.ID = string(status) + ":" + base.From + ":" + strconv.FormatInt(watermark, 10)
		out = append(out, e)
	}
	return out
}

// fill adds what happened; false is a kind that is not known or lacks what it must
// have.
func (it *item) fill(e *channel.Event, a channel.Account) bool {
	switch {
	case it.Message != nil && it.Message.Echo:
		return it.Message.echo(e, it.Recipient.ID, a)
	case e.From == "":
		return false
	case it.Message != nil && it.Message.Deleted:
		e.Kind, e.Type, e.MessageID, e.ID = channel.KindRedact, "unsend", it.Message.Mid, "unsend:"+it.Message.Mid
		return e.MessageID != ""
	case it.Message != nil:
		return it.Message.fill(e)
	case it.Edit != nil:
		e.Kind, e.Type, e.MessageID, e.Text = channel.KindEdit, "edit", it.Edit.Mid, it.Edit.Text
		e.ID = "edit:" + it.Edit.Mid + ":" + it.Edit.Num.String()
		return e.MessageID != "" && e.Text != ""
	case it.Postback != nil:
		e.Kind, e.Type, e.MessageID, e.Text = channel.KindMessage, channel.TypePostback, it.Postback.Mid, it.Postback.Title
		e.Data = map[string]any{"data": it.Postback.Payload}
		if len(it.Postback.Referral) > 0 {
			e.Data["referral"] = it.Postback.Referral
		}
		if e.MessageID != "" {
			e.ID = e.MessageID
		}
		return true
	case it.Reaction != nil:
		e.Kind, e.Type, e.ReplyTo = channel.KindMessage, channel.TypeReaction, it.Reaction.Mid
		e.Text = it.Reaction.Emoji
		if it.Reaction.Action == "unreact" {
			e.Text = "✖️"
		}
		e.Data = map[string]any{"emoji": e.Text}
		return e.Text != "" && e.ReplyTo != ""
	case it.Referral != nil, it.Optin != nil, it.Pass != nil, it.Take != nil, it.Request != nil, it.Linking != nil:
		e.Kind, e.Type = channel.KindSystem, it.system()
		return true
	}
	return false
}

func (it *item) system() string {
	switch {
	case it.Referral != nil:
		return "referral"
	case it.Optin != nil:
		return "optin"
	case it.Linking != nil:
		return "account_linking"
	}
	return "handover"
}

// inbound is a message as a webhook has it.
type inbound struct {
	Mid, Text, Metadata string
	QuickReply          *struct{ Payload string } `json:"quick_reply"`
	ReplyTo             struct{ Mid string }      `json:"reply_to"`
	Attachments         []file
	Echo                bool        `json:"is_echo"`
	Deleted             bool        `json:"is_deleted"`
	Unsupported         bool        `json:"is_unsupported"`
	AppID               json.Number `json:"app_id"`
	Referral            map[string]any
}

type file struct {
	Type    string
	Payload struct {
		URL, Title  string
		StickerID   json.Number `json:"sticker_id"`
		Coordinates *struct{ Lat, Long float64 }
	}
}

// echo is an answer: ours, which it proves to have been taken, or one that was
// sent from elsewhere.
func (m *inbound) echo(e *channel.Event, customer string, a channel.Account) bool {
	e.From, e.ID, e.MessageID = customer, "echo:"+m.Mid, m.Mid
	if m.Mid == "" || customer == "" {
		return false
	}
	if ref, ours := strings.CutPrefix(m.Metadata, mark); ours {
		e.Kind, e.Type, e.Ref, e.Status = channel.KindStatus, string(channel.StatusSent), ref, channel.StatusSent
		return ref != ""
	}
	if app := m.AppID.String(); app != "" && app == a.Settings["app_id"] { // an attachment whose text follows
		e.Kind, e.Type = channel.KindSystem, "echo"
		return true
	}
	if !m.fill(e) {
		return false
	}
	e.Kind, e.ID = channel.KindEcho, "echo:"+m.Mid
	return true
}

// likes are the stickers of Messenger's thumb.
func likes() []string { return []string{"369239263222822", "369239343222814", "369239383222810"} }

func (m *inbound) fill(e *channel.Event) bool {
	if m.Mid == "" {
		return false
	}
	e.Kind, e.Type, e.ID, e.MessageID = channel.KindMessage, channel.TypeText, m.Mid, m.Mid
	e.Text, e.ReplyTo, e.Data = m.Text, m.ReplyTo.Mid, map[string]any{}
	if len(m.Referral) > 0 {
		e.Data["referral"] = m.Referral
	}
	for _, f := range m.Attachments {
		f.fill(e)
	}
	switch {
	case m.QuickReply != nil:
		e.Type, e.Data["data"] = channel.TypePostback, m.QuickReply.Payload
	case m.Unsupported, e.Text == "" && e.Type == channel.TypeText:
		e.Type = channel.TypeUnknown
	}
	if len(e.Data) == 0 {
		e.Data = nil
	}
	return true
}
