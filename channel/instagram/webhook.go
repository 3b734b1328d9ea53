package instagram

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
)

// item is one thing that happened in an account's messages.
//
//	{"sender":{"id":"9876"},"recipient":{"id":"1784"},"timestamp":1760000001000,"message":{"mid":"aWdf…","text":"Hello"}}
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
	Read     *struct{ Mid string }
	Referral json.RawMessage
	Optin    json.RawMessage
	Pass     json.RawMessage `json:"pass_thread_control"`
	Take     json.RawMessage `json:"take_thread_control"`
}

// Parse implements channel.Webhook. Entries may be of several accounts. Comments
// and the like come beside messages and are no conversation.
func (*Instagram) Parse(_ channel.Account, r channel.Request) ([]channel.Event, error) {
	var hook struct {
		Object string
		Entry  []struct {
			ID                 string
			Messaging, Standby []json.RawMessage
		}
	}
	if bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("null")) || json.Unmarshal(r.Body, &hook) != nil {
		return nil, fmt.Errorf("instagram webhook: %w", channel.ErrMalformed)
	}
	events := []channel.Event{}
	if hook.Object != "instagram" {
		return events, nil
	}
	seen := map[string]bool{}
	add := func(owner string, raw json.RawMessage, standby bool) {
		e := parseItem(raw)
		e.Owner, e.Standby = owner, standby
		if !seen[owner+"/"+e.ID] {
			seen[owner+"/"+e.ID] = true
			events = append(events, e)
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
func parseItem(raw json.RawMessage) channel.Event {
	var it item
	unknown := channel.Event{Channel: Channel, ID: graph.Digest(raw), Kind: channel.KindUnknown}
	if json.Unmarshal(raw, &it) == nil {
		unknown.From, unknown.At = it.Sender.ID, graph.At(it.Timestamp)
		if e := unknown; it.fill(&e) {
			return e
		}
	}
	unknown.Data = map[string]any{"raw": raw}
	return unknown
}

// fill adds what happened; false is a kind that is not known or lacks what it must
// have.
func (it *item) fill(e *channel.Event) bool {
	switch {
	case it.Message != nil && it.Message.Echo:
		return it.Message.echo(e, it.Recipient.ID)
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
		return it.react(e)
	case it.Read != nil:
		// It names the newest message that was read. All before it were read, too.
		e.Kind, e.Type, e.Status, e.UpTo = channel.KindStatus, "read", channel.StatusRead, e.At
		e.ID = "read:" + e.From + ":" + strconv.FormatInt(it.Timestamp, 10)
		return !e.UpTo.IsZero()
	case it.Referral != nil, it.Optin != nil, it.Pass != nil, it.Take != nil:
		e.Kind, e.Type = channel.KindSystem, it.system()
		return true
	}
	return false
}

func (it *item) react(e *channel.Event) bool {
	e.Kind, e.Type, e.ReplyTo, e.Text = channel.KindMessage, channel.TypeReaction, it.Reaction.Mid, it.Reaction.Emoji
	if it.Reaction.Action == "unreact" {
		e.Text = "✖️"
	} else if e.Text == "" && it.Reaction.Reaction == "love" {
		e.Text = "❤️"
	}
	e.Data = map[string]any{"emoji": e.Text}
	return e.Text != "" && e.ReplyTo != ""
}

func (it *item) system() string {
	switch {
	case it.Referral != nil:
		return "referral"
	case it.Optin != nil:
		return "optin"
	}
	return "handover"
}

// inbound is a message as a webhook has it.
type inbound struct {
	Mid, Text  string
	QuickReply *struct{ Payload string } `json:"quick_reply"`
	ReplyTo    struct {
		Mid   string
		Story *struct{ ID, URL string }
	} `json:"reply_to"`
	Attachments []file
	Echo        bool `json:"is_echo"`
	Deleted     bool `json:"is_deleted"`
	Unsupported bool `json:"is_unsupported"`
	Referral    map[string]any
}

type file struct {
	Type    string
	Payload struct{ URL, Title string }
}

// echo is an answer. It names no sender: one of ours is known by its id.
func (m *inbound) echo(e *channel.Event, customer string) bool {
	e.From = customer
	if m.Mid == "" || customer == "" {
		return false
	}
	if m.Deleted {
		e.Kind, e.Type, e.ID = channel.KindSystem, "unsend", "unsend:"+m.Mid
		return true
	}
	if !m.fill(e) {
		return false
	}
	e.Kind, e.ID = channel.KindEcho, "echo:"+m.Mid
	return true
}

func (m *inbound) fill(e *channel.Event) bool {
	if m.Mid == "" {
		return false
	}
	e.Kind, e.Type, e.ID, e.MessageID = channel.KindMessage, channel.TypeText, m.Mid, m.Mid
	e.Text, e.ReplyTo, e.Data = m.Text, m.ReplyTo.Mid, map[string]any{}
	if len(m.Referral) > 0 {
		e.Data["referral"] = m.Referral
	}
	if story := m.ReplyTo.Story; story != nil { // shown beside what was said about it: it is gone after a day
		e.Data["story"] = "reply"
		link(e, story.URL)
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

// fill adds one attachment of a message.
func (f file) fill(e *channel.Event) {
	switch f.Type {
	case channel.TypeImage, channel.TypeVideo, channel.TypeAudio, channel.TypeFile:
		e.Type = f.Type
		link(e, f.Payload.URL)
	case "like_heart":
		e.Type, e.Text = channel.TypeSticker, "❤️"
	case "story_mention":
		e.Data["story"] = "mention"
		if e.Text == "" {
			e.Text = "Mentioned you in their story"
		}
		link(e, f.Payload.URL)
	default: // something that was shared: a post, a reel
		if f.Payload.URL == "" && f.Payload.Title == "" {
			e.Type, e.Data["attachment"] = channel.TypeUnknown, f.Type
			return
		}
		e.Data["shared"] = f.Type
		for _, s := range []string{f.Payload.Title, f.Payload.URL} {
			if s != "" && e.Text != "" {
				e.Text += "\n"
			}
			e.Text += s
		}
	}
}

func link(e *channel.Event, address string) {
	if address != "" {
		e.Media = append(e.Media, channel.MediaRef{URL: address})
	}
}
