package admin

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/presencedb"
)

const (
	defaultCapacity = 3
	maxCapacity     = 1000

	minInactiveAfter = 60 // use is recorded every activityEvery
)

func (s *Server) listAgents(c echo.Context) error {
	p, err := httpx.PageOf(c, "agents")
	if err != nil {
		return err
	}
	f, err := agentFilter(c)
	if err != nil {
		return err
	}
	if f.IDs != nil {
		p.Limit = maxIDs + 1 // all on one page
	}
	list, err := s.Store.Admin.AgentsWithin(c.Request().Context(), f, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "agents", p, list, func(a admindb.Agent) (time.Time, uuid.UUID) { return a.CreatedAt, a.ID }, httpx.Same)
}

func (s *Server) getAgent(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	a, err := s.Store.Admin.AgentByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a)
}

// agentInput: {"name": "Mia", "email": "mia@example.com", "role": "agent", "password": "…", "capacity": 3}
type agentInput struct {
	Name     *string `json:"name"`
	Email    *string `json:"email"`
	Role     *string `json:"role"`
	Password *string `json:"password"`
	Capacity *int    `json:"capacity"`
	Disabled *bool   `json:"disabled"`

	DefaultPresence   httpx.Optional[string]    `json:"default_presence"`
	DefaultPresenceID httpx.Optional[uuid.UUID] `json:"default_presence_id"`
	InactiveAfter     *int                      `json:"inactive_after"`
	OperatingHours    httpx.Optional[uuid.UUID] `json:"operating_hours_id"`
}

// standard is the presence to begin with; nil: it is not given.
func (in agentInput) standard() *presencedb.Choice {
	if !in.DefaultPresence.Given && !in.DefaultPresenceID.Given {
		return nil
	}
	out := presencedb.Choice{Base: in.DefaultPresence.Value}
	if id := in.DefaultPresenceID.Value; id != nil {
		out.Custom = uuid.NullUUID{UUID: *id, Valid: true}
	}
	return &out
}

func (in agentInput) check(creating bool) error {
	var k httpx.Checks
	if creating {
		for field, v := range map[string]*string{"name": in.Name, "email": in.Email, "role": in.Role} {
			if v == nil {
				k.Add(field, "must be given")
			}
		}
		if in.Disabled != nil {
			k.Add("disabled", "cannot be given for a new agent")
		}
	}
	if in.Name != nil {
		k.Text("name", *in.Name, 1, 100)
	}
	if in.Email != nil {
		k.Email("email", *in.Email)
	}
	if in.Role != nil {
		k.OneOf("role", *in.Role, permission.Roles()...)
	}
	if in.Password != nil {
		if why := secret.Weakness(*in.Password, text(in.Name), text(in.Email)); why != "" {
			k.Add("password", why)
		}
	}
	if in.Capacity != nil {
		k.Number("capacity", *in.Capacity, 0, maxCapacity)
	}
	if p := in.DefaultPresence.Value; p != nil {
		k.OneOf("default_presence", *p, "available", "busy", "do_not_disturb", "away", "offline")
		if in.DefaultPresenceID.Value != nil {
			k.Add("default_presence_id", "must not be given beside default_presence")
		}
	}
	if n := in.InactiveAfter; n != nil && *n != 0 {
		k.Number("inactive_after", *n, minInactiveAfter, yearSeconds)
	}
	return k.Err()
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// hash is that of a password that an administrator chose, which its person must
// replace.
func (in agentInput) hash() *string {
	if in.Password == nil {
		return nil
	}
	h := secret.HashPassword(*in.Password)
	return &h
}

func (s *Server) createAgent(c echo.Context) error {
	var in agentInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if err := in.check(true); err != nil {
		return err
	}
	may := core.IdentityOf(c).Permissions
	n := admindb.NewAgent{Name: *in.Name, Email: *in.Email, Role: *in.Role, Capacity: defaultCapacity, Ceiling: &may}
	if h := in.hash(); h != nil {
		n.PasswordHash, n.MustChange = *h, true
	}
	if in.Capacity != nil {
		n.Capacity = *in.Capacity
	}
	if p := in.standard(); p != nil {
		n.Default = *p
	}
	httpx.Set(&n.InactiveAfter, in.InactiveAfter)
	n.WorkingHours = httpx.NullID(in.OperatingHours)
	a, err := s.Store.Admin.CreateAgent(c.Request().Context(), core.IdentityOf(c).Actor(), n)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, a)
}

func (s *Server) changeAgent(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in agentInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if err := in.check(false); err != nil {
		return err
	}
	var hours *uuid.NullUUID
	if in.OperatingHours.Given {
		to := httpx.NullID(in.OperatingHours)
		hours = &to
	}
	may := core.IdentityOf(c).Permissions
	a, err := s.Store.Admin.ChangeAgent(c.Request().Context(), core.IdentityOf(c).Actor(), id, admindb.AgentChange{
		WorkingHours: hours, Name: in.Name, Email: in.Email, Role: in.Role, PasswordHash: in.hash(), Capacity: in.Capacity,
		Disabled: in.Disabled, Default: in.standard(), InactiveAfter: in.InactiveAfter, Ceiling: &may})
	if err != nil {
		return err
	}
	if in.Capacity != nil || in.Disabled != nil {
		s.NotifyCapacityChanged(c.Request().Context(), id)
	}
	return c.JSON(http.StatusOK, a)
}
