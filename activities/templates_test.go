package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/activities"
	"switchboard/channel"
	"switchboard/store/auditdb"
)

// wording is a provider who has approved what the test says.
type wording struct {
	*provider
	list  map[string][]channel.ProviderTemplate // by account
	err   map[string]error
	asked []string
}

func (w *wording) Templates(_ context.Context, a channel.Account) ([]channel.ProviderTemplate, error) {
	name := a.Settings["n"]
	w.asked = append(w.asked, name)
	return w.list[name], w.err[name]
}

func hello(approval channel.Approval) []channel.ProviderTemplate {
	return []channel.ProviderTemplate{{ContentSID: "HX1", Kind: channel.TemplateText, Name: "hello", Channel: "whatsapp", Language: "en", Text: "Hello {{1}}", Approval: approval}}
}

// An approval is learned without anybody's asking for it, by one process at a time;
// an account that cannot be read keeps no other from being read, and one whose
// templates nobody ever read is left alone.
func TestSeed_D21_ApprovalsAreReadByThemselves(t *testing.T) {
	t.Parallel()
	b := answering(t, &provider{}, "one")
	w := &wording{provider: b.p, list: map[string][]channel.ProviderTemplate{"good": hello("pending"), "bad": hello("pending"), "never": hello("pending")}, err: map[string]error{}}
	account := func(name string, synced bool) uuid.UUID {
		var id uuid.UUID
		require.NoError(t, b.db.SQL.Get(&id, `INSERT INTO account (provider, name, key, settings, secrets, workstream_id)
			SELECT provider, $1, $1, jsonb_build_object('n', $1::text), '', workstream_id FROM account WHERE id = $2 RETURNING id`, name, b.account))
		if synced {
			_, err := b.db.Template.SyncTemplates(t.Context(), auditdb.Actor{}, id, w.list[name])
			require.NoError(t, err)
		}
		return id
	}
	account("bad", true)
	good := account("good", true)
	account("never", false)
	a := &activities.Templates{Store: b.db.Store, Accounts: b.d.Accounts, Registry: channel.NewRegistry(w)}
	approval := func() (is string) {
		require.NoError(t, b.db.SQL.Get(&is, `SELECT x.approval FROM message_template_text x JOIN message_template m ON m.id = x.template_id WHERE m.account_id = $1`, good))
		return is
	}
	w.list["good"], w.err["bad"] = hello("approved"), errors.New("away")
	require.ErrorContains(t, a.Reread(t.Context(), time.Hour), "away")
	require.Equal(t, "approved", approval())
	require.ElementsMatch(t, []string{"good", "bad"}, w.asked)
	require.NoError(t, a.Reread(t.Context(), time.Hour))
	require.Len(t, w.asked, 2, "it was somebody's turn a moment ago")
	b.db.SQL.MustExec(`UPDATE turn SET until = now() - interval '1 s'`)
	w.err = nil
	audited := func() (n int) {
		require.NoError(t, b.db.SQL.Get(&n, `SELECT count(*) FROM audit WHERE action = 'sync'`))
		return n
	}
	before := audited()
	require.NoError(t, a.Reread(t.Context(), time.Hour))
	require.Len(t, w.asked, 4)
	require.Equal(t, before, audited(), "what changed nothing is not written down")
}
