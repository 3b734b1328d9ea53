package agent

import (
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/routing"
	"switchboard/store/conversationdb"
)

func (s *Server) addTag(c echo.Context) error {
	return s.withTag(c, func(conv conversationdb.Conversation, tag uuid.UUID) error {
		return s.Store.Tag.AddTo(c.Request().Context(), core.IdentityOf(c).Actor(), conv.ID, tag)
	})
}

func (s *Server) removeTag(c echo.Context) error {
	return s.withTag(c, func(conv conversationdb.Conversation, tag uuid.UUID) error {
		return s.Store.Tag.RemoveFrom(c.Request().Context(), conv.ID, tag)
	})
}

// withTag changes one tag of a conversation. Tags go one by one, so that two people
// who tag at once lose nothing.
func (s *Server) withTag(c echo.Context, change func(conversationdb.Conversation, uuid.UUID) error) error {
	tag, err := httpx.PathID(c, "tag_id")
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	if err := change(conv, tag); err != nil {
		return err
	}
	return s.answerConversation(c, conv)
}

// priorityInput: {"level": "high"}
type priorityInput struct {
	Level string `json:"level"`
}

func (s *Server) setPriority(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	var in priorityInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if k.OneOf("level", in.Level, routing.Levels()...); k.Errs != nil {
		return k.Err()
	}
	err = s.Store.Conversation.SetPriority(c.Request().Context(), core.IdentityOf(c).Actor(), conv.ID, routing.Level(in.Level).Priority())
	if err != nil {
		return err
	}
	return s.answerConversation(c, conv)
}

// dispositionInput: {"disposition_id": "…"}, or null
type dispositionInput struct {
	ID uuid.NullUUID `json:"disposition_id"`
}

// setDisposition says how a conversation ended.
func (s *Server) setDisposition(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	var in dispositionInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if err := s.Store.Disposition.SetOf(c.Request().Context(), conv.ID, in.ID); err != nil {
		return err
	}
	return s.answerConversation(c, conv)
}
