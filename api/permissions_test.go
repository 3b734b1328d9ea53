package api_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/domain/permission"
	"switchboard/store/configdb"
)

// Every route asks for a permission that exists, or for none and says so; every
// permission but the one that widens what is read opens a route.
func TestPermissions_EveryRouteHasOne(t *testing.T) {
	t.Parallel()
	used := map[string]bool{string(permission.ConversationsReadAll): true}
	for _, r := range api.RouteTable() {
		if r.Permission != "public" {
			require.Contains(t, permission.All(), r.Permission, r.Method+" "+r.Path)
		}
		used[r.Permission] = true
	}
	for _, name := range permission.All() {
		require.True(t, used[name], name)
	}
	doc, err := api.Contract()
	require.NoError(t, err)
	listed := []string{}
	for _, v := range doc.Components.Schemas["Permission"].Value.Enum {
		listed = append(listed, v.(string))
	}
	require.Equal(t, permission.All(), listed, "the contract lists the permissions")
}

// A token with one permission passes the routes that ask for it, and no other: every
// permission against every route.
func TestSecurity_M8_TokensDoOnlyWhatTheyAreFor(t *testing.T) {
	b := setup(t)
	variable, cells := regexp.MustCompile(`\{[a-z_]+\}`), 0
	for _, name := range permission.All() {
		made := b.post("/v1/tokens", b.admin, obj{"name": name, "permissions": []string{name}}).is(201)
		require.Equal(t, permission.Of(name).LeastRole(), made.str("role"))
		token := made.str("token")
		for _, r := range api.RouteTable() {
			if r.Permission == "public" {
				continue
			}
			a := b.send(b.request(r.Method, variable.ReplaceAllString(r.Path, "6c84fb90-12c4-11e1-840d-7b25c5ee775a"), token, nil))
			refused := a.Code == 403 && strings.Contains(a.Body.String(), "does not have the permission "+r.Permission)
			require.Equal(t, r.Permission != name, refused, "%s: %s %s: %s", name, r.Method, r.Path, a.Body.String())
			cells++
		}
	}
	require.Greater(t, cells, 6000)
}

// What a token may do is never more than its maker, or whom it acts as, may do now.
func TestSecurity_M8_TokensFollowTheirPeople(t *testing.T) {
	b := setup(t)
	maker, token := b.tokenOf(obj{"name": "CRM", "permissions": []string{"work-items:write", "audit:read"}})
	require.Equal(t, "administrator", b.get("/v1/tokens", b.admin).is(200).str("items.0.role"))
	b.get("/v1/audit", token).is(200)
	b.get("/v1/tokens", token).problem(403, "forbidden")
	b.patch("/v1/agents/"+maker.str("id"), b.admin, obj{"role": "supervisor"}).is(200)
	b.get("/v1/audit", token).problem(403, "forbidden")
	b.post("/v1/work-items", token, obj{}).problem(422, "invalid")
	b.patch("/v1/agents/"+maker.str("id"), b.admin, obj{"role": "agent"}).is(200)
	b.post("/v1/work-items", token, obj{}).problem(403, "forbidden")

	for field, in := range map[string]obj{
		"permissions":    {"name": "x", "permissions": []string{}},
		"permissions[0]": {"name": "x", "permissions": []string{"everything"}},
		"permissions[1]": {"name": "x", "permissions": []string{"audit:read", "audit:read"}},
		"role":           {"name": "x"},
	} {
		require.Equal(t, field, b.post("/v1/tokens", b.admin, in).problem(422, "invalid").str("errors.0.field"))
	}
	above := obj{"name": "x", "role": "agent", "permissions": []string{"audit:read"}}
	require.Equal(t, "permissions", b.post("/v1/tokens", b.admin, above).problem(422, "invalid").str("errors.0.field"))
}

// Whoever asks sees which permissions there are, and which they have.
func TestPermissions_AreListed(t *testing.T) {
	b := setup(t)
	granted := func(token string) (names []string) {
		var list struct {
			Items []struct {
				Name    string
				Granted bool
			}
		}
		b.get("/v1/permissions", token).is(200).into(&list)
		require.Len(t, list.Items, len(permission.All()))
		for _, p := range list.Items {
			if p.Granted {
				names = append(names, p.Name)
			}
		}
		return names
	}
	require.Equal(t, permission.OfRole(configdb.RoleAgent).Names(), granted(b.agent))
	require.Equal(t, permission.OfRole(configdb.RoleSupervisor).Names(), granted(b.super))
	require.Equal(t, permission.All(), granted(b.admin))
}
