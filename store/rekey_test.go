package store_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/secret"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/identitydb"
	"switchboard/store/storetest"
	"switchboard/store/webhookdb"
)

// After the secrets were sealed anew the old key is not needed any more, and
// nothing else of the rows has changed. Doing it again changes nothing.
func TestSecurity_M12_Reseal(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	first, second := make([]byte, 32), append(make([]byte, 31), 1)
	open := func(keys ...[]byte) (*store.Store, *secret.Box) {
		box, err := secret.NewBox(keys[0], keys[1:]...)
		require.NoError(t, err)
		st, err := store.Open(db.DSN, box)
		require.NoError(t, err)
		t.Cleanup(func() { _ = st.Close() })
		return st, box
	}
	old, _ := open(first)
	acct, err := old.Config.CreateAccount(ctx, auditdb.Actor{}, configdb.Account{ID: uuid.New(), Provider: "line", Name: "LINE", Key: "k", Workstream: site.Workstream,
		Settings: map[string]string{}, Secrets: configdb.Secrets{"token": "t"}})
	require.NoError(t, err)
	hook, err := old.Webhook.CreateWebhook(ctx, auditdb.Actor{}, webhookdb.Webhook{ID: uuid.New(), Name: "CRM", URL: "https://crm.example.com", Enabled: true,
		Kinds: webhookdb.WebhookKinds(), Secrets: configdb.Secrets{webhookdb.WebhookKey: "key"}})
	require.NoError(t, err)
	_, err = old.Campaign.CreateSource(ctx, auditdb.Actor{}, "Shop", "shop", []byte("source"))
	require.NoError(t, err)

	agent := db.Agents(t, &site, 1, 1)[0]
	require.NoError(t, old.Identity.BeginSecondFactor(ctx, agent, []byte("app")))
	require.NoError(t, old.Identity.ConfirmSecondFactor(ctx, identitydb.Origin{}, agent, 1, nil, []byte{}))
	require.NoError(t, old.Identity.BeginSecondFactor(ctx, agent, []byte("next app")))

	both, box := open(second, first)
	n, err := both.Admin.Reseal(ctx, box)
	require.NoError(t, err)
	require.Equal(t, 5, n)
	n, err = both.Admin.Reseal(ctx, box)
	require.NoError(t, err)
	require.Zero(t, n)

	now, _ := open(second)
	got, err := now.Config.AccountForSend(ctx, acct.ID)
	require.NoError(t, err)
	require.Equal(t, configdb.Secrets{"token": "t"}, got.Secrets)
	require.Equal(t, acct.UpdatedAt, got.UpdatedAt, "credentials are the same ones: a paused account stays as it is")
	w, err := now.Webhook.WebhookByID(ctx, hook.ID)
	require.NoError(t, err)
	require.Equal(t, "key", w.Secrets[webhookdb.WebhookKey])
	_, key, err := now.Campaign.SourceByKey(ctx, "shop")
	require.NoError(t, err)
	require.Equal(t, "source", string(key))
	factor, err := now.Identity.SecondFactorOf(ctx, agent)
	require.NoError(t, err)
	require.Equal(t, identitydb.SecondFactor{Secret: []byte("app"), Pending: []byte("next app")}, factor)
	_, err = old.Webhook.WebhookByID(ctx, hook.ID)
	require.Error(t, err)
}

// One value that no key opens does not keep the others from being sealed anew.
func TestSecurity_M12_ResealGoesOn(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	box, err := secret.NewBox(append(make([]byte, 31), 1), make([]byte, 32))
	require.NoError(t, err)
	_, err = db.Campaign.CreateSource(ctx, auditdb.Actor{}, "Shop", "shop", []byte("source"))
	require.NoError(t, err)
	db.SQL.MustExec(`UPDATE account SET secrets = 'of another key, or of another row' WHERE id = $1`, site.Account)
	n, err := db.Admin.Reseal(ctx, box)
	require.ErrorContains(t, err, site.Account.String())
	require.Equal(t, 1, n)
}
