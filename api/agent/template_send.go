package agent

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/domain/autotext"
	"switchboard/domain/conversation"
	"switchboard/store/conversationdb"
	"switchboard/store/messagedb"
	"switchboard/store/pg"
	"switchboard/store/templatedb"
)

// templateChoice: {"id": "…", "language": "nl-BE", "values": {"Name": "Ada"}}
type templateChoice struct {
	ID       uuid.UUID         `json:"id"`
	Language string            `json:"language"`
	Values   map[string]string `json:"values"`
}

// fillTemplate makes the text of a message that is sent by template, and refuses
// one that does not fit. Without a template it does nothing.
func (s *Server) fillTemplate(ctx context.Context, conv conversationdb.Conversation, in *newMessage) error {
	if in.Template == nil {
		return nil
	}
	var k httpx.Checks
	if in.Text != "" || len(in.Attachments) > 0 {
		k.Add("template", "cannot be sent together with text or attachments")
	}
	core.CheckSampleValues(&k, "template.values", in.Template.Values)
	if in.Template.Language != "" {
		k.Language("template.language", in.Template.Language)
	}
	if err := k.Err(); err != nil {
		return err
	}
	t, x, err := s.Store.Template.ResolveTemplate(ctx, in.Template.ID, []string{in.Template.Language})
	if errors.Is(err, pg.ErrNotFound) {
		return httpx.Invalid(httpx.FieldError{Field: "template.id", Reason: "is no template"})
	} else if err != nil {
		return err
	}
	switch {
	case t.Channel != conv.Channel:
		return httpx.Invalid(httpx.FieldError{Field: "template.id", Reason: "is a template of the channel " + t.Channel})
	case t.Account.Valid && t.Account.UUID != conv.Account:
		return httpx.Invalid(httpx.FieldError{Field: "template.id", Reason: "is a template of another account"})
	}
	var caps channel.Caps
	if p, err := s.Providers.Get(conv.Provider); err == nil {
		caps = p.Channels()[conv.Channel]
	}
	if err := core.CheckSendable(x, caps); err != nil {
		return err
	}
	if err := checkValues(x, caps, in.Template.Values); err != nil {
		return err
	}
	in.Text, in.sent = x.Fill(in.Template.Values), &templatedb.SentTemplate{ID: t.ID, Variables: x.Given(in.Template.Values)}
	httpx.Set(&in.sent.ContentSID, x.ContentSID)
	return nil
}

// checkValues wants a value for each placeholder and no other, and where the
// provider fills the text also what it takes as a value.
func checkValues(x templatedb.TemplateText, caps channel.Caps, values map[string]string) error {
	var k httpx.Checks
	var m *autotext.Mismatch
	if errors.As(x.Check(values), &m) {
		for _, name := range m.Missing {
			k.Add("template.values."+name, "is missing")
		}
		for _, name := range m.Extra {
			k.Add("template.values."+name, "is no placeholder of this template")
		}
	}
	if name := autotext.Twice(values); name != "" {
		k.Add("template.values."+name, "is given twice; upper and lower case are the same here")
	}
	for _, name := range httpx.SortedKeys(values) {
		switch v := values[name]; {
		case !caps.Templates:
		case strings.TrimSpace(v) == "":
			k.Add("template.values."+name, "must not be empty on this channel")
		case !autotext.OneLine(v):
			k.Add("template.values."+name, "must not have line breaks, tabs or four blanks in a row on this channel")
		}
	}
	return k.Err()
}

// sameWords reports that a stored message is the one that a request asks for. A
// template may have changed or gone since; what filled it has not.
func (in newMessage) sameWords(m messagedb.Message) bool {
	if in.Template == nil || m.Variables == nil {
		return in.Template == nil && m.Variables == nil && m.Text == in.Text
	}
	return (!m.Template.Valid || m.Template.UUID == in.Template.ID) && core.SameValues(*m.Variables, in.Template.Values)
}

// sameButtons reports that a stored message offers what a request asks for.
func (in newMessage) sameButtons(m messagedb.Message) bool {
	if m.Data == nil {
		return len(in.Buttons) == 0
	}
	var data struct{ Buttons []channel.Button }
	return json.Unmarshal(*m.Data, &data) == nil && slices.Equal(data.Buttons, in.Buttons)
}

// maxNamed is how many templates a refusal names.
const maxNamed = 20

// withTemplates completes the refusal of a closed window with the templates that
// pass it, so that nobody has to look for them.
func (s *Server) withTemplates(ctx context.Context, conv conversationdb.Conversation, err error) error {
	var refusal *conversation.Refusal
	if !errors.As(err, &refusal) || refusal.Code != conversation.WindowClosed || !s.windowPolicyOf(conv).Templates {
		return err
	}
	list, lerr := s.Store.Template.ApprovedTemplates(ctx, conv.Account, conv.Channel, maxNamed)
	if lerr != nil {
		return lerr
	}
	p := httpx.NewProblem(http.StatusConflict, refusal.Code, refusal.Reason)
	for _, t := range list {
		p.Templates = append(p.Templates, httpx.Named{ID: t.ID, Name: t.Name})
	}
	return p
}
