package instagram

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
	"switchboard/channel/internal/rest"
)

// request is one call of the Send API.
//
//	{"recipient":{"id":"9876"},"message":{"text":"Hi"}}
type request struct {
	Recipient struct {
		ID string `json:"id"`
	} `json:"recipient"`
	Type    string  `json:"messaging_type,omitempty"`
	Tag     string  `json:"tag,omitempty"`
	Message message `json:"message"`
}

type message struct {
	Text       string      `json:"text,omitempty"`
	Attachment *attachment `json:"attachment,omitempty"`
	Replies    []reply     `json:"quick_replies,omitempty"`
}

type attachment struct {
	Type    string `json:"type"`
	Payload struct {
		URL string `json:"url"`
	} `json:"payload"`
}

type reply struct {
	Type    string `json:"content_type"`
	Title   string `json:"title"`
	Payload string `json:"payload"`
}

// Send implements channel.Sender. A text and an attachment are two calls: the
// attachment goes first, because it is what fails.
func (m *Instagram) Send(ctx context.Context, a channel.Account, out channel.Outbound) (channel.Receipt, error) {
	parts, err := compose(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	var req request
	req.Recipient.ID = out.To
	if since := m.now().Sub(out.InboundAt); !out.InboundAt.IsZero() && since >= window {
		if out.Automated || since >= humanWindow {
			return channel.Receipt{}, windowClosed()
		}
		req.Type, req.Tag = "MESSAGE_TAG", "HUMAN_AGENT"
	}
	var ids []string
	for i, part := range parts {
		req.Message = part
		id, err := m.post(ctx, a, req)
		if err != nil && i > 0 {
			return channel.Receipt{}, &channel.Error{Class: channel.Uncertain, Code: "partly", Detail: "Instagram took the attachment, but perhaps not the text."}
		}
		if err != nil {
			return channel.Receipt{}, err
		}
		ids = append(ids, id)
	}
	slices.Reverse(ids) // the last one is the message's
	return channel.Receipt{IDs: ids}, nil
}

func (m *Instagram) post(ctx context.Context, a channel.Account, req request) (string, error) {
	r, err := m.graph(a).Post(ctx, a, self(a)+"/messages", req)
	if err != nil {
		return "", err
	}
	var doc struct {
		ID string `json:"message_id"`
	}
	_, fault := graph.FaultOf(r)
	if !r.OK() || fault || r.Torn || json.Unmarshal(r.Body, &doc) != nil || doc.ID == "" {
		return "", words().Refusal(r, m.now())
	}
	return doc.ID, nil
}

// compose turns a message into the parts that are sent, or refuses it before
// Instagram does. What Instagram has no object for goes as a link.
func compose(out channel.Outbound) ([]message, error) {
	switch {
	case len(out.Media) > 1:
		return nil, refused("too_many_media", "Instagram takes one attachment in a message.")
	case len(out.Buttons) > maxButtons:
		return nil, refused("too_many_buttons", "Instagram takes at most 13 quick replies.")
	case out.Text == "" && len(out.Media) == 0:
		return nil, refused("empty", "The message has neither text nor attachment.")
	}
	var parts []message
	text := out.Text
	for _, f := range out.Media {
		if !channel.PublicLink(f.URL) {
			return nil, refused("media_url", "Instagram fetches attachments over https only.")
		}
		kind := object(f.ContentType)
		if kind == "" {
			text = strings.TrimPrefix(text+"\n"+f.Name+"\n"+f.URL, "\n")
			continue
		}
		part := message{Attachment: &attachment{Type: kind}}
		part.Attachment.Payload.URL = f.URL
		parts = append(parts, part)
	}
	if len(text) > maxText {
		return nil, refused("too_long", "The text is longer than Instagram takes: 1,000 bytes; letters other than A to Z take two or more.")
	}
	if text != "" {
		parts = append(parts, message{Text: text})
	}
	last := &parts[len(parts)-1]
	for _, b := range out.Buttons {
		last.Replies = append(last.Replies, reply{Type: "text", Title: b.Title, Payload: b.Value})
	}
	return parts, nil
}

// object is what Instagram calls a file of a type; "" for one that goes as a link.
func object(contentType string) string {
	switch contentType {
	case "image/jpeg", "image/png", "image/gif":
		return "image"
	case "audio/mp4", "audio/x-m4a", "audio/wav", "audio/aac":
		return "audio"
	case "video/mp4":
		return "video"
	case "application/pdf":
		return "file"
	}
	return ""
}

// Signal implements channel.Signaler.
func (m *Instagram) Signal(ctx context.Context, a channel.Account, s channel.Signal) error {
	doc := map[string]any{"recipient": map[string]any{"id": s.To}, "sender_action": "mark_seen"}
	if s.Typing {
		doc["sender_action"] = "typing_on"
	}
	r, err := m.graph(a).Post(ctx, a, self(a)+"/messages", doc)
	if err != nil {
		return rest.Asked(err)
	}
	if _, fault := graph.FaultOf(r); !r.OK() || fault {
		return rest.Asked(words().Refusal(r, m.now()))
	}
	return nil
}

const (
	listed = "20"
	skew   = 5 * time.Second // between Meta's clock and ours
)

// Find implements channel.Finder: it reads what was last said in the account's
// conversation with the customer. Messages that are equal are no answer.
func (m *Instagram) Find(ctx context.Context, a channel.Account, out channel.Outbound, since time.Time) (channel.Receipt, bool, error) {
	q := url.Values{"platform": {"instagram"}, "user_id": {out.To}, "fields": {"messages.limit(" + listed + "){id,message,created_time,from}"}}
	var doc struct {
		Data *[]struct {
			Messages struct {
				Data []struct {
					ID      string
					Message string
					Created string `json:"created_time"`
					From    struct{ ID string }
				}
			}
		}
	}
	if err := m.ask(ctx, a, self(a)+"/conversations?"+q.Encode(), &doc); err != nil {
		return channel.Receipt{}, false, rest.Asked(err)
	}
	if doc.Data == nil { // no list is not an empty list
		return channel.Receipt{}, false, badAnswer()
	}
	var fit []string
	for _, thread := range *doc.Data {
		for _, x := range thread.Messages.Data {
			at, err := time.Parse("2006-01-02T15:04:05-0700", x.Created)
			if err == nil && x.ID != "" && x.From.ID == a.Settings["ig_id"] && x.Message == out.Text && !at.Before(since.Add(-skew)) {
				fit = append(fit, x.ID)
			}
		}
	}
	return channel.Receipt{IDs: fit}, len(fit) == 1, nil
}
