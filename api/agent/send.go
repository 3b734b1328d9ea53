package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store/campaigndb"
	"switchboard/store/configdb"
	"switchboard/store/conversationdb"
	"switchboard/store/messagedb"
	"switchboard/store/pg"
	"switchboard/store/templatedb"
	"switchboard/workflows/contract"
)

// newMessage: {"text": "Hello", "attachments": ["…"], "reply_to": "…"}, or
// {"template": {"id": "…", "values": {"Name": "Ada"}}}
type newMessage struct {
	Text        string      `json:"text"`
	Attachments []uuid.UUID `json:"attachments"`
	ReplyTo     string      `json:"reply_to"`

	Buttons []channel.Button `json:"buttons"`

	Template *templateChoice          `json:"template"`
	sent     *templatedb.SentTemplate // what Template came to
}

// sendMessage stores an agent's answer and has its conversation's workflow take
// it: 201 taken, 200 the first answer to a repeated key, 202 stored while
// Temporal is away, 409 refused.
func (s *Server) sendMessage(c echo.Context) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	key, err := httpx.IdempotencyKey(c, true)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	if conv.Channel == configdb.ChannelWorkItem {
		return conversation.NobodyToWriteTo()
	}
	var in newMessage
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	ctx := c.Request().Context()
	first, err := s.Store.Message.MessageByKey(ctx, conv.ID, key)
	if err == nil {
		return s.answerFirst(c, first, agent, in)
	} else if !errors.Is(err, pg.ErrNotFound) {
		return err
	}
	if err := s.fillTemplate(ctx, conv, &in); err != nil {
		return err
	}
	if err := s.maySend(ctx, conv, agent, in); err != nil {
		return s.withTemplates(ctx, conv, err)
	}
	q, err := s.Store.Campaign.QueueMessage(ctx, campaigndb.NewOutbound{Conversation: conv.ID, Agent: agent, Key: key, Text: in.Text,
		ReplyTo: in.ReplyTo, Attachments: in.Attachments, Buttons: in.Buttons, Template: in.sent, Window: s.windowPolicyOf(conv)})
	if err != nil {
		return s.withTemplates(ctx, conv, err)
	}
	if q.Repeated { // two requests with one key at the same moment
		m, err := s.Store.Message.MessageByID(ctx, q.MessageID)
		if err != nil {
			return err
		}
		return s.answerFirst(c, m, agent, in)
	}
	return s.withTemplates(ctx, conv, s.announce(c, conv.ID, agent, q, in.sent.Approved()))
}

// announce tells the workflow of a stored message and answers what became of it.
func (s *Server) announce(c echo.Context, conv, agent uuid.UUID, q campaigndb.Queued, approved bool) error {
	// What is stored is seen through even if the client leaves.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), core.CommandTimeout)
	defer cancel()
	err := s.UpdateConversation(ctx, conv, core.UpdateCall{Name: contract.UpdateSend, ID: "send/" + q.MessageID.String(), Bell: q.Rung,
		Arg: contract.Send{Agent: agent, Seq: q.Seq, Template: approved, Bell: q.Rung.Bell}})
	var refusal *conversation.Refusal
	switch {
	case err == nil:
		return s.answerMessage(c, http.StatusCreated, q.MessageID)
	case errors.As(err, &refusal):
		if err := s.Store.Message.RefuseMessage(context.WithoutCancel(ctx), q.MessageID, refusal.Code, refusal.Reason); err != nil {
			return err
		}
		return refusal
	}
	s.Log.WarnContext(ctx, "message waits for its workflow", "conversation_id", conv, "error", err)
	return s.answerMessage(c, http.StatusAccepted, q.MessageID)
}

// answerFirst repeats what the first request with a key led to.
func (s *Server) answerFirst(c echo.Context, m messagedb.Message, agent uuid.UUID, in newMessage) error {
	views, err := s.showMessages(c.Request().Context(), []messagedb.Message{m})
	if err != nil {
		return err
	}
	if m.Direction != core.DirectionOut || m.Agent.UUID != agent || !in.sameWords(m) || !in.sameButtons(m) ||
		!sameFiles(views[0].Attachments, in.Attachments) {
		return httpx.KeyReused()
	}
	if e := views[0].Error; e != nil && *m.Status == string(channel.StatusFailed) && e.Class == string(channel.Refused) &&
		core.IsRefusal(e.Code) {
		return &conversation.Refusal{Code: e.Code, Reason: e.Detail}
	}
	return c.JSON(http.StatusOK, views[0])
}

func sameFiles(have []attachmentView, want []uuid.UUID) bool {
	return slices.EqualFunc(have, want, func(a attachmentView, id uuid.UUID) bool { return a.ID == id })
}

func (s *Server) answerMessage(c echo.Context, status int, id uuid.UUID) error {
	ctx := context.WithoutCancel(c.Request().Context())
	m, err := s.Store.Message.MessageByID(ctx, id)
	if err != nil {
		return err
	}
	views, err := s.showMessages(ctx, []messagedb.Message{m})
	if err != nil {
		return err
	}
	return c.JSON(status, views[0])
}

// maySend refuses what cannot be sent before anything is stored. The workflow
// decides again, because the state may change in between.
func (s *Server) maySend(ctx context.Context, conv conversationdb.Conversation, agent uuid.UUID, in newMessage) error {
	p, err := s.Providers.Get(conv.Provider)
	if err != nil {
		return httpx.Unavailable("This provider is not served here.", 0)
	}
	caps := p.Channels()[conv.Channel]
	if err := s.checkMessage(ctx, conv.ID, caps, in); err != nil {
		return err
	}
	st := conversation.State{Phase: conversation.Phase(conv.State), Sent: conv.WindowSent, Policy: windowPolicy(caps),
		Beside: domainBeside(conv.Beside)}
	if conv.Agent.Valid {
		st.Agent = conv.Agent.UUID.String()
	}
	if conv.LastInboundAt != nil {
		st.InboundAt = *conv.LastInboundAt
	}
	return st.MaySend(conversation.Sending{Agent: agent.String(), Template: in.sent.Approved()}, s.Now())
}

func (s *Server) windowPolicyOf(conv conversationdb.Conversation) conversation.Policy {
	p, err := s.Providers.Get(conv.Provider)
	if err != nil {
		return conversation.Policy{}
	}
	return windowPolicy(p.Channels()[conv.Channel])
}

const maxReplyTo = 500

func (s *Server) checkMessage(ctx context.Context, conv uuid.UUID, caps channel.Caps, in newMessage) error {
	var k httpx.Checks
	if strings.TrimSpace(in.Text) == "" && len(in.Attachments) == 0 {
		k.Add("text", "must not be empty unless there are attachments")
	}
	if n := len(utf16.Encode([]rune(in.Text))); caps.MaxText > 0 && n > caps.MaxText {
		k.Add("text", fmt.Sprintf("is too long for this channel: %d UTF-16 code units of at most %d", n, caps.MaxText))
	}
	if strings.ContainsRune(in.Text, 0) {
		k.Add("text", "must not hold a NUL")
	}
	k.Text("reply_to", in.ReplyTo, 0, maxReplyTo)
	checkButtons(&k, caps, in)
	if len(in.Attachments) > caps.MaxMedia {
		k.Add("attachments", fmt.Sprintf("are more than the %d that fit into one message of this channel", caps.MaxMedia))
	}
	if k.Errs != nil || len(in.Attachments) == 0 {
		return k.Err()
	}
	files, err := s.Store.Message.LooseAttachments(ctx, conv, in.Attachments)
	if err != nil {
		return err
	}
	for i, id := range in.Attachments {
		at := slices.IndexFunc(files, func(f messagedb.Attachment) bool { return f.ID == id })
		field := fmt.Sprintf("attachments[%d]", i)
		switch {
		case at < 0 || slices.Contains(in.Attachments[:i], id):
			k.Add(field, "must be a file uploaded to this conversation and not sent before")
		case !fits(caps.MediaLimits, files[at].ContentType, files[at].Size):
			k.Add(field, "is of a type or size that this channel does not take")
		}
	}
	return k.Err()
}

// What fits on a button of every channel that has them, and comes back whole.
const (
	maxButtonTitle = 20
	maxButtonValue = 300
)

func checkButtons(k *httpx.Checks, caps channel.Caps, in newMessage) {
	switch {
	case len(in.Buttons) > 0 && caps.MaxButtons == 0:
		k.Add("buttons", "are not carried by this channel")
	case len(in.Buttons) > caps.MaxButtons:
		k.Add("buttons", fmt.Sprintf("are more than the %d that fit under one message of this channel", caps.MaxButtons))
	case len(in.Buttons) > 0 && in.Template != nil:
		k.Add("buttons", "cannot be added to a template")
	}
	for i, b := range in.Buttons {
		field := fmt.Sprintf("buttons[%d].", i)
		k.Text(field+"title", b.Title, 1, maxButtonTitle)
		k.Text(field+"value", b.Value, 1, maxButtonValue)
		if slices.ContainsFunc(in.Buttons[:i], func(o channel.Button) bool { return o.Value == b.Value }) {
			k.Add(field+"value", "must be another for each button")
		}
	}
}

// fits reports whether a file may be attached: by its exact type, or by a range
// such as image/*.
func fits(limits []channel.MediaLimit, typ string, size int64) bool {
	return slices.ContainsFunc(limits, func(l channel.MediaLimit) bool {
		group, isRange := strings.CutSuffix(l.Type, "*")
		return (l.Type == typ || isRange && strings.HasPrefix(typ, strings.TrimSuffix(group, "*")) || l.Type == "*/*") && size <= l.MaxBytes
	})
}
