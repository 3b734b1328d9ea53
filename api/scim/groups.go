package scim

import (
	"net/http"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/scimdb"
)

// group is a group as a resource.
func (s *Server) group(g scimdb.Group) (resource, error) {
	members := []object{}
	for _, m := range g.Members {
		place := s.PublicURL + Path + "/Users/" + m.ID.String()
		members = append(members, object{"value": m.ID, "display": m.Name, "$ref": place, "type": "User"})
	}
	fields := object{"displayName": g.DisplayName, "members": members}
	if g.ExternalID != "" {
		fields["externalId"] = g.ExternalID
	}
	return s.newResource("Group", g.ID, g.CreatedAt, g.UpdatedAt, fields)
}

func (s *Server) listGroups(c echo.Context) error {
	f, err := groupFilter(c)
	if err != nil {
		return err
	}
	part, start, err := partOf(c)
	if err != nil {
		return err
	}
	members := wants(c, "members")
	groups, total, err := s.Store.SCIM.Groups(c.Request().Context(), f, part, members)
	if err != nil {
		return err
	}
	out := []object{}
	for _, g := range groups {
		r, err := s.group(g)
		if err != nil {
			return err
		}
		if !members { // whose version is that of the whole
			delete(r.fields, "meta")
		}
		out = append(out, chosen(c, r.fields))
	}
	return list(c, out, total, start)
}

func (s *Server) getGroup(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	g, err := s.Store.SCIM.Group(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return s.sendGroup(c, http.StatusOK, g)
}

func (s *Server) sendGroup(c echo.Context, status int, g scimdb.Group) error {
	r, err := s.group(g)
	if err != nil {
		return err
	}
	return r.send(c, status)
}

func (s *Server) createGroup(c echo.Context) error {
	body, err := read(c)
	if err != nil {
		return err
	}
	var g scimdb.Group
	if err := replaceGroup(&g, body); err != nil {
		return err
	}
	made, err := s.Store.SCIM.CreateGroup(c.Request().Context(), core.IdentityOf(c).Actor(), g)
	if err != nil {
		return err
	}
	return s.sendGroup(c, http.StatusCreated, made)
}

// replaceGroup makes of a group what a whole resource says.
func replaceGroup(g *scimdb.Group, body object) error {
	g.DisplayName, g.ExternalID, g.Members = "", "", nil
	all, err := operation{op: "replace", value: body}.at("")
	if err != nil {
		return err
	}
	return changeGroup(g, all)
}

func (s *Server) replaceGroup(c echo.Context) error {
	body, err := read(c)
	if err != nil {
		return err
	}
	g, err := s.alter(c, func(g *scimdb.Group) error { return replaceGroup(g, body) })
	if err != nil {
		return err
	}
	return s.sendGroup(c, http.StatusOK, g)
}

// patchGroup answers without the group, which may be large (RFC 7644, section 3.5.2).
func (s *Server) patchGroup(c echo.Context) error {
	body, err := read(c)
	if err != nil {
		return err
	}
	all, err := operationsOf(body)
	if err != nil {
		return err
	}
	g, err := s.alter(c, func(g *scimdb.Group) error { return changeGroup(g, all) })
	if err != nil {
		return err
	}
	if c.QueryParam("attributes") != "" {
		return s.sendGroup(c, http.StatusOK, g)
	}
	r, err := s.group(g)
	if err != nil {
		return err
	}
	c.Response().Header().Set("ETag", r.version)
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) alter(c echo.Context, f func(*scimdb.Group) error) (scimdb.Group, error) {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return scimdb.Group{}, err
	}
	g, kept, err := s.Store.SCIM.ChangeGroup(c.Request().Context(), core.IdentityOf(c).Actor(), id, func(g *scimdb.Group) error {
		if err := s.matchesGroup(c, *g); err != nil {
			return err
		}
		return f(g)
	})
	s.warn(kept)
	return g, err
}

func (s *Server) matchesGroup(c echo.Context, g scimdb.Group) error {
	r, err := s.group(g)
	if err != nil {
		return err
	}
	return matches(c, r)
}

// warn says whose role did not follow their groups.
func (s *Server) warn(kept []uuid.UUID) {
	for _, id := range kept {
		s.Log.Warn("the role of a group was not taken over: somebody must administer", "agent_id", id)
	}
}

func (s *Server) deleteGroup(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	kept, err := s.Store.SCIM.DeleteGroup(c.Request().Context(), core.IdentityOf(c).Actor(), id,
		func(g scimdb.Group) error { return s.matchesGroup(c, g) })
	if err != nil {
		return err
	}
	s.warn(kept)
	return c.NoContent(http.StatusNoContent)
}

func changeGroup(g *scimdb.Group, all []operation) error {
	for _, o := range all {
		var err error
		switch o.path {
		case "displayname":
			g.DisplayName, err = o.text()
		case "externalid":
			g.ExternalID, err = o.text()
		case "members":
			err = changeMembers(g, o)
		}
		if err != nil {
			return err
		}
	}
	if g.DisplayName == "" {
		return refuse("invalidValue", "displayName must not be empty.")
	}
	return nil
}

// changeMembers adds members, or removes those that the path or the value names, or all.
func changeMembers(g *scimdb.Group, o operation) error {
	given, err := membersOf(o.value)
	if err != nil {
		return err
	}
	for _, c := range o.where {
		if c.attribute == "value" {
			one, err := membersOf([]any{c.value})
			if err != nil {
				return err
			}
			given = append(given, one...)
		}
	}
	switch {
	case o.op == "remove" && o.value == nil && o.where == nil:
		g.Members = nil
	case o.op == "remove":
		g.Members = slices.DeleteFunc(g.Members, func(r scimdb.Ref) bool { return slices.Contains(given, scimdb.Ref{ID: r.ID}) })
	default:
		if o.op == "replace" && o.where == nil {
			g.Members = nil
		}
		for _, r := range given {
			if !g.Has(r.ID) {
				g.Members = append(g.Members, r)
			}
		}
	}
	return nil
}

// membersOf reads members: objects with their id, or the ids alone.
func membersOf(v any) ([]scimdb.Ref, error) {
	values, isList := v.([]any)
	if !isList && v != nil {
		values = []any{v}
	}
	var out []scimdb.Ref
	for _, v := range values {
		if fields, ok := v.(object); ok {
			v = field(fields, "value")
		}
		s, _ := v.(string)
		id, err := uuid.Parse(s)
		if err != nil {
			return nil, refuse("invalidValue", "members must be users by their id.")
		}
		out = append(out, scimdb.Ref{ID: id})
	}
	return out, nil
}
