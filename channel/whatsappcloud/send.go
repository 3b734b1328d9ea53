package whatsappcloud

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
)

// Send implements channel.Sender: one call. Our id goes along, and status reports
// bring it back: they settle what was taken where an answer was lost.
func (c *Cloud) Send(ctx context.Context, a channel.Account, m channel.Outbound) (channel.Receipt, error) {
	kind, object, err := compose(m)
	if err != nil {
		return channel.Receipt{}, err
	}
	doc := map[string]any{"messaging_product": "whatsapp", "recipient_type": "individual", "type": kind, kind: object, "biz_opaque_callback_data": m.ID}
	if isUser(m.To) { // somebody whose number is not known
		doc["recipient"] = m.To
	} else {
		doc["to"] = strings.TrimPrefix(m.To, "+")
	}
	r, err := c.graph().Post(ctx, a, at(a, "phone_number_id")+"/messages", doc)
	if err != nil {
		return channel.Receipt{}, err
	}
	var answer struct{ Messages []struct{ ID string } }
	_, fault := graph.FaultOf(r)
	if !r.OK() || fault || r.Torn || json.Unmarshal(r.Body, &answer) != nil || len(answer.Messages) == 0 || answer.Messages[0].ID == "" {
		return channel.Receipt{}, words().Refusal(r, c.now())
	}
	return channel.Receipt{IDs: []string{answer.Messages[0].ID}}, nil
}

// compose turns a message into its type and object, or refuses it before WhatsApp does.
func compose(m channel.Outbound) (kind string, object map[string]any, err error) {
	switch {
	case m.Template != nil:
		return composeTemplate(m)
	case channel.Length(m.Text) > maxText:
		return "", nil, refused("too_long", "The text is longer than WhatsApp takes.")
	case len(m.Media) > 1:
		return "", nil, refused("too_many_media", "WhatsApp takes one attachment in a message.")
	case len(m.Media) == 1 && channel.Length(m.Text) > maxCaption && len(m.Buttons) == 0:
		return "", nil, refused("too_long", "The text is longer than WhatsApp takes with an attachment: 1,024 characters.")
	case m.Text == "" && (len(m.Media) == 0 || len(m.Buttons) > 0):
		return "", nil, refused("empty", "The message has neither text nor attachment.")
	case len(m.Buttons) > maxButtons:
		return "", nil, refused("too_many_buttons", "WhatsApp takes at most three buttons.")
	case slices.ContainsFunc(m.Buttons, func(b channel.Button) bool { return len(b.Value) > maxButtonID }):
		return "", nil, refused("button_value", "The value of a button is longer than WhatsApp takes.")
	}
	var file map[string]any
	if len(m.Media) == 1 {
		if kind, file, err = attachment(m.Media[0], m.Text != ""); err != nil {
			return "", nil, err
		}
	}
	switch {
	case len(m.Buttons) > 0:
		return "interactive", interactive(m, kind, file), nil
	case file == nil:
		return "text", map[string]any{"body": m.Text, "preview_url": false}, nil
	case m.Text != "":
		file["caption"] = m.Text
	}
	return kind, file, nil
}

// attachment is a file by its link. What has no type of its own, or takes no text,
// goes as a document.
func attachment(f channel.OutMedia, captioned bool) (kind string, object map[string]any, err error) {
	if !channel.PublicLink(f.URL) {
		return "", nil, refused("media_url", "WhatsApp fetches attachments over https only.")
	}
	object = map[string]any{"link": f.URL}
	kind, _, _ = strings.Cut(f.ContentType, "/")
	native := slices.ContainsFunc((&Cloud{}).Channels()[whatsapp].MediaLimits, func(l channel.MediaLimit) bool {
		return l.Type == f.ContentType && f.Size <= l.MaxBytes
	})
	if !native || kind == "audio" && captioned {
		kind = "document"
		if f.Name != "" {
			object["filename"] = f.Name
		}
	}
	return kind, object, nil
}

// interactive is a text with buttons, under a picture, video or document if there is one.
func interactive(m channel.Outbound, kind string, file map[string]any) map[string]any {
	buttons := make([]any, len(m.Buttons))
	for i, b := range m.Buttons {
		buttons[i] = map[string]any{"type": "reply", "reply": map[string]any{"id": b.Value, "title": b.Title}}
	}
	out := map[string]any{"type": "button", "body": map[string]any{"text": m.Text}, "action": map[string]any{"buttons": buttons}}
	if file != nil {
		out["header"] = map[string]any{"type": kind, kind: file}
	}
	return out
}

// user is a person without a number, as WhatsApp names them to one business: a
// country and an id, or that of a group of businesses.
var user = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$`)

func isUser(id string) bool { return user.MatchString(id) }
