package agent

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/messagedb"
)

// newText: {"text": "She called about this yesterday."}
type newText struct {
	Text string `json:"text"`
}

// sendInternal stores what an agent says to colleagues: 201 stored, 200 the
// first answer to a repeated key. No workflow hears of it.
func (s *Server) sendInternal(c echo.Context) error {
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
	in, err := decodeText(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	m, repeated, err := s.Store.Message.StoreInternal(ctx, messagedb.NewInternal{Conversation: conv.ID, Agent: agent, Key: key,
		Text: in.Text})
	if err != nil {
		return err
	}
	if repeated && (m.Direction != directionInternal || m.Agent.UUID != agent || m.Text != in.Text) {
		return httpx.KeyReused()
	}
	views, err := s.showMessages(ctx, []messagedb.Message{m})
	if err != nil {
		return err
	}
	if repeated {
		return c.JSON(http.StatusOK, views[0])
	}
	return c.JSON(http.StatusCreated, views[0])
}

const directionInternal = "internal"

// decodeText reads a body that is one text for colleagues.
func decodeText(c echo.Context) (newText, error) {
	var in newText
	if err := httpx.Decode(c, &in); err != nil {
		return in, err
	}
	var k httpx.Checks
	k.LongText("text", in.Text)
	return in, k.Err()
}
