package permission

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCatalogue_IsWellFormed(t *testing.T) {
	t.Parallel()
	form, seen := regexp.MustCompile(`^[a-z-]+:[a-z-]+$`), map[Permission]bool{}
	for _, e := range Catalogue() {
		require.Regexp(t, form, e.Name)
		require.False(t, seen[e.Name], e.Name)
		seen[e.Name] = true
		require.NotEmpty(t, e.Group, e.Name)
		require.NotEmpty(t, e.Text, e.Name)
		require.Contains(t, Roles(), e.Role, e.Name)
	}
}

// Each built-in role may do what the one before it may, and more; administrators
// may do everything.
func TestRoles_Nest(t *testing.T) {
	t.Parallel()
	before := Of()
	for _, role := range Roles() {
		is := OfRole(role)
		require.Empty(t, before.Beyond(is), role)
		require.NotEmpty(t, is.Beyond(before), role)
		require.Equal(t, role, is.LeastRole())
		before = is
	}
	require.Equal(t, All(), before.Names())
	require.Empty(t, OfRole("owner").Names())
}

func TestSet_NothingIsGivenByMistake(t *testing.T) {
	t.Parallel()
	require.Empty(t, Set{}.Names())
	require.False(t, Set{}.Has(ConversationsRead))
	require.Empty(t, Of("conversations:*", "", "CONVERSATIONS:READ").Names())
	require.Equal(t, []string{"work-items:write"}, OfRole(Supervisor).And(Of("work-items:write", "audit:read")).Names())
	require.Equal(t, Supervisor, Of("work-items:write").LeastRole())
	require.Equal(t, Agent, LowerRole(Administrator, Agent))
	require.Equal(t, "owner", LowerRole(Agent, "owner"))
}
