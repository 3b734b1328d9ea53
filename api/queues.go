package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/store/admindb"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
)

func (s *server) listQueues(c echo.Context) error {
	p, err := pageOf(c, "queues")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Queues(c.Request().Context(), p)
	if err != nil {
		return err
	}
	views, err := s.viewQueues(c.Request().Context(), list...)
	if err != nil {
		return err
	}
	return answerList(c, "queues", p, views, func(q queueView) (time.Time, uuid.UUID) { return q.CreatedAt, q.ID }, same)
}

// queueView is a queue and whether somebody is there.
type queueView struct {
	admindb.Queue
	Open      bool       `json:"open"`
	ChangesAt *time.Time `json:"changes_at"` // null: not within five years
}

// viewQueues asks each hours once, however many queues go by them.
func (s *server) viewQueues(ctx context.Context, list ...admindb.Queue) ([]queueView, error) {
	ids := make([]uuid.NullUUID, 0, len(list))
	for _, q := range list {
		ids = append(ids, q.OperatingHours)
	}
	schedules, err := s.Store.Config.Schedules(ctx, ids)
	if err != nil {
		return nil, err
	}
	now, out, asked := s.Now(), make([]queueView, 0, len(list)), map[uuid.NullUUID]queueView{}
	for _, q := range list {
		v, ok := asked[q.OperatingHours]
		if !ok {
			x := schedules[q.OperatingHours]
			v.Open = x.Open(now).Open
			if change, ok := x.NextChange(now); ok {
				v.ChangesAt = &change.At
			}
			asked[q.OperatingHours] = v
		}
		v.Queue = q
		out = append(out, v)
	}
	return out, nil
}

func (s *server) answerQueue(c echo.Context, status int, q admindb.Queue) error {
	views, err := s.viewQueues(c.Request().Context(), q)
	if err != nil {
		return err
	}
	return c.JSON(status, views[0])
}

func (s *server) getQueue(c echo.Context) error {
	id, err := pathID(c, "id")
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
	Name           *string             `json:"name"`
	OperatingHours Optional[uuid.UUID] `json:"operating_hours_id"`
	assignmentInput
}

// apply puts the given fields into q and checks the whole.
func (in queueInput) apply(q *admindb.Queue) error {
	set(&q.Name, in.Name)
	if in.OperatingHours.Given {
		q.OperatingHours = nullID(in.OperatingHours)
	}
	in.assignmentInput.apply(&q.Assignment)
	var k checks
	k.text("name", q.Name, 1, 100)
	checkAssignment(&k, q.Assignment)
	return k.err()
}

func (s *server) createQueue(c echo.Context) error {
	var in queueInput
	if err := decode(c, &in); err != nil {
		return err
	}
	q := admindb.Queue{Assignment: assigndb.Assignment{Priority: 100}}
	if err := in.apply(&q); err != nil {
		return err
	}
	q, err := s.Store.Admin.CreateQueue(c.Request().Context(), IdentityOf(c).Actor(), q)
	if err != nil {
		return err
	}
	return s.answerQueue(c, http.StatusCreated, q)
}

func (s *server) changeQueue(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in queueInput
	if err := decode(c, &in); err != nil {
		return err
	}
	q, err := s.Store.Admin.ChangeQueue(c.Request().Context(), IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return s.answerQueue(c, http.StatusOK, q)
}

func (s *server) deleteQueue(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.DeleteQueue(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *server) listMembers(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p, err := pageOf(c, "members")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Members(c.Request().Context(), id, p)
	if err != nil {
		return err
	}
	return answerList(c, "members", p, list, func(m admindb.Member) (time.Time, uuid.UUID) { return m.AddedAt, m.Agent }, same)
}

func (s *server) addMember(c echo.Context) error { return s.changeMember(c, s.Store.Admin.AddMember) }
func (s *server) removeMember(c echo.Context) error {
	return s.changeMember(c, s.Store.Admin.RemoveMember)
}

func (s *server) changeMember(c echo.Context, change func(context.Context, auditdb.Actor, uuid.UUID, uuid.UUID) error) error {
	queue, err := pathID(c, "id")
	if err != nil {
		return err
	}
	agent, err := pathID(c, "agent_id")
	if err != nil {
		return err
	}
	if err := change(c.Request().Context(), IdentityOf(c).Actor(), queue, agent); err != nil {
		return err
	}
	s.capacityChanged(c.Request().Context(), agent)
	return c.NoContent(http.StatusNoContent)
}
