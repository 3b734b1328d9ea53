package agent

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/domain/conversation"
)

// sessionView is one handling of a conversation by one primary agent.
type sessionView struct {
	ID            uuid.UUID   `json:"id"`
	Agent         httpx.Named `json:"agent"`
	OpenedAt      time.Time   `json:"opened_at"`
	AcceptedAt    *time.Time  `json:"accepted_at"`
	ClosedAt      *time.Time  `json:"closed_at"`
	ClosureReason *string     `json:"closure_reason"`
}

func (s *Server) listSessions(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	list, err := s.Store.Conversation.Sessions(c.Request().Context(), conv.ID)
	if err != nil {
		return err
	}
	out := httpx.List[sessionView]{Items: []sessionView{}}
	for _, x := range list {
		out.Items = append(out.Items, sessionView{ID: x.ID, Agent: httpx.Named{ID: x.Agent, Name: x.AgentName}, OpenedAt: x.OpenedAt,
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
func (s *Server) listTimers(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	f, err := s.Store.Conversation.Snapshot(c.Request().Context(), conv.ID)
	if err != nil {
		return err
	}
	st := withWindow(f.State, s.windowPolicyOf(conv))
	out := httpx.List[timerView]{Items: []timerView{}}
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
	st.Policy.Window, st.Policy.HumanWindow, st.Policy.WindowMessages, st.Policy.Templates = p.Window, p.HumanWindow, p.WindowMessages,
		p.Templates
	return st
}
