package line

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"switchboard/channel"
)

// replyLife is how long a reply token is used. LINE promises "about a minute".
const replyLife = 50 * time.Second

// An event as LINE sends it, as far as it is read.
//
//	{"type":"message","mode":"active","timestamp":1692251666727,"webhookEventId":"01H…",
//	 "replyToken":"b60d…","source":{"type":"user","userId":"U…"},
//	 "deliveryContext":{"isRedelivery":false},"message":{"id":"468…","type":"text","text":"Hello"}}
type event struct {
	Type       string
	ID         string `json:"webhookEventId"`
	Mode       string
	Timestamp  int64 // milliseconds
	ReplyToken string
	Source     struct{ Type, UserID, GroupID, RoomID string }
	Message    *message
	Unsend     *struct{ MessageID string }
	Follow     struct{ IsUnblocked bool }
	Postback   *struct {
		Data   string
		Params map[string]any
	}
}

// Parse implements channel.Provider.
func (*Line) Parse(_ channel.Account, r channel.Request) ([]channel.Event, error) {
	var hook struct{ Events []json.RawMessage }
	if bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("null")) {
		return nil, fmt.Errorf("line webhook: %w", channel.ErrMalformed)
	}
	if err := json.Unmarshal(r.Body, &hook); err != nil {
		return nil, fmt.Errorf("line webhook: %w", channel.ErrMalformed)
	}
	events := make([]channel.Event, 0, len(hook.Events))
	for _, raw := range hook.Events {
		events = append(events, parseEvent(raw))
	}
	orderImages(events)
	return events, nil
}

// orderImages puts pictures that were sent together in the order in which they
// were chosen; LINE tells of them as they are uploaded.
func orderImages(events []channel.Event) {
	places := map[string][]int{}
	for i, e := range events {
		if set, ok := e.Data["image_set"].(map[string]any); ok && e.Kind == channel.KindMessage {
			if id, _ := set["id"].(string); id != "" {
				places[id] = append(places[id], i)
			}
		}
	}
	for _, at := range places {
		pictures := make([]channel.Event, len(at))
		for n, i := range at {
			pictures[n] = events[i]
		}
		slices.SortStableFunc(pictures, func(a, b channel.Event) int { return cmp.Compare(imageIndex(a), imageIndex(b)) })
		for n, i := range at {
			events[i] = pictures[n]
		}
	}
}

func imageIndex(e channel.Event) float64 {
	set, _ := e.Data["image_set"].(map[string]any)
	index, _ := set["index"].(float64)
	return index
}

// parseEvent never fails: one poisonous event must not cost its neighbours.
func parseEvent(raw json.RawMessage) channel.Event {
	var e event
	if json.Unmarshal(raw, &e) != nil || e.Type == "" {
		return unreadable(raw, e.Type)
	}
	out := channel.Event{Type: e.Type, ID: e.id(raw), Channel: "line", From: e.Source.UserID, At: e.at()}
	out.Standby = e.Mode == "standby"
	if e.ReplyToken != "" && !out.Standby && !out.At.IsZero() {
		out.Reply = &channel.ReplyToken{Token: e.ReplyToken, Until: out.At.Add(replyLife)}
	}
	if e.fill(&out, raw) {
		return out
	}
	out.Kind, out.Reply = channel.KindUnknown, nil
	out.Data = map[string]any{"raw": raw}
	return out
}

// fill adds what the type of the event says; false is a type that is not known
// or lacks what it must have.
func (e *event) fill(out *channel.Event, raw json.RawMessage) bool {
	private := e.Source.Type == "user" && e.Source.UserID != ""
	switch e.Type {
	case "message", "messageEdited", "postback", "unsend":
		if e.Source.Type == "group" || e.Source.Type == "room" {
			e.inGroup(out, raw)
			return true
		}
		return private && e.said(out)
	case "follow":
		out.Kind = channel.KindOptIn
		out.Data = map[string]any{"unblocked": e.Follow.IsUnblocked}
		return private
	case "unfollow":
		out.Kind = channel.KindOptOut
		return private
	case "join", "leave", "memberJoined", "memberLeft", "videoPlayComplete", "beacon", "accountLink", "membership",
		"module", "activated", "deactivated", "botSuspended", "botResumed", "delivery":
		out.Kind, out.Reply = channel.KindSystem, nil
		out.Data = map[string]any{"raw": raw}
	default:
		return false
	}
	return true
}

// said is what a person wrote, or what they made of it later.
func (e *event) said(out *channel.Event) bool {
	switch e.Type {
	case "postback":
		return e.fillPostback(out)
	case "unsend":
		if e.Unsend == nil || e.Unsend.MessageID == "" {
			return false
		}
		out.Kind, out.MessageID, out.Reply = channel.KindRedact, e.Unsend.MessageID, nil
	case "messageEdited":
		if e.Message == nil || e.Message.ID == "" || e.Message.Type != channel.TypeText || e.Message.Text == "" {
			return false
		}
		out.Kind, out.MessageID, out.Text, out.Reply = channel.KindEdit, e.Message.ID, e.Message.Text, nil
	default:
		return e.Message.fill(out)
	}
	return true
}

// inGroup keeps what was said in a group. It names no sender, because an answer
// to one member of a group would be a conversation nobody began.
func (e *event) inGroup(out *channel.Event, raw json.RawMessage) {
	out.Kind, out.Type = channel.KindSystem, "group_"+e.Type
	out.From, out.Reply = "", nil
	out.Data = map[string]any{"group": e.Source.GroupID + e.Source.RoomID, "raw": raw}
}

func (e *event) fillPostback(out *channel.Event) bool {
	if e.Postback == nil {
		return false
	}
	out.Kind, out.Type = channel.KindMessage, channel.TypePostback
	out.Data = map[string]any{"data": e.Postback.Data}
	if len(e.Postback.Params) > 0 {
		out.Data["params"] = e.Postback.Params
	}
	return true
}

// id is the same for every delivery of one event.
func (e *event) id(raw []byte) string {
	switch {
	case e.ID != "":
		return e.ID
	case e.Message != nil && e.Message.ID != "":
		return e.Message.ID
	}
	return digest(raw)
}

// at is the time of the event; none if no calendar has it.
func (e *event) at() time.Time {
	const year10000 = 253402300800000
	if e.Timestamp <= 0 || e.Timestamp >= year10000 {
		return time.Time{}
	}
	return time.UnixMilli(e.Timestamp).UTC()
}

// unreadable keeps an event that does not have LINE's shape. Its id is read by
// itself: a redelivery differs in the body, so a digest would be another event.
func unreadable(raw json.RawMessage, typ string) channel.Event {
	var id struct {
		ID string `json:"webhookEventId"`
	}
	if json.Unmarshal(raw, &id) != nil || id.ID == "" {
		id.ID = digest(raw)
	}
	return channel.Event{Kind: channel.KindUnknown, Type: typ, ID: id.ID, Channel: "line", Data: map[string]any{"raw": raw}}
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(h[:])
}
