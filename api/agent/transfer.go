package agent

import (
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
	"switchboard/workflows/contract"
)

// transferInput: {"queue_id": "…", "reason": "wrong_team", "note": "Wants the invoice of May"}
type transferInput struct {
	aim
	Reason string `json:"reason"`
	Note   string `json:"note"`
}

const maxTransferNote = 2000

func transferReasons() []string {
	return []string{"wrong_team", "expertise", "language", "escalation", "shift_end", "other"}
}

// transfer gives a conversation away, with what whoever gets it should know. That
// is kept before the command, which only names it: no text goes through a workflow.
func (s *Server) transfer(c echo.Context) error {
	var in transferInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	in.Note = strings.TrimSpace(in.Note)
	if err := in.check(); err != nil {
		return err
	}
	act, what := in.act(), contract.UpdateTransfer+"/"+in.key()
	if in.Reason != "" || in.Note != "" {
		id, err := s.prepareTransfer(c, in)
		if errors.Is(err, pg.ErrNotFound) {
			return s.repeatCommand(c, what, err)
		} else if err != nil {
			return err
		}
		act.Note = id
	}
	return s.command(c, what, contract.UpdateTransfer, act)
}

func (in transferInput) check() error {
	var k httpx.Checks
	if in.AgentID.Valid == in.QueueID.Valid {
		k.Add("agent_id", "must be given, or queue_id instead")
	}
	if in.OverCapacity {
		k.Add("over_capacity", "is for supervisors who assign to an agent")
	}
	if in.Reason != "" {
		k.OneOf("reason", in.Reason, transferReasons()...)
	}
	k.Text("note", in.Note, 0, maxTransferNote)
	return k.Err()
}

// prepareTransfer keeps what is passed on, under an id that a repeat of the command
// has as well.
func (s *Server) prepareTransfer(c echo.Context, in transferInput) (uuid.UUID, error) {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return uuid.Nil, err
	}
	key, err := httpx.IdempotencyKey(c, false)
	if err != nil {
		return uuid.Nil, err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return uuid.Nil, err
	}
	id := uuid.New()
	if key != "" {
		id = uuid.NewSHA1(conv.ID, []byte(agent.String()+"/"+key))
	}
	return id, s.Store.Conversation.PrepareTransfer(c.Request().Context(), conversationdb.Transfer{ID: id, Conversation: conv.ID, From: agent,
		ToAgent: in.AgentID, ToQueue: in.QueueID, Reason: in.Reason, Note: in.Note})
}
