package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever made a link for somebody could not do so for one who may do more: when a role
// gains permissions the links of its people end, and only theirs.
func TestSecurity_LinksEndWithAWiderRole(t *testing.T) {
	b := setup(t)
	role := b.post("/v1/roles", b.admin, obj{"name": "Team lead", "permissions": []string{"people:read", "conversations:read"}}).is(201).str("id")
	has, _ := b.added()
	b.put("/v1/agents/"+has+"/access", b.admin, obj{"role_id": role}).is(200)
	other, _ := b.added()
	links := map[string]string{has: b.link(has, "invitation"), other: b.link(other, "invitation")}
	works := func(id string, status int) {
		t.Helper()
		b.post("/v1/session/link", "", obj{"token": links[id]}).is(status)
	}
	b.patch("/v1/roles/"+role, b.admin, obj{"name": "Lead", "permissions": []string{"people:read"}}).is(200)
	works(has, 200) // it lost one
	b.patch("/v1/roles/"+role, b.admin, obj{"permissions": []string{"people:read", "audit:read"}}).is(200)
	works(has, 404)
	works(other, 200)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM sign_in_link`))
}
