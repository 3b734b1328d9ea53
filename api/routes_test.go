package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/store/configdb"
)

func TestRoutes_AreTheContract_OK(t *testing.T) {
	t.Parallel()
	doc, err := api.Contract()
	require.NoError(t, err)
	var served, promised []string
	for _, r := range api.RouteTable() {
		served = append(served, r.Method+" "+r.Path+" "+r.Permission)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			access, _ := op.Extensions["x-permission"].(string)
			promised = append(promised, method+" "+path+" "+access)
			require.Equal(t, access == "public", op.Security != nil && len(*op.Security) == 0, path)
		}
	}
	slices.Sort(served)
	slices.Sort(promised)
	require.Equal(t, promised, served)
}

// Every route refuses who did not sign in, and every role that is not listed,
// before it reads anything else.
func TestRoutes_ErrRoles(t *testing.T) {
	b := setup(t)
	tokens := map[string]string{configdb.RoleAgent: b.agent, configdb.RoleSupervisor: b.super, configdb.RoleAdministrator: b.admin}
	ids := strings.NewReplacer("{id}", b.site.Queue.String(), "{agent_id}", b.agents[0].String(), "{address_id}", b.site.Address.String())
	walked := 0
	for _, r := range api.RouteTable() {
		if r.Permission == "public" {
			require.Empty(t, r.Roles)
			continue
		}
		path := ids.Replace(r.Path)
		if strings.HasPrefix(path, "/scim/") { // whose errors have another form
			b.refusesSCIM(r, path)
			continue
		}
		b.send(b.request(r.Method, path, "", nil)).problem(401, "unauthenticated")
		b.send(b.request(r.Method, path, "not-a-token", nil)).problem(401, "unauthenticated")
		for role, token := range tokens {
			if !slices.Contains(r.Roles, role) {
				b.send(b.request(r.Method, path, token, nil)).problem(403, "forbidden")
				walked++
			}
		}
		require.Contains(t, r.Roles, configdb.RoleAdministrator)
	}
	require.Greater(t, walked, 50)
}
