package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/admindb"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
)

func (s *Server) listQueues(c echo.Context) error {
	p, err := httpx.PageOf(c, "queues")
	if err != nil {
		return err
	}
	var f admindb.QueueFilter
	if f.Archived, err = archivedOf(c); err != nil {
		return err
	}
	if f.Search, err = searchOf(c); err != nil {
		return err
	}
	if f.Member, err = parameterID(c, "agent_id"); err != nil {
		return err
	}
	list, err := s.Store.Admin.Queues(c.Request().Context(), f, p)
	if err != nil {
		return err
	}
	views, err := s.ViewQueues(c.Request().Context(), list...)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "queues", p, views, func(q core.QueueView) (time.Time, uuid.UUID) { return q.CreatedAt, q.ID }, httpx.Same)
}

func (s *Server) answerQueue(c echo.Context, status int, q admindb.Queue) error {
	views, err := s.ViewQueues(c.Request().Context(), q)
	if err != nil {
		return err
	}
	return c.JSON(status, views[0])
}

func (s *Server) getQueue(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	q, err := s.Store.Admin.QueueByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return s.answerQueue(c, http.StatusOK, q)
}

// queueInput: {"name": "Support", "operating_hours_id": "…"}
type queueInput struct {
	Name           *string                   `json:"name"`
	OperatingHours httpx.Optional[uuid.UUID] `json:"operating_hours_id"`
	Archived       *bool                     `json:"archived"`
	assignmentInput
}

// apply puts the given fields into q and checks the whole.
func (in queueInput) apply(q *admindb.Queue) error {
	httpx.Set(&q.Name, in.Name)
	if in.OperatingHours.Given {
		q.OperatingHours = httpx.NullID(in.OperatingHours)
	}
	httpx.Set(&q.Archived, in.Archived)
	in.assignmentInput.apply(&q.Assignment)
	var k httpx.Checks
	k.Text("name", q.Name, 1, 100)
	checkAssignment(&k, q.Assignment)
	return k.Err()
}

func (s *Server) createQueue(c echo.Context) error {
	var in queueInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	q := admindb.Queue{Assignment: assigndb.Assignment{Priority: 100}}
	if err := in.apply(&q); err != nil {
		return err
	}
	q, err := s.Store.Admin.CreateQueue(c.Request().Context(), core.IdentityOf(c).Actor(), q)
	if err != nil {
		return err
	}
	return s.answerQueue(c, http.StatusCreated, q)
}

// queueChange: {"archived": true, "move_waiting_to": "…"}
type queueChange struct {
	queueInput
	MoveWaitingTo httpx.Optional[uuid.UUID] `json:"move_waiting_to"`
}

func (s *Server) changeQueue(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in queueChange
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	archive := in.Archived != nil && *in.Archived
	if in.MoveWaitingTo.Value != nil && !archive {
		return httpx.Invalid(httpx.FieldError{Field: "move_waiting_to", Reason: "goes together with archived: true"})
	}
	var q admindb.Queue
	if archive {
		q, err = s.Store.Admin.ArchiveQueue(c.Request().Context(), core.IdentityOf(c).Actor(), id, httpx.NullID(in.MoveWaitingTo), in.apply)
	} else {
		q, err = s.Store.Admin.ChangeQueue(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	}
	if err != nil {
		return err
	}
	return s.answerQueue(c, http.StatusOK, q)
}

func (s *Server) deleteQueue(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.DeleteQueue(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) listMembers(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "members")
	if err != nil {
		return err
	}
	search, err := searchOf(c)
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Members(c.Request().Context(), id, search, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "members", p, list, func(m admindb.Member) (time.Time, uuid.UUID) { return m.AddedAt, m.Agent }, httpx.Same)
}

func (s *Server) addMember(c echo.Context) error { return s.changeMember(c, s.Store.Admin.AddMember) }

func (s *Server) removeMember(c echo.Context) error {
	return s.changeMember(c, s.Store.Admin.RemoveMember)
}

func (s *Server) changeMember(c echo.Context, change func(context.Context, auditdb.Actor, uuid.UUID, uuid.UUID) error) error {
	queue, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	agent, err := httpx.PathID(c, "agent_id")
	if err != nil {
		return err
	}
	if err := change(c.Request().Context(), core.IdentityOf(c).Actor(), queue, agent); err != nil {
		return err
	}
	s.NotifyCapacityChanged(c.Request().Context(), agent)
	return c.NoContent(http.StatusNoContent)
}
