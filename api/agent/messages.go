package agent

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/store/campaigndb"
	"switchboard/store/messagedb"
)

// messageView is one message of a thread. Status and error are of outbound
// messages; redacted_at says that the customer took it back, edited_at that they
// changed its text.
type messageView struct {
	ID             uuid.UUID            `json:"id"`
	ConversationID uuid.UUID            `json:"conversation_id"`
	Seq            int64                `json:"seq"`
	Direction      string               `json:"direction"`
	Type           string               `json:"type"`
	Text           string               `json:"text"`
	Data           *json.RawMessage     `json:"data"`
	Agent          *httpx.Named         `json:"agent"`
	ReplyTo        *string              `json:"reply_to"`
	ProviderID     *string              `json:"provider_id"`
	Status         *string              `json:"status"`
	StatusAt       *time.Time           `json:"status_at"`
	Error          *messageError        `json:"error"`
	RedactedAt     *time.Time           `json:"redacted_at"`
	EditedAt       *time.Time           `json:"edited_at"`
	Attachments    []attachmentView     `json:"attachments"`
	ProviderAt     *time.Time           `json:"provider_at"`
	Template       *templateRef         `json:"template"` // null: not sent by template, or that is deleted
	CreatedAt      time.Time            `json:"created_at"`
	Automated      *string              `json:"automated"`
	Answers        *campaigndb.Answered `json:"answers"`
	Key            *string              `json:"key"` // the Idempotency-Key of the agent who wrote it
}

type templateRef struct {
	ID uuid.UUID `json:"id"`
}

type messageError struct {
	Class  string `json:"class"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type attachmentView struct {
	ID          uuid.UUID `json:"id"`
	State       string    `json:"state"`
	ErrorCode   string    `json:"error_code,omitempty"`
	Name        string    `json:"name"`
	ContentType string    `json:"content_type"`
	Size        int64     `json:"size"`
	URL         string    `json:"url"`
	PreviewURL  *string   `json:"preview_url"`
}

func showAttachment(a messagedb.Attachment) attachmentView {
	v := attachmentView{ID: a.ID, State: a.State, ErrorCode: a.ErrorCode, Name: a.Name, ContentType: a.ContentType, Size: a.Size,
		URL: "/v1/attachments/" + a.ID.String()}
	if a.PreviewBlob != "" && a.State == "stored" {
		u := v.URL + "/preview"
		v.PreviewURL = &u
	}
	return v
}

func showMessage(m messagedb.Message, attached []messagedb.Attachment) messageView {
	v := messageView{ID: m.ID, ConversationID: m.Conversation, Seq: m.Seq, Direction: m.Direction, Type: m.Type, Text: m.Text, Data: m.Data,
		Agent: namedOrNull(m.Agent, m.AgentName), ReplyTo: m.ReplyTo, ProviderID: m.ProviderID, Status: m.Status, StatusAt: m.StatusAt,
		RedactedAt: m.RedactedAt, EditedAt: m.EditedAt, Attachments: []attachmentView{}, ProviderAt: m.ProviderAt, CreatedAt: m.CreatedAt,
		Automated: m.Automated, Answers: m.Answers, Key: m.Key}
	if m.Template.Valid {
		v.Template = &templateRef{m.Template.UUID}
	}
	if m.ErrorClass != nil || m.ErrorCode != nil {
		v.Error = &messageError{}
		httpx.Set(&v.Error.Class, m.ErrorClass)
		httpx.Set(&v.Error.Code, m.ErrorCode)
		httpx.Set(&v.Error.Detail, m.ErrorDetail)
	}
	for _, a := range attached {
		if a.Message.UUID == m.ID {
			v.Attachments = append(v.Attachments, showAttachment(a))
		}
	}
	return v
}

func (s *Server) showMessages(ctx context.Context, list []messagedb.Message) ([]messageView, error) {
	ids := make([]uuid.UUID, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	attached, err := s.Store.Message.AttachmentsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]messageView, len(list))
	for i, m := range list {
		out[i] = showMessage(m, attached)
	}
	return out, nil
}

// listMessages reads a thread forwards from "after", or backwards from "before";
// items are in order either way, and next is where to read on in that direction.
func (s *Server) listMessages(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	limit, err := httpx.PageSize(c)
	if err != nil {
		return err
	}
	after, err := seqParam(c, "after", 0)
	if err != nil {
		return err
	}
	before, err := seqParam(c, "before", math.MaxInt64)
	if err != nil {
		return err
	}
	backwards := c.QueryParam("before") != ""
	if backwards && c.QueryParam("after") != "" {
		return httpx.BadParameter("before", "cannot be given together with after")
	}
	ctx := c.Request().Context()
	var list []messagedb.Message
	if backwards {
		list, err = s.Store.Message.MessagesBefore(ctx, conv.ID, before, limit+1)
	} else {
		list, err = s.Store.Message.MessagesAfter(ctx, conv.ID, after, limit+1)
	}
	if err != nil {
		return err
	}
	var next *string
	if len(list) > limit {
		list = list[:limit]
		text := seqText(list[limit-1].Seq)
		next = &text
	}
	if backwards {
		slices.Reverse(list)
	}
	items, err := s.showMessages(ctx, list)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, httpx.List[messageView]{Items: items, Next: next})
}

func seqText(seq int64) string { return strconv.FormatInt(seq, 10) }

func seqParam(c echo.Context, name string, otherwise int64) (int64, error) {
	raw := c.QueryParam(name)
	if raw == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil || n < 0 {
		return 0, httpx.BadParameter(name, "must be the seq of a message")
	}
	return n, nil
}
