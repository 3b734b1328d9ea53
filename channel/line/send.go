package line

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

const (
	maxText    = 5000 // UTF-16 code units
	maxObjects = 5    // in one request
	maxButtons = 13   // under one message
	mega       = 1 << 20
	maxPreview = mega

	retryKeyFor = 23 * time.Hour // LINE forgets a retry key after a day

	replyPath = "/v2/bot/message/reply"
	pushPath  = "/v2/bot/message/push"
)

const video = "video/mp4"

// mediaLimits are the objects that LINE has; everything else goes as a link.
func mediaLimits() []channel.MediaLimit {
	return []channel.MediaLimit{
		{Type: "image/jpeg", MaxBytes: 10 * mega},
		{Type: "image/png", MaxBytes: 10 * mega},
		{Type: video, MaxBytes: 200 * mega, AsLink: true}, // LINE demands a picture of it, which is not made here
		{Type: "audio/mp4", MaxBytes: 200 * mega},
		{Type: "audio/x-m4a", MaxBytes: 200 * mega},
		{Type: "audio/mpeg", MaxBytes: 200 * mega},
		{Type: "*/*", MaxBytes: 200 * mega, AsLink: true},
	}
}

// object is one entry of "messages".
type object struct {
	Type     string `json:"type"`
	Text     string `json:"text,omitempty"`
	Original string `json:"originalContentUrl,omitempty"`
	Preview  string `json:"previewImageUrl,omitempty"`
	Duration int    `json:"duration,omitempty"` // milliseconds

	QuickReply *quickReply `json:"quickReply,omitempty"`
}

// quickReply is buttons, which LINE shows under the last object.
type quickReply struct {
	Items []quickItem `json:"items"`
}

type quickItem struct {
	Type   string `json:"type"`
	Action action `json:"action"`
}

type action struct {
	Type        string `json:"type"`
	Label       string `json:"label"`
	Data        string `json:"data"`
	DisplayText string `json:"displayText"`
}

// Send implements channel.Provider: a free reply while the token is fresh, else
// a push.
//
// A reply has no retry key, and the error for a spent token is the same as for an
// expired one. So a reply that ended in doubt (no answer, 5xx) is Uncertain and
// is not followed by a push: LINE may have delivered it, and a push would be the
// same message again. A reply in doubt may be repeated with its token, which works
// once, if the caller says that it is a repeat: then nothing is pushed. Only an
// answer to a first try that says the token was refused leads on to the push.
func (l *Line) Send(ctx context.Context, a channel.Account, m channel.Outbound) (channel.Receipt, error) {
	objects, err := compose(m)
	if err != nil {
		return channel.Receipt{}, err
	}
	if m.Reply != nil && m.Reply.Token != "" && l.now().Before(m.Reply.Until) {
		r, spent, err := l.reply(ctx, a, m.Reply.Token, objects)
		if !spent {
			return r, err
		}
	}
	if m.ReplyAgain {
		return channel.Receipt{}, &channel.Error{Class: channel.Uncertain, Code: channel.ReplySpent,
			Detail: "The reply token is used or over; LINE may have taken the message by it."}
	}
	return l.push(ctx, a, m, objects)
}

// reply answers spent if the token was refused, so that nothing was sent.
func (l *Line) reply(ctx context.Context, a channel.Account, token string, objects []object) (r channel.Receipt, spent bool, err error) {
	answer, err := l.post(ctx, a, replyPath, "", map[string]any{"replyToken": token, "messages": objects})
	if err != nil {
		return r, false, err
	}
	if answer.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(said(answer)), "invalid reply token") {
		return r, true, nil
	}
	if !answer.OK() {
		return r, false, refusal(answer, l.now())
	}
	r, err = receipt(answer)
	r.UsedReply = err == nil
	return r, false, err
}

// push sends under our id as the retry key. LINE remembers it for a day and
// answers a repeat with 409 and the ids of the first time: that is success.
func (l *Line) push(ctx context.Context, a channel.Account, m channel.Outbound, objects []object) (channel.Receipt, error) {
	answer, err := l.post(ctx, a, pushPath, m.ID, map[string]any{"to": m.To, "messages": objects})
	if err != nil {
		return channel.Receipt{}, err
	}
	if answer.Status == http.StatusConflict {
		r, _ := receipt(answer) // the ids are a courtesy here
		return r, nil
	}
	if !answer.OK() {
		return channel.Receipt{}, refusal(answer, l.now())
	}
	return receipt(answer)
}

func (l *Line) post(ctx context.Context, a channel.Account, path, retryKey string, doc any) (rest.Reply, error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return rest.Reply{}, refused("encode", "The message cannot be written as JSON.")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base(a, apiHost)+path, bytes.NewReader(body))
	if err != nil {
		return rest.Reply{}, badBase()
	}
	authorize(req, a)
	req.Header.Set("Content-Type", "application/json")
	if retryKey != "" {
		req.Header.Set("X-Line-Retry-Key", retryKey) // the reply endpoint answers it with 400
	}
	return rest.Do(rest.Client(l.HTTP), req)
}

func receipt(answer rest.Reply) (channel.Receipt, error) {
	var doc struct{ SentMessages []struct{ ID string } }
	if answer.Torn || json.Unmarshal(answer.Body, &doc) != nil {
		return channel.Receipt{}, &channel.Error{Class: channel.Uncertain, Code: "bad_answer", Detail: "LINE's answer could not be read."}
	}
	var r channel.Receipt
	for _, m := range doc.SentMessages {
		if m.ID != "" {
			r.IDs = append(r.IDs, m.ID)
		}
	}
	return r, nil
}

// compose turns a message into LINE's objects, or refuses it before LINE does.
func compose(m channel.Outbound) ([]object, error) {
	if channel.Length(m.Text) > maxText {
		return nil, refused("too_long", "The text is longer than LINE takes.")
	}
	if len(m.Media) > maxObjects-1 {
		return nil, refused("too_many_media", "LINE takes at most four attachments in a message.")
	}
	var objects []object
	if m.Text != "" {
		objects = append(objects, object{Type: "text", Text: m.Text})
	}
	for _, f := range m.Media {
		if !channel.PublicLink(f.URL) {
			return nil, refused("media_url", "LINE fetches attachments over https only.")
		}
		objects = append(objects, attachment(f))
	}
	if len(objects) == 0 {
		return nil, refused("empty", "The message has neither text nor attachment.")
	}
	objects[len(objects)-1].QuickReply = buttons(m.Buttons)
	return objects, nil
}

func buttons(list []channel.Button) *quickReply {
	if len(list) == 0 {
		return nil
	}
	out := &quickReply{}
	for _, b := range list {
		out.Items = append(out.Items, quickItem{"action", action{Type: "postback", Label: b.Title, Data: b.Value, DisplayText: b.Title}})
	}
	return out
}

// attachment is an object of LINE's where there is one for this file, else a
// text with a link.
func attachment(f channel.OutMedia) object {
	preview := f.PreviewURL
	if !channel.PublicLink(preview) {
		preview = ""
	}
	native := slices.ContainsFunc(mediaLimits(), func(l channel.MediaLimit) bool {
		return (!l.AsLink || l.Type == video) && l.Type == f.ContentType && f.Size <= l.MaxBytes
	})
	kind, _, _ := strings.Cut(f.ContentType, "/")
	switch {
	case native && kind == "image" && (preview != "" || f.Size <= maxPreview):
		if preview == "" {
			preview = f.URL
		}
		return object{Type: "image", Original: f.URL, Preview: preview}
	case native && kind == "video" && preview != "":
		return object{Type: "video", Original: f.URL, Preview: preview}
	case native && kind == "audio":
		// LINE demands a length and only shows it; ours is not known.
		return object{Type: "audio", Original: f.URL, Duration: 60_000}
	}
	text := f.URL
	if name := strings.TrimSpace(f.Name); name != "" && channel.Length(name)+1+channel.Length(f.URL) <= maxText {
		text = name + "\n" + f.URL
	}
	return object{Type: "text", Text: text}
}
