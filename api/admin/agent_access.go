package admin

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/store/admindb"
)

// maxScope is how many queues somebody can be limited to.
const maxScope = 1000

func (s *Server) getAccess(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	a, err := s.Store.Admin.AccessOf(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a)
}

// accessInput: {"role": "supervisor", "role_id": null, "queue_ids": ["…"]}
type accessInput struct {
	Role   string        `json:"role"` // "" beside role_id
	RoleID uuid.NullUUID `json:"role_id"`
	Queues *[]uuid.UUID  `json:"queue_ids"` // null: all
}

func (in accessInput) check() error {
	var k httpx.Checks
	if !in.RoleID.Valid {
		k.OneOf("role", in.Role, permission.Roles()...)
	}
	if in.Queues != nil && len(*in.Queues) > maxScope {
		k.Add("queue_ids", "are too many")
	}
	return k.Err()
}

func (in accessInput) access() admindb.Access {
	a := admindb.Access{Role: in.Role, RoleID: in.RoleID}
	if in.Queues != nil {
		a.Queues = []string{}
		for _, q := range *in.Queues {
			a.Queues = append(a.Queues, q.String())
		}
	}
	return a
}

// setAccess says what somebody may do, and in which queues.
func (s *Server) setAccess(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in accessInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	by := core.IdentityOf(c)
	a, err := s.Store.Admin.SetAccess(c.Request().Context(), by.Actor(), by.Permissions, id, in.access())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a)
}
