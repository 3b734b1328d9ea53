package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/store/configdb"
)

const (
	scimUsers  = "/scim/v2/Users"
	scimGroups = "/scim/v2/Groups"
	userSchema = "urn:ietf:params:scim:schemas:core:2.0:User"
)

// refusesSCIM checks a route of SCIM without a sign-in, and with roles that do not have it.
func (b *bench) refusesSCIM(r api.RouteEntry, path string) {
	b.Helper()
	require.Equal(b, []string{configdb.RoleAdministrator}, r.Roles)
	for token, status := range map[string]int{"": 401, "not-a-token": 401, b.agent: 403, b.super: 403} {
		a := b.send(b.request(r.Method, path, token, nil)).is(status)
		require.Equal(b, "application/scim+json", a.Header().Get("Content-Type"))
		require.Equal(b, fmt.Sprint(status), a.str("status"))
	}
}

// scim is an identity provider with its API token.
type scim struct {
	*bench
	token string
}

func (b *bench) scim() scim {
	b.Helper()
	return scim{b, b.post("/v1/tokens", b.admin, obj{"name": "Entra", "permissions": []string{"scim:write"}}).is(201).str("token")}
}

func (s scim) do(method, path string, body any, headers ...string) answer {
	s.Helper()
	r := s.request(method, path, s.token, body)
	if body != nil {
		r.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a := s.send(r)
	if a.Code != http.StatusNoContent && a.Code != http.StatusNotModified {
		require.Equal(s, "application/scim+json", a.Header().Get("Content-Type"))
	}
	return a
}

// refused checks an error in SCIM's form.
func (s scim) refused(a answer, status int, typ string) {
	s.Helper()
	a.is(status)
	require.Equal(s, "urn:ietf:params:scim:api:messages:2.0:Error", a.str("schemas.0"))
	require.Equal(s, fmt.Sprint(status), a.str("status"))
	if typ != "" {
		require.Equal(s, typ, a.str("scimType"))
	}
	require.NotEmpty(s, a.str("detail"))
}

func (s scim) found(path, filter string) answer {
	s.Helper()
	return s.do("GET", path+"?filter="+url.QueryEscape(filter), nil).is(200)
}

func patchOp(operations ...obj) obj {
	return obj{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations}
}

func (s scim) user(name string) string {
	s.Helper()
	return s.do("POST", scimUsers, obj{"schemas": []string{userSchema}, "userName": name, "active": true}).is(201).str("id")
}

func (s scim) role(id string) any {
	s.Helper()
	a := s.get("/v1/agents/"+id+"/access", s.admin).is(200)
	if own := a.get("role_id"); own != nil {
		return own
	}
	return a.get("role")
}

// The requests in the order of Microsoft's “Develop a SCIM endpoint for Microsoft Entra
// ID”, with its bodies.
func TestSCIM_EntraUsers(t *testing.T) {
	s := setup(t).scim()
	none := s.found(scimUsers, `userName eq "Test_User_dfeef4c5"`)
	require.EqualValues(t, 0, none.get("totalResults"))
	made := s.do("POST", scimUsers, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
		"externalId":"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef","userName":"Test_User_ab6490ee","active":true,
		"emails":[{"primary":true,"type":"work","value":"Test_User_fd0ea19b@testuser.com"}],"meta":{"resourceType":"User"},
		"name":{"formatted":"givenName familyName","familyName":"familyName","givenName":"givenName"},"roles":[],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"bob"}}`).is(201)
	id, etag := made.str("id"), made.Header().Get("ETag")
	require.Equal(t, publicURL+scimUsers+"/"+id, made.Header().Get("Location"))
	require.Equal(t, made.Header().Get("Location"), made.str("meta.location"))
	require.Equal(t, etag, made.str("meta.version"))
	require.Equal(t, "Test_User_fd0ea19b@testuser.com", s.get("/v1/agents/"+id, s.admin).is(200).str("email"))
	require.Equal(t, "givenName familyName", s.get("/v1/agents/"+id, s.admin).is(200).str("name"))
	require.Equal(t, "agent", s.role(id))

	require.Equal(t, id, s.found(scimUsers, `userName eq "test_user_AB6490ee"`).str("Resources.0.id"))
	require.Equal(t, id, s.found(scimUsers, `externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef" and active eq true`).str("Resources.0.id"))
	require.Equal(t, id, s.found(scimUsers, `emails.value eq "test_user_fd0ea19b@testuser.com"`).str("Resources.0.id"))
	require.Equal(t, id, s.found(scimUsers, `emails[type eq "work" and value eq "test_user_fd0ea19b@testuser.com"]`).str("Resources.0.id"))
	s.do("GET", scimUsers+"/"+id, nil, "If-None-Match", etag).is(304)

	// Several at once, truth as text, and what is not kept here.
	changed := s.do("PATCH", scimUsers+"/"+id, patchOp(
		obj{"op": "Replace", "path": `emails[type eq "work"].value`, "value": "updatedEmail@microsoft.com"},
		obj{"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
		obj{"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", "value": "12"},
		obj{"op": "Add", "path": `phoneNumbers[type eq "work"].value`, "value": "+44 20"})).is(200)
	require.Equal(t, "updatedEmail@microsoft.com", changed.str("emails.0.value"))
	require.Equal(t, "updatedFamilyName", changed.str("name.familyName"))
	s.do("PATCH", scimUsers+"/"+id, patchOp(obj{"op": "Replace", "path": "userName", "value": "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com"}),
		"If-Match", changed.Header().Get("ETag")).is(200)
	s.do("PATCH", scimUsers+"/"+id, patchOp(obj{"op": "Replace", "path": "userName", "value": "other@testuser.com"}), "If-Match", etag).is(412)

	off := s.do("PATCH", scimUsers+"/"+id, patchOp(obj{"op": "Replace", "path": "active", "value": "False"})).is(200)
	require.Equal(t, false, off.get("active"))
	require.Equal(t, true, s.get("/v1/agents/"+id, s.admin).is(200).get("disabled"))
	on := s.do("PATCH", scimUsers+"/"+id, patchOp(obj{"op": "replace", "value": obj{"active": true, "displayName": "Updated"}})).is(200)
	require.Equal(t, true, on.get("active"))
	require.Equal(t, "Updated", s.get("/v1/agents/"+id, s.admin).is(200).str("name"))
	s.do("DELETE", scimUsers+"/"+id, nil).is(204)
	s.refused(s.do("GET", scimUsers+"/"+id, nil), 404, "")
	s.refused(s.do("DELETE", scimUsers+"/"+id, nil), 404, "")
}

// The same document's requests for groups, also the older way to remove members.
func TestSCIM_EntraGroups(t *testing.T) {
	s := setup(t).scim()
	one, two := s.user("one@example.com"), s.user("two@example.com")
	made := s.do("POST", scimGroups, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
		"externalId":"8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159","displayName":"displayName","meta":{"resourceType":"Group"}}`).is(201)
	id := made.str("id")
	at := scimGroups + "/" + id
	require.NotContains(t, s.do("GET", at+"?excludedAttributes=members", nil).is(200).Body.String(), "members")
	got := s.do("GET", scimGroups+"?excludedAttributes=members&filter="+url.QueryEscape(`displayName eq "DISPLAYNAME"`), nil).is(200)
	require.Equal(t, id, got.str("Resources.0.id"))
	require.NotContains(t, got.Body.String(), "members")

	s.do("PATCH", at, patchOp(obj{"op": "Replace", "path": "displayName", "value": "1879db59-3bdf-4490-ad68-ab880a269474updatedDisplayName"})).is(204)
	s.do("PATCH", at, patchOp(obj{"op": "Add", "path": "members", "value": []obj{{"$ref": nil, "value": one}}})).is(204)
	s.do("PATCH", at, patchOp(obj{"op": "Add", "path": "members", "value": []obj{{"value": one}, {"value": two}}})).is(204)
	require.Len(t, s.do("GET", at, nil).is(200).get("members"), 2)
	require.EqualValues(t, 1, s.found(scimGroups, fmt.Sprintf(`id eq "%s" and members eq "%s"`, id, one)).get("totalResults"))
	require.Equal(t, id, s.do("GET", scimUsers+"/"+one, nil).is(200).str("groups.0.value"))
	s.do("PATCH", at, patchOp(obj{"op": "Remove", "path": "members", "value": []obj{{"$ref": nil, "value": one}}})).is(204)
	require.EqualValues(t, 0, s.found(scimGroups, fmt.Sprintf(`id eq "%s" and members[value eq "%s"]`, id, one)).get("totalResults"))
	s.do("PATCH", at, patchOp(obj{"op": "Remove", "path": fmt.Sprintf(`members[value eq "%s"]`, two)})).is(204)
	require.Empty(t, s.do("GET", at, nil).is(200).get("members"))
	s.refused(s.do("PATCH", at, patchOp(obj{"op": "Add", "path": "members", "value": []obj{{"value": uuid.NewString()}}})), 400, "invalidValue")
	s.do("DELETE", at, nil).is(204)
	s.refused(s.do("GET", at, nil), 404, "")
	require.Equal(t, 5, s.count(`SELECT count(*) FROM audit WHERE object_type = 'group' AND token_id IS NOT NULL AND agent_id IS NULL AND action = 'update'`))
}

// The requests of Okta's “SCIM 2.0 protocol reference”: whole users, paging, objects
// without a path, and groups pushed whole.
func TestSCIM_Okta(t *testing.T) {
	s := setup(t).scim()
	page := s.do("GET", scimUsers+"?startIndex=1&count=2", nil).is(200)
	require.EqualValues(t, 1, page.get("startIndex"))
	require.EqualValues(t, 2, page.get("itemsPerPage"))
	require.Greater(t, page.get("totalResults"), 2.0)
	body := obj{"schemas": []string{userSchema}, "userName": "test.user@okta.local", "name": obj{"givenName": "Test", "familyName": "User"},
		"emails": []obj{{"primary": true, "value": "test.user@okta.local", "type": "work"}}, "displayName": "Test User", "locale": "en-US",
		"externalId": "00ujl29u0le5T6Aj10h7", "groups": []obj{}, "password": "1mz050nq", "active": true}
	made := s.do("POST", scimUsers, body).is(201)
	id := made.str("id")
	s.refused(s.do("POST", scimUsers, body), 409, "uniqueness")
	require.NotContains(t, made.Body.String(), "1mz050nq")
	require.Equal(t, 1, s.count(`SELECT count(*) FROM agent WHERE id = $1 AND password_hash IS NULL`, id))
	body["name"] = obj{"givenName": "Another", "familyName": "User"}
	body["id"], body["meta"], body["displayName"] = id, obj{"resourceType": "User"}, "Another User"
	require.Equal(t, "Another User", s.do("PUT", scimUsers+"/"+id, body).is(200).str("displayName"))
	off := s.do("PATCH", scimUsers+"/"+id, patchOp(obj{"op": "replace", "value": obj{"active": false}})).is(200)
	require.Equal(t, false, off.get("active"))
	s.do("PATCH", scimUsers+"/"+id, patchOp(obj{"op": "replace", "value": obj{"active": true}})).is(200)

	group := s.do("POST", scimGroups, obj{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": "Test SCIMv2",
		"members": []obj{{"value": id, "display": "test.user@okta.local"}}}).is(201).str("id")
	at := scimGroups + "/" + group
	s.do("PATCH", at, patchOp(obj{"op": "replace", "value": obj{"id": group, "displayName": "Test SCIMv2 renamed"}})).is(204)
	s.do("PATCH", at, patchOp(obj{"op": "remove", "path": fmt.Sprintf(`members[value eq "%s"]`, id)},
		obj{"op": "add", "path": "members", "value": []obj{{"value": id, "display": "test.user@okta.local"}}})).is(204)
	got := s.do("PUT", at, obj{"displayName": "Test SCIMv2 again", "members": []obj{}}).is(200)
	require.Empty(t, got.get("members"))
	s.do("PATCH", at, patchOp(obj{"op": "replace", "path": "members", "value": []obj{{"value": id}}})).is(204)
	require.Len(t, s.do("GET", at, nil).is(200).get("members"), 1)
}

// Groups give roles, the one that may do most; whoever is in none of these is an agent
// again, unless somebody here gave them their role.
func TestSCIM_GroupsGiveRoles(t *testing.T) {
	s := setup(t).scim()
	user, byHand := s.user("ines@example.com"), s.superID.String()
	group := func(name string, members ...string) string {
		refs := []obj{}
		for _, m := range members {
			refs = append(refs, obj{"value": m})
		}
		return s.do("POST", scimGroups, obj{"displayName": name, "members": refs}).is(201).str("id")
	}
	own := s.post("/v1/roles", s.admin, obj{"name": "Auditor", "permissions": []string{"audit:read"}}).is(201).str("id")
	everybody, leads, auditors := group("Everybody", user, byHand, s.adminID.String()), group("Leads", user), group("Auditors", user)
	require.Equal(t, "agent", s.role(user))
	gives := func(id string, in obj) answer { return s.patch("/v1/scim-groups/"+id, s.admin, in) }
	gives(auditors, obj{"role_id": own}).is(200)
	require.Equal(t, own, s.role(user))
	require.EqualValues(t, 1, gives(leads, obj{"role": "supervisor"}).is(200).get("members"))
	require.Equal(t, "supervisor", s.role(user))
	s.del("/v1/roles/"+own, s.admin).problem(409, "conflict")
	gives(leads, obj{"role": nil}).is(200)
	require.Equal(t, own, s.role(user))
	require.Equal(t, "supervisor", s.role(byHand)) // the group gives none
	s.do("PATCH", scimGroups+"/"+auditors, patchOp(obj{"op": "remove", "path": "members"})).is(204)
	require.Equal(t, "agent", s.role(user))

	gives(everybody, obj{"role": "agent"}).is(200)
	require.Equal(t, "agent", s.role(byHand))
	require.Equal(t, "administrator", s.role(s.adminID.String())) // the last one
	require.Contains(t, s.log.String(), "somebody must administer")
	s.do("PATCH", scimGroups+"/"+everybody, patchOp(obj{"op": "remove", "path": fmt.Sprintf(`members[value eq "%s" or value eq "%s"]`, byHand, s.adminID)})).is(204)
	gives(everybody, obj{"role": "administrator"}).is(200)
	require.Equal(t, "administrator", s.role(user))
	s.do("DELETE", scimGroups+"/"+everybody, nil).is(204)
	require.Equal(t, "agent", s.role(user))

	gives(leads, obj{"role": "king"}).problem(422, "invalid")
	gives(leads, obj{"role": "agent", "role_id": own}).problem(422, "invalid")
	gives(leads, obj{"role_id": uuid.NewString()}).problem(422, "invalid")
	signs := s.post("/v1/roles", s.admin, obj{"name": "Sign-in", "permissions": []string{"sign-in:write"}}).is(201).str("id")
	who, token := s.person("agent")
	s.put("/v1/agents/"+who.String()+"/access", s.admin, obj{"role_id": signs}).is(200)
	s.patch("/v1/scim-groups/"+leads, token, obj{"role": "administrator"}).problem(422, "invalid")
	require.Len(t, s.get("/v1/scim-groups", token).is(200).get("items"), 2)
}

// Who is disabled or deleted is out at once, with their tokens, and comes back as an
// agent; the last administrator is neither.
func TestSecurity_SCIM_Leavers(t *testing.T) {
	s := setup(t).scim()
	id, session := s.person("supervisor")
	at := scimUsers + "/" + id.String()
	token := s.post("/v1/tokens", s.admin, obj{"name": "x", "permissions": []string{"work-items:write"}, "agent_id": id}).is(201).str("token")
	s.get("/v1/me", session).is(200)
	s.do("PATCH", at, patchOp(obj{"op": "Replace", "path": "active", "value": "False"})).is(200)
	s.get("/v1/me", session).problem(401, "unauthenticated")
	s.post("/v1/work-items", token, obj{}).problem(401, "unauthenticated")
	require.Contains(t, s.changed.take(), id)
	name := s.do("GET", at, nil).is(200).str("userName")
	s.do("DELETE", at, nil).is(204)
	require.EqualValues(t, 0, s.found(scimUsers, fmt.Sprintf(`userName eq "%s"`, name)).get("totalResults"))
	s.refused(s.do("POST", scimGroups, obj{"displayName": "g", "members": []obj{{"value": id}}}), 400, "invalidValue")
	back := s.do("POST", scimUsers, obj{"userName": name, "active": true}).is(201)
	require.Equal(t, id.String(), back.str("id"))
	require.Equal(t, "agent", s.role(id.String()))
	s.get("/v1/me", session).problem(401, "unauthenticated")

	last := scimUsers + "/" + s.adminID.String()
	s.refused(s.do("DELETE", last, nil), 409, "")
	a := s.do("PATCH", last, patchOp(obj{"op": "replace", "value": obj{"active": false}}))
	s.refused(a, 409, "")
	require.Equal(t, "This is the last administrator.", a.str("detail"))
	s.get("/v1/me", s.admin).is(200)
	require.Positive(t, s.count(`SELECT count(*) FROM audit WHERE object_type = 'agent' AND object_id = $1 AND token_id IS NOT NULL`, id))
}

// What cannot be done is said in SCIM's form, and what there is can be found out.
func TestSCIM_ErrRequests(t *testing.T) {
	s := setup(t).scim()
	id := s.user("ines@example.com")
	s.user("leo@example.com")
	for i, c := range []struct {
		method, path string
		body         any
		status       int
		typ          string
	}{
		{"POST", scimUsers, `{`, 400, "invalidSyntax"},
		{"POST", scimUsers, obj{"displayName": "x"}, 400, "invalidValue"},
		{"POST", scimUsers, obj{"userName": "nobody"}, 400, "invalidValue"},
		{"POST", scimUsers, obj{"userName": "x@example.com", "displayName": strings.Repeat("x", 300)}, 400, "invalidValue"},
		{"PATCH", scimUsers + "/" + id, obj{"Operations": []obj{}}, 400, "invalidSyntax"},
		{"PATCH", scimUsers + "/" + id, patchOp(obj{"op": "move", "path": "active"}), 400, "invalidSyntax"},
		{"PATCH", scimUsers + "/" + id, patchOp(obj{"op": "replace", "value": "x"}), 400, "noTarget"},
		{"PATCH", scimUsers + "/" + id, patchOp(obj{"op": "replace", "path": "emails[", "value": "x"}), 400, "invalidPath"},
		{"PATCH", scimUsers + "/" + id, patchOp(obj{"op": "replace", "path": "active", "value": "perhaps"}), 400, "invalidValue"},
		{"PATCH", scimUsers + "/" + id, patchOp(obj{"op": "remove", "path": "active"}), 400, "mutability"},
		{"PATCH", scimUsers + "/" + id, patchOp(obj{"op": "replace", "path": "userName", "value": "LEO@example.com"}), 409, "uniqueness"},
		{"GET", scimUsers + "?filter=" + url.QueryEscape(`userName sw "i"`), nil, 400, "invalidFilter"},
		{"GET", scimUsers + "?filter=" + url.QueryEscape(`title eq "i"`), nil, 400, "invalidFilter"},
		{"GET", scimUsers + "?filter=" + url.QueryEscape(`userName eq`), nil, 400, "invalidFilter"},
		{"GET", scimUsers + "?count=many", nil, 400, "invalidValue"},
		{"POST", scimGroups, obj{"members": []obj{}}, 400, "invalidValue"},
		{"GET", scimUsers + "/" + uuid.NewString(), nil, 404, ""},
		{"GET", "/scim/v2/Devices", nil, 404, ""},
		{"GET", "/scim/v2/Schemas/x", nil, 404, ""},
	} {
		t.Log(i, c.method, c.path)
		s.refused(s.do(c.method, c.path, c.body), c.status, c.typ)
	}
	require.EqualValues(t, 0, s.found(scimUsers, `userName eq "x\"y"`).get("totalResults"))
	for _, path := range []string{"ServiceProviderConfig", "ResourceTypes", "ResourceTypes/Group", "Schemas", "Schemas/" + userSchema} {
		s.do("GET", "/scim/v2/"+path, nil).is(200)
	}
	only := s.do("GET", scimUsers+"/"+id+"?attributes=userName", nil).is(200)
	require.Equal(t, "ines@example.com", only.str("userName"))
	require.NotContains(t, only.Body.String(), "emails")
	s.clock.stop()
	slow := 0
	for range 400 {
		if a := s.do("GET", scimUsers+"?count=0", nil); a.Code == 429 {
			require.NotEmpty(t, a.Header().Get("Retry-After"))
			slow++
		}
	}
	require.Positive(t, slow)
}
