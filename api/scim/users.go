package scim

import (
	"context"
	"database/sql"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/scimdb"
)

// user is an agent as a resource.
func (s *Server) user(u scimdb.User) (resource, error) {
	groups := []object{}
	for _, g := range u.Groups {
		place := s.PublicURL + Path + "/Groups/" + g.ID.String()
		groups = append(groups, object{"value": g.ID, "display": g.Name, "$ref": place, "type": "direct"})
	}
	name := object{}
	for field, v := range map[string]string{"formatted": u.Formatted, "givenName": u.GivenName, "familyName": u.FamilyName} {
		if v != "" {
			name[field] = v
		}
	}
	fields := object{"userName": u.UserName, "displayName": u.Name, "name": name, "active": u.Active, "groups": groups,
		"emails": []object{{"value": u.Email, "type": "work", "primary": true}}}
	if u.ExternalID != "" {
		fields["externalId"] = u.ExternalID
	}
	return s.newResource("User", u.ID, u.CreatedAt, u.UpdatedAt, fields)
}

func (s *Server) listUsers(c echo.Context) error {
	f, err := userFilter(c)
	if err != nil {
		return err
	}
	part, start, err := partOf(c)
	if err != nil {
		return err
	}
	users, total, err := s.Store.SCIM.Users(c.Request().Context(), f, part)
	if err != nil {
		return err
	}
	out := []object{}
	for _, u := range users {
		r, err := s.user(u)
		if err != nil {
			return err
		}
		out = append(out, chosen(c, r.fields))
	}
	return list(c, out, total, start)
}

func (s *Server) sendUser(c echo.Context, status int, u scimdb.User) error {
	r, err := s.user(u)
	if err != nil {
		return err
	}
	return r.send(c, status)
}

func (s *Server) getUser(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	u, err := s.Store.SCIM.User(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return s.sendUser(c, http.StatusOK, u)
}

func (s *Server) createUser(c echo.Context) error {
	body, err := read(c)
	if err != nil {
		return err
	}
	u := scimdb.User{Active: true}
	if err := replaceUser(&u, body); err != nil {
		return err
	}
	made, err := s.Store.SCIM.CreateUser(c.Request().Context(), core.IdentityOf(c).Actor(), u)
	if err != nil {
		return err
	}
	return s.sendUser(c, http.StatusCreated, made)
}

// replaceUser makes of a user what a whole resource says.
func replaceUser(u *scimdb.User, body object) error {
	if s, _ := field(body, "userName").(string); s == "" {
		return refuse("invalidValue", "userName must be given.")
	}
	*u = scimdb.User{ID: u.ID, Active: u.Active, Name: u.Name}
	all, err := operation{op: "replace", value: body}.at("")
	if err != nil {
		return err
	}
	return changeUser(u, all)
}

func (s *Server) replaceUser(c echo.Context) error {
	body, err := read(c)
	if err != nil {
		return err
	}
	return s.change(c, func(u *scimdb.User) error { return replaceUser(u, body) })
}

func (s *Server) patchUser(c echo.Context) error {
	body, err := read(c)
	if err != nil {
		return err
	}
	all, err := operationsOf(body)
	if err != nil {
		return err
	}
	return s.change(c, func(u *scimdb.User) error { return changeUser(u, all) })
}

func (s *Server) change(c echo.Context, f func(*scimdb.User) error) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	u, err := s.Store.SCIM.ChangeUser(c.Request().Context(), core.IdentityOf(c).Actor(), id, func(u *scimdb.User) error {
		if err := s.matchesUser(c, *u); err != nil {
			return err
		}
		return f(u)
	})
	if err != nil {
		return err
	}
	s.left(c.Request().Context(), u.ID, u.Active)
	return s.sendUser(c, http.StatusOK, u)
}

func (s *Server) matchesUser(c echo.Context, u scimdb.User) error {
	r, err := s.user(u)
	if err != nil {
		return err
	}
	return matches(c, r)
}

// left has the work of somebody who is disabled go to others.
func (s *Server) left(ctx context.Context, agent uuid.UUID, active bool) {
	if !active {
		s.NotifyCapacityChanged(ctx, agent)
	}
}

func (s *Server) deleteUser(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	err = s.Store.SCIM.DeleteUser(c.Request().Context(), core.IdentityOf(c).Actor(), id,
		func(u scimdb.User) error { return s.matchesUser(c, u) })
	if err != nil {
		return err
	}
	s.left(c.Request().Context(), id, false)
	return c.NoContent(http.StatusNoContent)
}

// changeUser applies operations. What is not kept here is passed over: a provider sends
// all that it knows of somebody.
func changeUser(u *scimdb.User, all []operation) error {
	texts := map[string]*string{"externalid": &u.ExternalID, "displayname": &u.DisplayName, "name.formatted": &u.Formatted,
		"name.givenname": &u.GivenName, "name.familyname": &u.FamilyName, "username": &u.UserName}
	for _, o := range all {
		var err error
		into, isText := texts[o.path]
		switch {
		case isText:
			*into, err = o.text()
		case o.path == "name":
			err = changeName(texts, o)
		case o.path == "active":
			err = changeActive(u, o)
		case o.path == "emails" || o.path == "emails.value":
			err = changeEmails(u, o)
		}
		if err != nil {
			return err
		}
	}
	return checkUser(u)
}

// mostText is how many characters an attribute may have.
const mostText = 256

// text is the value of an operation on text; removed it is "".
func (o operation) text() (string, error) {
	if o.op == "remove" || o.value == nil {
		return "", nil
	}
	s, ok := o.value.(string)
	if !ok || utf8.RuneCountInString(s) > mostText || strings.ContainsFunc(s, unicode.IsControl) {
		return "", refuse("invalidValue", o.path+" must be text of at most 256 characters.")
	}
	return strings.TrimSpace(s), nil
}

func changeName(texts map[string]*string, o operation) error {
	fields, ok := o.value.(object)
	if !ok && o.op != "remove" {
		return refuse("invalidValue", "name must be an object.")
	}
	for _, part := range []string{"formatted", "givenName", "familyName"} {
		v := field(fields, part)
		if v == nil && o.op == "add" {
			continue // what is not given stays
		}
		s, err := operation{op: o.op, path: "name." + part, value: v}.text()
		if err != nil {
			return err
		}
		*texts["name."+strings.ToLower(part)] = s
	}
	return nil
}

func changeActive(u *scimdb.User, o operation) error {
	if o.op == "remove" {
		return refuse("mutability", "active cannot be removed.")
	}
	b, err := boolean(o.value)
	if err == nil {
		u.Active = *b
	}
	return err
}

// changeEmails takes the address that counts: the primary one, else that for work, else
// the first. One of another kind is passed over.
func changeEmails(u *scimdb.User, o operation) error {
	for _, c := range o.where {
		if s, isText := c.value.(string); c.attribute == "type" && isText && !strings.EqualFold(s, "work") {
			return nil
		}
	}
	if o.op == "remove" {
		u.Given = sql.NullString{}
		return nil
	}
	best, rank := "", -1
	values, isList := o.value.([]any)
	if !isList {
		values = []any{o.value}
	}
	for _, v := range values {
		address, at := v, 0
		if fields, ok := v.(object); ok {
			address = field(fields, "value")
			typ, _ := field(fields, "type").(string)
			if primary, err := boolean(field(fields, "primary")); err == nil && *primary {
				at = 2
			} else if strings.EqualFold(typ, "work") {
				at = 1
			}
		}
		s, err := operation{op: o.op, path: "emails.value", value: address}.text()
		if err != nil {
			return err
		}
		if s != "" && at > rank {
			best, rank = s, at
		}
	}
	u.Given = sql.NullString{String: best, Valid: best != ""}
	return nil
}

func checkUser(u *scimdb.User) error {
	if u.UserName == "" {
		return refuse("invalidValue", "userName must not be empty.")
	}
	var k httpx.Checks
	if u.Given.Valid {
		k.Email("emails.value", u.Given.String)
	} else if k.Email("userName", u.UserName); len(k.Errs) > 0 {
		return refuse("invalidValue", "userName must be an e-mail address where no e-mail address is given.")
	}
	return k.Err()
}
