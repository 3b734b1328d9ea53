package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/domain/conversation"
	"switchboard/store/admindb"
	"switchboard/store/templatedb"
)

// sessionView is one handling of a conversation by one primary agent.
type sessionView struct {
	ID            uuid.UUID  `json:"id"`
	Agent         named      `json:"agent"`
	OpenedAt      time.Time  `json:"opened_at"`
	AcceptedAt    *time.Time `json:"accepted_at"`
	ClosedAt      *time.Time `json:"closed_at"`
	ClosureReason *string    `json:"closure_reason"`
}

func (s *server) listSessions(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	list, err := s.Store.Conversation.Sessions(c.Request().Context(), conv.ID)
	if err != nil {
		return err
	}
	out := List[sessionView]{Items: []sessionView{}}
	for _, x := range list {
		out.Items = append(out.Items, sessionView{ID: x.ID, Agent: named{x.Agent, x.AgentName}, OpenedAt: x.OpenedAt,
			AcceptedAt: x.AcceptedAt, ClosedAt: x.ClosedAt, ClosureReason: x.ClosureReason})
	}
	return c.JSON(http.StatusOK, out)
}

// timerView is one moment at which something happens by itself. Progress is that
// of a rule: started, halfway (over 50 %) or almost (over 75 %).
type timerView struct {
	Kind      conversation.Kind `json:"kind"`
	At        *time.Time        `json:"at"` // null: not running
	RuleID    uuid.NullUUID     `json:"rule_id"`
	On        bool              `json:"on"`
	Progress  *string           `json:"progress"`
	CanSwitch bool              `json:"can_switch"`
}

// listTimers answers what will happen to a conversation by itself, the next
// first, and the timeout rules that are switched off or do not run now.
func (s *server) listTimers(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	f, err := s.Store.Conversation.Snapshot(c.Request().Context(), conv.ID)
	if err != nil {
		return err
	}
	st := withWindow(f.State, s.windowPolicyOf(conv))
	out := List[timerView]{Items: []timerView{}}
	for _, t := range st.Timers(s.Now()) {
		v := timerView{Kind: t.Kind, On: t.On, CanSwitch: t.CanSwitch}
		if !t.At.IsZero() {
			v.At = &t.At
		}
		if t.Rule != "" {
			v.RuleID = uuid.NullUUID{UUID: uuid.MustParse(t.Rule), Valid: true}
		}
		if t.Progress != "" {
			v.Progress = &t.Progress
		}
		out.Items = append(out.Items, v)
	}
	return c.JSON(http.StatusOK, out)
}

// withWindow completes a state with what its channel says about reply windows.
func withWindow(st conversation.State, p conversation.Policy) conversation.State {
	st.Policy.Window, st.Policy.HumanWindow, st.Policy.WindowMessages, st.Policy.Templates = p.Window, p.HumanWindow, p.WindowMessages, p.Templates
	return st
}

// listRules answers a workstream's timeout rules.
func (s *server) listRules(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p, err := pageOf(c, "timeout-rules")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.TimeoutRules(c.Request().Context(), id, p)
	if err != nil {
		return err
	}
	return answerList(c, "timeout-rules", p, list, func(r admindb.TimeoutRule) (time.Time, uuid.UUID) { return r.CreatedAt, r.ID }, same)
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
	set(&r.Name, in.Name)
	set(&r.Silent, in.Silent)
	set(&r.After, in.After)
	set(&r.Action, in.Action)
	set(&r.Priority, in.Priority)
	set(&r.Enabled, in.Enabled)
	if in.Texts != nil {
		r.Texts = *in.Texts
	}
	var k checks
	k.text("name", r.Name, 1, 100)
	k.oneOf("silent", r.Silent, string(conversation.Customer), string(conversation.Agent))
	k.number("after", r.After, 1, yearSeconds)
	k.oneOf("action", r.Action, string(conversation.MessageCustomer), string(conversation.MessageAgent), string(conversation.CloseIt), string(conversation.Requeue))
	k.number("priority", r.Priority, 0, 1_000_000)
	says := r.Action == string(conversation.MessageCustomer) || r.Action == string(conversation.MessageAgent)
	if says && len(r.Texts) == 0 {
		k.add("texts", "must have a text in one language at least, because the action says it")
	}
	checkTexts(&k, "texts", r.Texts)
	return k.err()
}

func (s *server) createRule(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in ruleInput
	if err := decode(c, &in); err != nil {
		return err
	}
	r := admindb.TimeoutRule{Workstream: id, Priority: 100, Enabled: true, Texts: templatedb.Texts{}}
	if err := in.apply(&r); err != nil {
		return err
	}
	r, err = s.Store.Admin.CreateTimeoutRule(c.Request().Context(), IdentityOf(c).Actor(), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, r)
}

func (s *server) changeRule(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in ruleInput
	if err := decode(c, &in); err != nil {
		return err
	}
	r, err := s.Store.Admin.ChangeTimeoutRule(c.Request().Context(), IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, r)
}

func (s *server) deleteRule(c echo.Context) error {
	return s.remove(c, s.Store.Admin.DeleteTimeoutRule)
}
