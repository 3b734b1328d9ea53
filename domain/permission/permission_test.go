package permission

import (
	"fmt"
	"os"
	"regexp"
	"strings"
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

// The page of the documentation lists every permission as it is.
func TestCatalogue_IsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/permissions.md")
	require.NoError(t, err)
	for _, e := range Catalogue() {
		mark := ""
		if e.Everywhere {
			mark = "×"
		}
		require.Contains(t, string(page), fmt.Sprintf("| `%s` | %s | %s | %s |\n", e.Name, e.Role, mark, e.Text))
	}
	require.Equal(t, len(Catalogue()), strings.Count(string(page), "\n| `"))
}

// Nobody who is limited to queues has what belongs to no queue, nor what would lift
// the limit.
func TestWithin_LeavesWhatBelongsToQueues(t *testing.T) {
	t.Parallel()
	left := OfRole(Administrator).Within()
	require.True(t, left.Has(ConversationsReadAll))
	require.True(t, left.Has(ConversationsSupervise))
	for _, p := range []Permission{CampaignsRead, CampaignsExport, AuditRead, PeopleWrite, SettingsWrite, TokensWrite, ConfigurationWrite, SignInWrite} {
		require.False(t, left.Has(p), p)
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

// Of several roles that groups give the one that allows most counts, in whatever order.
func TestSet_MoreThan(t *testing.T) {
	t.Parallel()
	few := Of("profile:read", "audit:read")
	require.True(t, OfRole(Administrator).MoreThan(OfRole(Supervisor)))
	require.False(t, OfRole(Agent).MoreThan(OfRole(Supervisor)))
	require.True(t, OfRole(Agent).MoreThan(few), "more permissions, although of a lower role")
	require.True(t, few.MoreThan(Of("profile:read", "contacts:read")), "as many, but of a higher role")
	require.False(t, few.MoreThan(few))
	require.True(t, few.MoreThan(Set{}))
}

// Reading permissions are those by whose routes somebody may go who must change nothing.
func TestPermission_Reads(t *testing.T) {
	t.Parallel()
	for _, p := range []Permission{ProfileRead, ConversationsRead, ContactsRead, SettingsRead, AuditRead} {
		require.True(t, p.Reads(), p)
	}
	for _, p := range []Permission{ProfileWrite, ConversationsWrite, ConversationsSupervise, OutboundSend, CampaignsExport, SignInWrite, SCIMWrite} {
		require.False(t, p.Reads(), p)
	}
}
