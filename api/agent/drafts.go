package agent

import (
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/messagedb"
)

// maxDraft is more than any channel carries, so that a text that is too long to
// be sent is not lost while it is being shortened.
const maxDraft = 20_000

// draft: {"mode": "reply", "text": "Good morning"}
type draft struct {
	Mode string `json:"mode"`
	Text string `json:"text"`
}

type draftView struct {
	draft
	Others    messagedb.DraftTexts `json:"others"`
	UpdatedAt *time.Time           `json:"updated_at"` // null: there is none
}

func showDraft(d messagedb.Draft) draftView {
	return draftView{draft{d.Mode, d.Text}, d.Others, d.UpdatedAt}
}

// draftPlace is whose draft it is, and where.
func (s *Server) draftPlace(c echo.Context) (agent, conversation uuid.UUID, err error) {
	if agent, err = core.ActingAgent(c); err != nil {
		return uuid.Nil, uuid.Nil, err
	}
	conv, err := s.visibleConversation(c)
	return agent, conv.ID, err
}

func (s *Server) getDraft(c echo.Context) error {
	agent, conv, err := s.draftPlace(c)
	if err != nil {
		return err
	}
	d, err := s.Store.Message.DraftOf(c.Request().Context(), agent, conv)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showDraft(d))
}

func (s *Server) keepDraft(c echo.Context) error {
	agent, conv, err := s.draftPlace(c)
	if err != nil {
		return err
	}
	var in draft
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if !slices.Contains([]string{"reply", "internal", "note"}, in.Mode) {
		k.Add("mode", "must be one of reply, internal, note")
	}
	if utf8.RuneCountInString(in.Text) > maxDraft {
		k.Add("text", "must have at most 20000 characters")
	}
	if err := k.Err(); err != nil {
		return err
	}
	d, err := s.Store.Message.KeepDraft(c.Request().Context(), agent, conv, in.Mode, in.Text)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showDraft(d))
}
