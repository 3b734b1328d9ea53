package admin

import (
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/store/admindb"
)

// maxIDs is how many things a list can be asked for by their ids: a page.
const maxIDs = 200

// searchOf is the parameter q of a list: what is looked for, or "".
func searchOf(c echo.Context) (string, error) {
	q := strings.TrimSpace(c.QueryParam("q"))
	var k httpx.Checks
	if k.Text("q", q, 0, httpx.MaxSearch); k.Errs != nil {
		return "", httpx.BadParameter("q", k.Errs[0].Reason)
	}
	return q, nil
}

// parameterID is an id in the query; null: it is not given.
func parameterID(c echo.Context, name string) (uuid.NullUUID, error) {
	raw := c.QueryParam(name)
	if raw == "" {
		return uuid.NullUUID{}, nil
	}
	id, err := uuid.Parse(raw)
	if err != nil || len(raw) != 36 {
		return uuid.NullUUID{}, httpx.BadParameter(name, "must be an id")
	}
	return uuid.NullUUID{UUID: id, Valid: true}, nil
}

// agentFilter reads which agents are asked for. Whoever is limited to queues cannot
// ask about others.
func agentFilter(c echo.Context) (f admindb.AgentFilter, err error) {
	who := core.IdentityOf(c)
	f.Limit, f.Self, f.Role = who.Limit, who.Agent.UUID, c.QueryParam("role")
	if f.Search, err = searchOf(c); err != nil {
		return f, err
	}
	var k httpx.Checks
	if f.Role != "" {
		k.OneOf("role", f.Role, permission.Roles()...)
	}
	if k.Errs != nil {
		return f, httpx.BadParameter("role", k.Errs[0].Reason)
	}
	for name, into := range map[string]*uuid.NullUUID{"role_id": &f.RoleID, "not_in_queue_id": &f.NotIn, "presence_id": &f.Presence} {
		if *into, err = parameterID(c, name); err != nil {
			return f, err
		}
	}
	if f.NotIn.Valid && !who.Limit.Has(f.NotIn) {
		return f, httpx.NotFound()
	}
	ids := c.QueryParams()["id"]
	if len(ids) > 0 && (f.Search != "" || f.Role != "" || c.QueryParam("cursor") != "") {
		return f, httpx.BadParameter("id", "cannot be given with q, role or cursor")
	}
	for _, raw := range ids {
		id, err := uuid.Parse(raw)
		if err != nil || len(raw) != 36 || len(f.IDs) == maxIDs {
			return f, httpx.BadParameter("id", "must be an id, and there must be at most 200")
		}
		f.IDs = append(f.IDs, id)
	}
	return f, nil
}
