package agent

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/store/auditdb"
	"switchboard/store/messagedb"
	"switchboard/store/pg"
)

// noteView is what an agent wrote down about a conversation.
type noteView struct {
	ID             uuid.UUID   `json:"id"`
	ConversationID uuid.UUID   `json:"conversation_id"`
	Agent          httpx.Named `json:"agent"`
	Text           string      `json:"text"`
	CreatedAt      time.Time   `json:"created_at"`
	UpdatedAt      time.Time   `json:"updated_at"`
}

func showNote(n messagedb.Note) noteView {
	return noteView{ID: n.ID, ConversationID: n.Conversation, Agent: httpx.Named{ID: n.Agent, Name: n.AgentName}, Text: n.Text,
		CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt}
}

func (s *Server) listNotes(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "notes")
	if err != nil {
		return err
	}
	list, err := s.Store.Message.Notes(c.Request().Context(), conv.ID, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "notes", p, list, func(n messagedb.Note) (time.Time, uuid.UUID) { return n.CreatedAt, n.ID }, showNote)
}

func (s *Server) createNote(c echo.Context) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	key, err := httpx.IdempotencyKey(c, false)
	if err != nil {
		return err
	}
	in, err := decodeText(c)
	if err != nil {
		return err
	}
	n, repeated, err := s.Store.Message.CreateNoteOnce(c.Request().Context(), conv.ID, agent, in.Text, key)
	if err != nil {
		return err
	}
	if repeated {
		return c.JSON(http.StatusOK, showNote(n))
	}
	return c.JSON(http.StatusCreated, showNote(n))
}

// ownNote is the note of the path, for its author or a supervisor.
func (s *Server) ownNote(c echo.Context) (messagedb.Note, error) {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return messagedb.Note{}, err
	}
	v := core.ViewerOf(c)
	n, err := s.Store.Message.NoteFor(c.Request().Context(), v, id)
	if err != nil {
		return messagedb.Note{}, err
	}
	if n.Agent == v.Agent {
		return n, nil
	}
	if may, err := s.supervises(c, n.Conversation); err != nil {
		return messagedb.Note{}, err
	} else if !may {
		return messagedb.Note{}, httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden,
			"Only who wrote it, or a supervisor, may change a note.")
	}
	return n, nil
}

// supervises reports whether the sender is a supervisor of a conversation.
func (s *Server) supervises(c echo.Context, conversation uuid.UUID) (bool, error) {
	if !core.May(c, permission.ConversationsSupervise) {
		return false, nil
	}
	_, err := s.Store.Conversation.ConversationFor(c.Request().Context(), auditdb.Viewer{Scope: core.IdentityOf(c).Scope}, conversation)
	if errors.Is(err, pg.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (s *Server) changeNote(c echo.Context) error {
	n, err := s.ownNote(c)
	if err != nil {
		return err
	}
	in, err := decodeText(c)
	if err != nil {
		return err
	}
	n, err = s.Store.Message.ChangeNote(c.Request().Context(), core.IdentityOf(c).Actor(), n.ID, in.Text)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showNote(n))
}

func (s *Server) deleteNote(c echo.Context) error {
	n, err := s.ownNote(c)
	if err != nil {
		return err
	}
	if err := s.Store.Message.DeleteNote(c.Request().Context(), core.IdentityOf(c).Actor(), n.ID); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
