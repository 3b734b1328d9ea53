package apiclient

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Visitor chats through a widget, as a page of a site does for its visitor.
type Visitor struct {
	Client        // Token is the visitor's
	Key    string // of the widget
}

// NewVisitor is somebody on a page with a widget, who has not begun to chat.
func NewVisitor(base, key string) *Visitor {
	return &Visitor{Client: Client{Base: base}, Key: key}
}

// ChatThread is where a visitor's thread stands.
type ChatThread struct {
	VisitorID     uuid.UUID `json:"visitor_id"`
	Authenticated bool
	Style, State  string
	Conversation  uuid.NullUUID `json:"conversation_id"`
	Agent         *Ref
	Queue         *struct {
		Ahead int
		Wait  *struct{ From, To int }
	}
	Open         bool
	OpensAt      *time.Time `json:"opens_at"`
	AgentsThere  bool       `json:"agents_available"`
	Unread       int
	ReadSeq      int64      `json:"read_seq"`
	AgentReadSeq int64      `json:"agent_read_seq"`
	CanEnd       bool       `json:"can_end"`
	CanWrite     bool       `json:"can_write"`
	HeldUntil    *time.Time `json:"held_until"`
}

// ChatMessage is a message as its visitor sees it.
type ChatMessage struct {
	ID           uuid.UUID
	Seq          int64
	Conversation uuid.UUID `json:"conversation_id"`
	From         string
	Agent        *Ref
	Type, Text   string
	Attachments  []Attachment
	ClientID     *string `json:"client_id"`
}

func (v *Visitor) path(rest string) string { return "/v1/chat/" + url.PathEscape(v.Key) + rest }

// Start begins to chat, or goes on.
func (v *Visitor) Start(ctx context.Context, in map[string]any) (ChatThread, error) {
	var out struct {
		Token  string `json:"visitor_token"`
		Thread ChatThread
	}
	if in == nil {
		in = map[string]any{}
	}
	_, err := v.Do(ctx, http.MethodPost, v.path("/start"), in, &out)
	if err == nil {
		v.Token = out.Token
	}
	return out.Thread, err
}

// SignIn says who the visitor is by their site's token, or that they still are.
func (v *Visitor) SignIn(ctx context.Context, token string) (ChatThread, error) {
	var out struct {
		Token  string `json:"visitor_token"`
		Thread ChatThread
	}
	_, err := v.Do(ctx, http.MethodPost, v.path("/sign-in"), map[string]any{"token": token}, &out)
	if err == nil {
		v.Token = out.Token
	}
	return out.Thread, err
}

// Call uses a route of the widget.
func (v *Visitor) Call(ctx context.Context, method, rest string, in, out any) (int, error) {
	return v.Do(ctx, method, v.path(rest), in, out)
}

// Say writes under a client id.
func (v *Visitor) Say(ctx context.Context, id uuid.UUID, text string) (ChatMessage, int, error) {
	var m ChatMessage
	status, err := v.Do(ctx, http.MethodPost, v.path("/messages"), map[string]any{"client_id": id, "text": text}, &m)
	return m, status, err
}

// Thread is where the thread stands.
func (v *Visitor) Thread(ctx context.Context) (ChatThread, error) {
	var t ChatThread
	_, err := v.Do(ctx, http.MethodGet, v.path("/thread"), nil, &t)
	return t, err
}

// History returns up to a hundred messages after a place.
func (v *Visitor) History(ctx context.Context, after int64) ([]ChatMessage, error) {
	var out struct{ Items []ChatMessage }
	_, err := v.Do(ctx, http.MethodGet, v.path("/messages?limit=100&after="+strconv.FormatInt(after, 10)), nil, &out)
	return out.Items, err
}

// Listen opens the event stream after an event id; "" is from now on.
func (v *Visitor) Listen(ctx context.Context, after string) (*Stream, error) {
	return v.listen(ctx, v.path("/events"), after)
}

// Chat is what an event of a visitor's stream says, empty for other kinds.
func (e Event) Chat() (m ChatMessage, t ChatThread) {
	switch e.Kind {
	case "message":
		_ = json.Unmarshal(e.Data, &m) // Next has parsed it before
	case "thread":
		_ = json.Unmarshal(e.Data, &t)
	case "hello":
		hello := struct{ Thread *ChatThread }{&t}
		_ = json.Unmarshal(e.Data, &hello)
	}
	return m, t
}
