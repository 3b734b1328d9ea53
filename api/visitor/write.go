package visitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/live/visitorchat"
	"switchboard/store/configdb"
	"switchboard/store/webchatdb"
	"switchboard/workflows/contract"
)

// chatMessage is a message as visitors see it.
type chatMessage struct {
	ID           uuid.UUID           `json:"id"`
	Seq          int64               `json:"seq"`
	Conversation uuid.UUID           `json:"conversation_id"`
	From         string              `json:"from"`
	Agent        *visitorchat.Person `json:"agent"`
	Type         string              `json:"type"`
	Text         string              `json:"text"`
	Data         *json.RawMessage    `json:"data"`
	Attachments  []chatFile          `json:"attachments"`
	ClientID     *string             `json:"client_id"`
	At           time.Time           `json:"at"`
	Redacted     bool                `json:"redacted"`
}

type chatFile struct {
	ID          uuid.UUID `json:"id"`
	Name        string    `json:"name"`
	ContentType string    `json:"content_type"`
	Size        int64     `json:"size"`
	URL         *string   `json:"url"`
	PreviewURL  *string   `json:"preview_url"`
}

// chatLinkTTL is how long a visitor's page may show a file by its link.
const chatLinkTTL = 24 * time.Hour

func (s *Server) showChat(m webchatdb.ChatMessage) (chatMessage, error) {
	out := chatMessage{ID: m.ID, Seq: webchatdb.ThreadSeq(m.Number, m.Seq), Conversation: m.Conversation, From: "visitor", Type: m.Type,
		Text: m.Text, Data: m.Data, Attachments: []chatFile{}, At: m.CreatedAt.UTC(), Redacted: m.Redacted}
	switch {
	case m.Direction == core.DirectionOut && m.Automated:
		out.From = "system"
	case m.Direction == core.DirectionOut:
		out.From = "agent"
		if m.AgentName != nil {
			out.Agent = &visitorchat.Person{Name: *m.AgentName}
		}
	case m.EventID != nil:
		_, id, _ := strings.Cut(*m.EventID, ":")
		out.ClientID = &id
	}
	var rows []struct {
		chatFile
		State   string
		Preview bool
	}
	if err := json.Unmarshal(m.Attachments, &rows); err != nil {
		return out, fmt.Errorf("attachments of message %s: %w", m.ID, err)
	}
	for _, f := range rows {
		if f.State == "stored" {
			link := s.Files.PublicURL(f.ID, f.Name, false, chatLinkTTL)
			f.URL = &link
			if f.Preview {
				small := s.Files.PublicURL(f.ID, f.Name, true, chatLinkTTL)
				f.PreviewURL = &small
			}
		}
		out.Attachments = append(out.Attachments, f.chatFile)
	}
	return out, nil
}

func (s *Server) showChats(list []webchatdb.ChatMessage) ([]chatMessage, error) {
	out := make([]chatMessage, 0, len(list))
	for _, m := range list {
		v, err := s.showChat(m)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// chatLine: {"client_id": "…", "text": "Hello", "attachments": ["…"]}
type chatLine struct {
	ClientID    uuid.UUID   `json:"client_id"`
	Text        string      `json:"text"`
	Attachments []uuid.UUID `json:"attachments"`
	Postback    *postback   `json:"postback"`
}

// postback is a tap on a button that an agent's message offered.
type postback struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

const maxPostback = 1000

func (in chatLine) check(caps channel.Caps) error {
	var k httpx.Checks
	k.Required("client_id", in.ClientID)
	if in.Postback != nil {
		k.Text("postback.title", in.Postback.Title, 1, maxPostback)
		k.Text("postback.value", in.Postback.Value, 0, maxPostback)
		if in.Text != "" || len(in.Attachments) > 0 {
			k.Add("postback", "must stand alone")
		}
		return k.Err()
	}
	switch {
	case strings.TrimSpace(in.Text) == "" && len(in.Attachments) == 0:
		k.Add("text", "must not be empty unless there are attachments")
	case channel.Length(in.Text) > caps.MaxText:
		k.Add("text", fmt.Sprintf("must have at most %d UTF-16 code units", caps.MaxText))
	case strings.ContainsRune(in.Text, 0):
		k.Add("text", "must not hold a NUL")
	}
	if len(in.Attachments) > caps.MaxMedia {
		k.Add("attachments", fmt.Sprintf("must be at most %d", caps.MaxMedia))
	}
	return k.Err()
}

func (in chatLine) line(v visit) webchatdb.ChatLine {
	l := webchatdb.ChatLine{Widget: v.widget, Visitor: v.visitor, ID: in.ClientID, Type: channel.TypeText, Text: in.Text,
		Files: in.Attachments}
	switch {
	case in.Postback != nil:
		l.Type, l.Text = channel.TypePostback, in.Postback.Title
		l.Data = map[string]any{"title": in.Postback.Title, "data": in.Postback.Value}
	case strings.TrimSpace(in.Text) == "":
		l.Type = channel.TypeFile
	}
	return l
}

// sendChat stores what a visitor wrote: 201 stored, 200 the first answer to a
// repeated client id.
func (s *Server) sendChat(v visit) error {
	if err := s.stillSignedIn(v); err != nil {
		return err
	}
	if err := s.notTooMany(s.ChatLimits.Messages.Of("messages/" + v.visitor.ID.String())); err != nil {
		return err
	}
	var in chatLine
	if err := httpx.Decode(v.Context, &in); err != nil {
		return err
	}
	if err := in.check(s.chatCaps()); err != nil {
		return err
	}
	id, repeated, err := s.Store.Webchat.WriteChat(v.ctx(), in.line(v))
	if errors.Is(err, webchatdb.ErrChatEnded) {
		return httpx.NewProblem(http.StatusConflict, codeEnded, "This chat has ended; start a new one.")
	} else if err != nil {
		return err
	}
	s.Chat.Ring(v.visitor.ID)
	m, err := s.Store.Webchat.ChatMessageByID(v.ctx(), v.visitor.ID, id)
	if err != nil {
		return err
	}
	view, err := s.showChat(m)
	if err != nil {
		return err
	}
	if repeated {
		return v.JSON(http.StatusOK, view)
	}
	return v.JSON(http.StatusCreated, view)
}

func (s *Server) chatCaps() channel.Caps {
	p, err := s.Providers.Get(configdb.ProviderWebchat)
	if err != nil {
		return channel.Caps{}
	}
	return p.Channels()[configdb.ProviderWebchat]
}

const maxChatPage = 100

// chatPage reads before, after and limit. A live chat's history is that of its
// one conversation.
func (s *Server) chatPage(v visit) (p webchatdb.ChatPage, before bool, err error) {
	p = webchatdb.ChatPage{Visitor: v.visitor.ID, Whole: v.widget.Style != string(conversation.Live), Limit: httpx.DefaultLimit,
		Place: 1<<62 - 1}
	before = true
	if raw := v.QueryParam("limit"); raw != "" {
		if p.Limit, err = strconv.Atoi(raw); err != nil || p.Limit < 1 || p.Limit > maxChatPage {
			return p, before, httpx.BadParameter("limit", "must be a number between 1 and 100")
		}
	}
	for _, name := range []string{"before", "after"} {
		raw := v.QueryParam(name)
		if raw == "" {
			continue
		}
		if p.Place, err = strconv.ParseInt(raw, 10, 64); err != nil || p.Place < 0 {
			return p, before, httpx.BadParameter(name, "must be a seq")
		}
		before = name == "before"
	}
	if !p.Whole {
		c, err := s.Store.Webchat.ChatOf(v.ctx(), v.visitor.ID)
		if err != nil {
			return p, before, err
		}
		p.Only = c.Conversation
	}
	return p, before, nil
}

// chatHistory answers messages in order.
func (s *Server) chatHistory(v visit) error {
	if err := s.stillSignedIn(v); err != nil {
		return err
	}
	p, before, err := s.chatPage(v)
	if err != nil {
		return err
	}
	p.Limit++ // one more tells whether there is more
	read := s.Store.Webchat.ChatAfter
	if before {
		read = s.Store.Webchat.ChatBefore
	}
	list, err := read(v.ctx(), p)
	if err != nil {
		return err
	}
	more := len(list) == p.Limit
	if more {
		list = list[:p.Limit-1]
	}
	views, err := s.showChats(list)
	if err != nil {
		return err
	}
	if before {
		for i, j := 0, len(views)-1; i < j; i, j = i+1, j-1 {
			views[i], views[j] = views[j], views[i]
		}
	}
	return v.JSON(http.StatusOK, map[string]any{"items": views, "more": more})
}

func (s *Server) chatThread(v visit) error {
	t, _, err := s.Chat.Thread(v.ctx(), v.widget, v.visitor, s.Now())
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, t)
}

// chatTyping tells the agent that the visitor types; it is stored nowhere.
func (s *Server) chatTyping(v visit) error {
	c, err := s.Store.Webchat.ChatOf(v.ctx(), v.visitor.ID)
	if err != nil {
		return err
	}
	if c.Open() && s.limiter.Take([]httpx.Limit{{Key: "typing/" + v.visitor.ID.String(), Most: 2, Every: 2 * time.Second}}) == 0 {
		if err := s.Store.Webchat.Typing(v.ctx(), c.Conversation.UUID, uuid.Nil); err != nil {
			return err
		}
	}
	return v.NoContent(http.StatusNoContent)
}

// chatMarks: {"delivered": 7000003, "read": 7000002}
type chatMarks struct {
	Delivered int64 `json:"delivered"`
	Read      int64 `json:"read"`
}

func (s *Server) chatReceipts(v visit) error {
	var in chatMarks
	if err := httpx.Decode(v.Context, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if in.Delivered < 0 || in.Read < 0 {
		k.Add("read", "must be a seq")
		return k.Err()
	}
	for _, m := range []struct {
		place int64
		read  bool
	}{{in.Read, true}, {in.Delivered, false}} {
		if m.place == 0 || !m.read && m.place <= in.Read {
			continue
		}
		if err := s.Store.Webchat.MarkChat(v.ctx(), v.visitor.ID, m.place, m.read); err != nil {
			return err
		}
	}
	s.Chat.Ring(v.visitor.ID)
	return v.NoContent(http.StatusNoContent)
}

// endChat ends a live chat for its customer. Of a persistent one the state
// machine refuses it.
func (s *Server) endChat(v visit) error {
	c, err := s.Store.Webchat.ChatOf(v.ctx(), v.visitor.ID)
	if err != nil {
		return err
	}
	if !c.Open() && v.widget.Style == string(conversation.Live) {
		return s.answerThread(v) // it has ended
	}
	if !c.Conversation.Valid {
		return &conversation.Refusal{Code: conversation.WrongState, Reason: "Nothing was begun that could be ended."}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.ctx()), core.CommandTimeout)
	defer cancel()
	rung, err := s.Store.Outbox.ReadBell(ctx, c.Conversation.UUID)
	if err != nil {
		return err
	}
	err = s.UpdateConversation(ctx, c.Conversation.UUID, core.UpdateCall{Name: contract.UpdateCustomerEnd,
		ID: contract.UpdateCustomerEnd + "/" + uuid.NewString(), Bell: rung, Arg: contract.Act{Bell: rung.Bell}})
	if err != nil {
		return err
	}
	s.Chat.Ring(v.visitor.ID)
	return s.answerThread(v)
}
