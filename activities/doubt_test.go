package activities_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/activities"
	"switchboard/channel"
	"switchboard/channel/line"
	"switchboard/dev/sandbox"
	linebox "switchboard/dev/sandbox/line"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
)

const (
	sandboxLINE   = "1650000001"
	sandboxSecret = "0123456789abcdef0123456789abcdef"
)

// atLINE is a conversation over LINE as the sandbox speaks it: the provider, its
// webhooks and what the customer's phone shows are apart from ours.
type atLINE struct {
	*desk
	box  *sandbox.Sandbox
	user *sandbox.Phone
}

func overLINE(t *testing.T, texts ...string) *atLINE {
	t.Helper()
	box, err := sandbox.New(sandbox.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, box.Close()) })
	api := httptest.NewServer(box.Handler())
	t.Cleanup(api.Close)
	b := &atLINE{desk: answering(t, &provider{}, texts...), box: box}
	b.d.Registry = channel.NewRegistry(line.New("127.0.0.1"))
	hook := httptest.NewServer(http.HandlerFunc(b.hear(t)))
	t.Cleanup(hook.Close)
	account, err := linebox.Add(box.Box, linebox.Settings{ChannelID: sandboxLINE, Secret: sandboxSecret, AccessToken: sandboxSecret, BotUserID: "Ubot", WebhookURL: hook.URL})
	require.NoError(t, err)
	b.user = account.User("U1")
	b.db.SQL.MustExec(`UPDATE contact_point SET external_id = 'U1'`)
	_, err = b.db.Config.ChangeAccount(t.Context(), auditdb.Actor{}, b.account, func(a *configdb.Account) error {
		a.BaseURL, a.Settings = api.URL+"/line", map[string]string{"channel_id": sandboxLINE}
		a.Secrets = configdb.Secrets{"channel_secret": sandboxSecret, "channel_access_token": sandboxSecret}
		return nil
	})
	require.NoError(t, err)
	return b
}

// hear stores what the customer writes.
func (b *atLINE) hear(t *testing.T) http.HandlerFunc {
	var address uuid.UUID
	require.NoError(t, b.db.SQL.Get(&address, `SELECT id FROM address`))
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		events, err := line.New().Parse(channel.Account{}, channel.Request{Body: body})
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for _, e := range events {
			if _, err := b.db.Message.StoreMessages(r.Context(), []contactdb.Inbound{{Account: b.account, Address: address, Event: e}}); err != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
	}
}

func (b *atLINE) fault(f sandbox.Fault) { b.box.Fault(sandboxLINE, f) }

func (b *atLINE) says(t *testing.T, text string) {
	t.Helper()
	sent, err := b.user.Says(t.Context(), text)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, sent.Status)
}

func (b *atLINE) once(t *testing.T, text string) {
	t.Helper()
	require.Equal(t, 1, b.user.Count(text))
	require.Zero(t, b.box.Counts(sandboxLINE).Duplicates)
}

// A push that LINE took and never answered is repeated as a push and in no other
// way, whatever the next tries meet and whatever the customer writes meanwhile.
func TestFault_F2_InDoubtIsNeverAnsweredByReplyToken(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]sandbox.Fault{
		"throttled":         {Kind: "429", Times: 1},
		"no answer again":   {Kind: "hang_before", Delay: 1, Times: 1},
		"credentials fail":  {Kind: "refuse_auth", Times: 1},
		"refused this time": {Kind: "400", Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := overLINE(t, "one")
			b.fault(sandbox.Fault{Kind: "hang_after_accept", Delay: 1, Times: 1})
			_, err := b.deliver(t)
			require.Error(t, err, "it is tried again")
			b.fault(next)
			_, err = b.deliver(t)
			if name != "refused this time" {
				require.Error(t, err)
				require.NotContains(t, b.statuses(t)[0], "queued", "whether it was taken is not known")
			}
			b.says(t, "are you there?")
			require.NoError(t, b.db.Config.AccountTested(t.Context(), auditdb.Actor{}, b.account, true, ""))
			_, err = b.deliver(t)
			require.NoError(t, err)
			b.once(t, "one")
			for _, c := range b.box.Calls(sandboxLINE) {
				require.NotContains(t, c.Path, "/reply")
			}
		})
	}
}

// What may have been taken ends as unknown and never as not sent: when its time
// is over, while the account is paused, and once the provider would not know a
// repeat again.
func TestFault_F2_InDoubtEndsAsUnknown(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"its time is over":               `UPDATE message SET expires_at = now() - interval '1 s'`,
		"its time is over while paused":  `WITH p AS (UPDATE account SET paused_code = '401', paused_at = now()) UPDATE message SET expires_at = now() - interval '1 s'`,
		"the retry key may be forgotten": `UPDATE message SET claimed_at = now() - interval '24 hours', expires_at = now() + interval '1 day'`,
		"it went with a reply token":     `UPDATE message SET by_reply = true`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := overLINE(t, "one")
			b.fault(sandbox.Fault{Kind: "drop_after_accept", Times: 1})
			_, err := b.deliver(t)
			require.Error(t, err)
			b.db.SQL.MustExec(change)
			done, err := b.deliver(t)
			require.NoError(t, err)
			require.Equal(t, activities.Delivered{InDoubt: 1}, done)
			require.Equal(t, []string{"one unknown in_doubt"}, b.statuses(t))
			b.once(t, "one")
		})
	}
}

// While the account is paused a message in doubt stays so, and is repeated under
// its key afterwards.
func TestFault_F2_InDoubtWhilePaused(t *testing.T) {
	t.Parallel()
	b := overLINE(t, "one")
	b.fault(sandbox.Fault{Kind: "drop_after_accept", Times: 1})
	_, err := b.deliver(t)
	require.Error(t, err)
	b.db.SQL.MustExec(`UPDATE account SET paused_code = '401', paused_at = now()`)
	_, err = b.deliver(t)
	require.Error(t, err)
	require.Contains(t, b.statuses(t)[0], "one sending")
	b.says(t, "are you there?")
	require.NoError(t, b.db.Config.AccountTested(t.Context(), auditdb.Actor{}, b.account, true, ""))
	done, err := b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, activities.Delivered{Sent: 1}, done)
	b.once(t, "one")
}

// A reply that LINE took and did not answer is followed by nothing.
func TestFault_F2_ReplyInDoubtIsNotPushed(t *testing.T) {
	t.Parallel()
	b := overLINE(t, "one")
	b.says(t, "hello")
	b.fault(sandbox.Fault{Kind: "drop_after_accept", Times: 1})
	done, err := b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, activities.Delivered{InDoubt: 1}, done)
	b.says(t, "are you there?")
	_, err = b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, []string{"one unknown in_doubt"}, b.statuses(t))
	b.once(t, "one")
	require.True(t, b.user.Received()[0].Replied)
}
