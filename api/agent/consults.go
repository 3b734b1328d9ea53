package agent

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/conversation"
	"switchboard/store/conversationdb"
	"switchboard/store/messagedb"
	"switchboard/workflows/contract"
)

// aim: {"agent_id": "…"} or {"queue_id": "…"}; over_capacity is for supervisors
// who assign.
type aim struct {
	AgentID      uuid.NullUUID `json:"agent_id"`
	QueueID      uuid.NullUUID `json:"queue_id"`
	OverCapacity bool          `json:"over_capacity"`
}

// decodeAim reads whom a command is to reach: an agent or a queue.
func decodeAim(c echo.Context) (aim, error) {
	var in aim
	if err := httpx.Decode(c, &in); err != nil {
		return in, err
	}
	if in.AgentID.Valid == in.QueueID.Valid {
		return in, httpx.Invalid(httpx.FieldError{Field: "agent_id", Reason: "must be given, or queue_id instead"})
	}
	return in, nil
}

func (a aim) act() contract.Act {
	return contract.Act{To: a.AgentID.UUID, Queue: a.QueueID.UUID, Over: a.OverCapacity}
}

// key tells apart commands that may share an idempotency key.
func (a aim) key() string { return a.AgentID.UUID.String() + "/" + a.QueueID.UUID.String() }

func (s *Server) aimed(c echo.Context, name string, mayOverride bool) error {
	in, err := decodeAim(c)
	if err != nil {
		return err
	}
	if in.OverCapacity && (!mayOverride || in.QueueID.Valid) {
		return httpx.Invalid(httpx.FieldError{Field: "over_capacity", Reason: "is for supervisors who assign to an agent"})
	}
	return s.command(c, name+"/"+in.key(), name, in.act())
}

func (s *Server) consult(c echo.Context) error { return s.aimed(c, contract.UpdateConsult, false) }

func (s *Server) assign(c echo.Context) error { return s.aimed(c, contract.UpdateAssign, true) }

func (s *Server) monitor(c echo.Context) error { return s.act(c, contract.UpdateMonitor, uuid.Nil) }

func (s *Server) join(c echo.Context) error { return s.act(c, contract.UpdateJoin, uuid.Nil) }

func (s *Server) leave(c echo.Context) error { return s.act(c, contract.UpdateLeave, uuid.Nil) }

func (s *Server) acceptConsult(c echo.Context) error {
	return s.onConsult(c, contract.UpdateConsultAccept)
}

func (s *Server) declineConsult(c echo.Context) error {
	return s.onConsult(c, contract.UpdateConsultDecline)
}

func (s *Server) bringIn(c echo.Context) error { return s.onConsult(c, contract.UpdateBringIn) }

func (s *Server) removeConsult(c echo.Context) error { return s.onConsult(c, contract.UpdateRemove) }

// onConsult carries a command that concerns one consultant.
func (s *Server) onConsult(c echo.Context, name string) error {
	part, err := httpx.PathID(c, "participant_id")
	if err != nil {
		return err
	}
	return s.command(c, name+"/"+part.String(), name, contract.Act{Part: part})
}

// participantView is one part that somebody had besides the primary agent.
type participantView struct {
	ID         uuid.UUID     `json:"id"`
	SessionID  uuid.NullUUID `json:"session_id"` // in which it began; null: in none
	Agent      httpx.Named   `json:"agent"`
	Queue      *httpx.Named  `json:"queue"`    // the queue that was asked
	AskedBy    *httpx.Named  `json:"asked_by"` // null: a supervisor
	Role       string        `json:"role"`
	Stage      string        `json:"stage"`
	BeganAt    time.Time     `json:"began_at"`
	ExpiresAt  *time.Time    `json:"expires_at"`
	AcceptedAt *time.Time    `json:"accepted_at"`
	JoinedAt   *time.Time    `json:"joined_at"`
	LeftAt     *time.Time    `json:"left_at"`
	LeftReason *string       `json:"left_reason"`
}

// listParticipants answers everybody who took part, the first one first.
func (s *Server) listParticipants(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	list, err := s.Store.Conversation.Participations(c.Request().Context(), conv.ID)
	if err != nil {
		return err
	}
	out := httpx.List[participantView]{Items: []participantView{}}
	for _, x := range list {
		out.Items = append(out.Items, participantView{ID: x.ID, SessionID: x.Session, Agent: httpx.Named{ID: x.Agent, Name: x.AgentName},
			Queue: namedOrNull(x.Queue, x.QueueName), AskedBy: namedOrNull(x.AskedBy, x.AskedByName), Role: x.Role, Stage: x.Stage,
			BeganAt: x.BeganAt, ExpiresAt: x.ExpiresAt, AcceptedAt: x.AcceptedAt, JoinedAt: x.JoinedAt, LeftAt: x.LeftAt,
			LeftReason: x.LeftReason})
	}
	return c.JSON(http.StatusOK, out)
}

// adviceView is one message of a consult's private pane.
type adviceView struct {
	ID            uuid.UUID   `json:"id"`
	ParticipantID uuid.UUID   `json:"participant_id"`
	Seq           int64       `json:"seq"`
	Agent         httpx.Named `json:"agent"`
	Text          string      `json:"text"`
	CreatedAt     time.Time   `json:"created_at"`
}

func showAdvice(m messagedb.ConsultMessage) adviceView {
	return adviceView{ID: m.ID, ParticipantID: m.Participation, Seq: m.Seq, Agent: httpx.Named{ID: m.Agent, Name: m.AgentName},
		Text: m.Text, CreatedAt: m.CreatedAt}
}

// listAdvice reads a consult's pane on from "after".
func (s *Server) listAdvice(c echo.Context) error {
	part, err := httpx.PathID(c, "participant_id")
	if err != nil {
		return err
	}
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
	list, err := s.Store.Message.ConsultMessages(c.Request().Context(), core.ViewerOf(c), conv.ID, part, after, limit+1)
	if err != nil {
		return err
	}
	out := httpx.List[adviceView]{Items: []adviceView{}}
	if len(list) > limit {
		list = list[:limit]
		next := seqText(list[limit-1].Seq)
		out.Next = &next
	}
	for _, m := range list {
		out.Items = append(out.Items, showAdvice(m))
	}
	return c.JSON(http.StatusOK, out)
}

// sendAdvice writes into a consult's pane: 201 stored, 200 the first answer to a
// repeated key. No workflow hears of it.
func (s *Server) sendAdvice(c echo.Context) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	part, err := httpx.PathID(c, "participant_id")
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
	m, repeated, err := s.Store.Message.StoreConsultMessage(c.Request().Context(), core.ViewerOf(c),
		messagedb.NewConsultMessage{Conversation: conv.ID, Participation: part, Agent: agent, Key: key, Text: in.Text})
	switch {
	case err != nil:
		return err
	case repeated && (m.Agent != agent || m.Text != in.Text):
		return httpx.KeyReused()
	case repeated:
		return c.JSON(http.StatusOK, showAdvice(m))
	}
	return c.JSON(http.StatusCreated, showAdvice(m))
}

// domainBeside is those who take part as the domain has them.
func domainBeside(list conversationdb.Participants) []conversation.Participant {
	out := make([]conversation.Participant, 0, len(list))
	for _, p := range list {
		out = append(out, conversation.Participant{ID: p.ID.String(), Agent: p.AgentID.String(), Role: conversation.Role(p.Role),
			Stage: conversation.Stage(p.Stage)})
	}
	return out
}
