package messenger

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

// mark begins the metadata of a message of ours, which its echo brings back.
const mark = "switchboard:"

// request is one call of the Send API.
//
//	{"recipient":{"id":"2468"},"messaging_type":"RESPONSE","message":{"text":"Hi","metadata":"switchboard:…"}}
type request struct {
	Recipient struct {
		ID string `json:"id"`
	} `json:"recipient"`
	Type    string  `json:"messaging_type"`
	Tag     string  `json:"tag,omitempty"`
	Message message `json:"message"`
}

type message struct {
	Text       string      `json:"text,omitempty"`
	Attachment *attachment `json:"attachment,omitempty"`
	Replies    []reply     `json:"quick_replies,omitempty"`
	Metadata   string      `json:"metadata,omitempty"`
}

type attachment struct {
	Type    string  `json:"type"`
	Payload payload `json:"payload"`
}

type payload struct {
	URL      string `json:"url"`
	Reusable bool   `json:"is_reusable"`
}

type reply struct {
	Type    string `json:"content_type"`
	Title   string `json:"title"`
	Payload string `json:"payload"`
}

// Send implements channel.Sender. A text and an attachment are two calls: the
// attachment goes first, because it is what fails, and only the last call carries
// our id. Its echo tells that the message was taken where an answer was lost.
func (m *Messenger) Send(ctx context.Context, a channel.Account, out channel.Outbound) (channel.Receipt, error) {
	parts, err := compose(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	req := request{Type: "RESPONSE"}
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
			return channel.Receipt{}, &channel.Error{Class: channel.Uncertain, Code: "partly", Detail: "Messenger took the attachment, but perhaps not the text."}
		}
		if err != nil {
			return channel.Receipt{}, err
		}
		ids = append(ids, id)
	}
	slices.Reverse(ids) // receipts of the last one are the message's
	return channel.Receipt{IDs: ids}, nil
}

func (m *Messenger) post(ctx context.Context, a channel.Account, req request) (string, error) {
	r, err := m.graph().Post(ctx, a, page(a)+"/messages", req)
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
// Messenger does.
func compose(out channel.Outbound) ([]message, error) {
	switch {
	case channel.Length(out.Text) > maxText:
		return nil, refused("too_long", "The text is longer than Messenger takes.")
	case len(out.Media) > 1:
		return nil, refused("too_many_media", "Messenger takes one attachment in a message.")
	case len(out.Buttons) > maxButtons:
		return nil, refused("too_many_buttons", "Messenger takes at most 13 quick replies.")
	case out.Text == "" && len(out.Media) == 0:
		return nil, refused("empty", "The message has neither text nor attachment.")
	}
	var parts []message
	for _, f := range out.Media {
		if !channel.PublicLink(f.URL) {
			return nil, refused("media_url", "Messenger fetches attachments over https only.")
		}
		kind, _, _ := strings.Cut(f.ContentType, "/")
		if kind != "image" && kind != "video" && kind != "audio" {
			kind = "file"
		}
		parts = append(parts, message{Attachment: &attachment{Type: kind, Payload: payload{URL: f.URL}}})
	}
	if out.Text != "" {
		parts = append(parts, message{Text: out.Text})
	}
	last := &parts[len(parts)-1]
	last.Metadata = mark + out.ID
	for _, b := range out.Buttons {
		last.Replies = append(last.Replies, reply{Type: "text", Title: b.Title, Payload: b.Value})
	}
	return parts, nil
}

const (
	listed = "20"
	skew   = 5 * time.Second // between Meta's clock and ours
)

// Find implements channel.Finder: it reads what was last said in the page's
// conversation with the customer. Messages that are equal are no answer.
func (m *Messenger) Find(ctx context.Context, a channel.Account, out channel.Outbound, since time.Time) (channel.Receipt, bool, error) {
	q := url.Values{"user_id": {out.To}, "fields": {"messages.limit(" + listed + "){id,message,created_time,from}"}}
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
	if err := m.ask(ctx, a, page(a)+"/conversations?"+q.Encode(), &doc); err != nil {
		return channel.Receipt{}, false, rest.Asked(err)
	}
	if doc.Data == nil { // no list is not an empty list
		return channel.Receipt{}, false, badAnswer()
	}
	var fit []string
	for _, thread := range *doc.Data {
		for _, x := range thread.Messages.Data {
			at, err := time.Parse("2006-01-02T15:04:05-0700", x.Created)
			if err == nil && x.ID != "" && x.From.ID == a.Settings["page_id"] && x.Message == out.Text && !at.Before(since.Add(-skew)) {
				fit = append(fit, x.ID)
			}
		}
	}
	return channel.Receipt{IDs: fit}, len(fit) == 1, nil
}
