package admin

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/conversation"
	"switchboard/store/admindb"
	"switchboard/store/templatedb"
)

// listRules answers a workstream's timeout rules.
func (s *Server) listRules(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "timeout-rules")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.TimeoutRules(c.Request().Context(), id, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "timeout-rules", p, list,
		func(r admindb.TimeoutRule) (time.Time, uuid.UUID) { return r.CreatedAt, r.ID }, httpx.Same)
}

// ruleInput: {"name": "Remind", "silent": "customer", "after": 600, "action": "message_customer", "texts": {"en": "Are you still there?"}}
type ruleInput struct {
	Name     *string            `json:"name"`
	Silent   *string            `json:"silent"`
	After    *int               `json:"after"`
	Action   *string            `json:"action"`
	Priority *int               `json:"priority"`
	Enabled  *bool              `json:"enabled"`
	Texts    *map[string]string `json:"texts"`
}

func (in ruleInput) apply(r *admindb.TimeoutRule) error {
	httpx.Set(&r.Name, in.Name)
	httpx.Set(&r.Silent, in.Silent)
	httpx.Set(&r.After, in.After)
	httpx.Set(&r.Action, in.Action)
	httpx.Set(&r.Priority, in.Priority)
	httpx.Set(&r.Enabled, in.Enabled)
	if in.Texts != nil {
		r.Texts = httpx.CleanTexts(*in.Texts)
	}
	var k httpx.Checks
	k.Text("name", r.Name, 1, 100)
	k.OneOf("silent", r.Silent, string(conversation.Customer), string(conversation.Agent))
	k.Number("after", r.After, 1, yearSeconds)
	k.OneOf("action", r.Action, string(conversation.MessageCustomer), string(conversation.MessageAgent), string(conversation.CloseIt),
		string(conversation.Requeue))
	k.Number("priority", r.Priority, 0, 1_000_000)
	says := r.Action == string(conversation.MessageCustomer) || r.Action == string(conversation.MessageAgent)
	if says && len(r.Texts) == 0 {
		k.Add("texts", "must have a text in one language at least, because the action says it")
	}
	checkTexts(&k, "texts", r.Texts)
	return k.Err()
}

func (s *Server) createRule(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in ruleInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	r := admindb.TimeoutRule{Workstream: id, Priority: 100, Enabled: true, Texts: templatedb.Texts{}}
	if err := in.apply(&r); err != nil {
		return err
	}
	r, err = s.Store.Admin.CreateTimeoutRule(c.Request().Context(), core.IdentityOf(c).Actor(), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, r)
}

func (s *Server) changeRule(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in ruleInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	r, err := s.Store.Admin.ChangeTimeoutRule(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, r)
}

func (s *Server) deleteRule(c echo.Context) error {
	return s.Remove(c, s.Store.Admin.DeleteTimeoutRule)
}
