package activities_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"switchboard/activities"
	"switchboard/channel"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/messagedb"
	"switchboard/store/storetest"
	"switchboard/store/templatedb"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// provider answers sends as the test says, and counts them.
type provider struct {
	channel.Provider
	safe    bool
	byName  bool    // templates are approved, and may be sent after the window
	answers []error // of the sends in turn; then nil
	before  func()  // an answer is given
	sent    []string
	last    channel.Outbound
	found   []string // what a look-up finds
}

func (*provider) Type() string { return "line" }

func (p *provider) Channels() map[string]channel.Caps {
	return map[string]channel.Caps{"line": {SafeSend: p.safe, Window: 24 * time.Hour, Templates: p.byName}}
}

func (p *provider) Send(_ context.Context, _ channel.Account, m channel.Outbound) (channel.Receipt, error) {
	p.sent, p.last = append(p.sent, m.Text), m
	if p.before != nil {
		p.before()
	}
	if n := len(p.sent) - 1; n < len(p.answers) && p.answers[n] != nil {
		return channel.Receipt{}, p.answers[n]
	}
	return channel.Receipt{IDs: []string{fmt.Sprint("id-", len(p.sent))}}, nil
}

func (p *provider) Find(context.Context, channel.Account, channel.Outbound, time.Time) (channel.Receipt, bool, error) {
	return channel.Receipt{IDs: p.found}, len(p.found) > 0, nil
}

type links struct{}

func (links) PublicURL(id uuid.UUID, _ string, _ bool, _ time.Duration) string {
	return "https://example.com/media/" + id.String()
}

type desk struct {
	db           *storetest.DB
	p            *provider
	d            *activities.Delivery
	account      uuid.UUID
	conversation uuid.UUID
	agent        uuid.UUID
}

// answering is a conversation that an agent has, with answers that wait.
func answering(t *testing.T, p *provider, texts ...string) *desk {
	t.Helper()
	db := storetest.New(t)
	site := db.Site(t)
	b := &desk{db: db, p: p, account: site.Account, agent: db.Agents(t, &site, 1, 3)[0], conversation: db.Waiting(t, site, 1)[0]}
	db.SQL.MustExec(`UPDATE conversation SET state = 'active', agent_id = $2, held_by = $2, held_units = 1, last_inbound_at = now() WHERE id = $1`, b.conversation, b.agent)
	b.d = &activities.Delivery{Store: db.Store, Accounts: db.Store.Config, Registry: channel.NewRegistry(p), Links: links{}, PublicURL: "https://example.com"}
	for i, text := range texts {
		_, err := db.Campaign.QueueMessage(t.Context(), campaigndb.NewOutbound{Conversation: b.conversation, Agent: b.agent, Key: fmt.Sprint(i), Text: text})
		require.NoError(t, err)
	}
	return b
}

func (b *desk) deliver(t *testing.T) (activities.Delivered, error) {
	return b.d.Deliver(t.Context(), activities.Deliver{Conversation: b.conversation, UpTo: 100})
}

func (b *desk) statuses(t *testing.T) []string {
	var got []string
	require.NoError(t, b.db.SQL.Select(&got, `SELECT text || ' ' || status || COALESCE(' ' || error_code, '') FROM message WHERE direction = 'out' ORDER BY seq`))
	return got
}

// paused is the code for which the account is, or "".
func (b *desk) paused(t *testing.T) string {
	var code string
	require.NoError(t, b.db.SQL.Get(&code, `SELECT COALESCE(paused_code, '') FROM account WHERE id = $1`, b.account))
	return code
}

// begun leaves the next message as a try that handed it to its provider and died.
func (b *desk) begun(t *testing.T) *messagedb.Outgoing {
	t.Helper()
	m, err := b.db.Message.NextToSend(t.Context(), b.conversation, 100)
	require.NoError(t, err)
	ok, err := b.db.Message.BeginSending(t.Context(), m, uuid.New())
	require.NoError(t, err)
	require.True(t, ok)
	return m
}

func TestDeliver_InOrder(t *testing.T) {
	b := answering(t, &provider{}, "one", "two", "three")
	done, err := b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, activities.Delivered{Sent: 3}, done)
	require.Equal(t, []string{"one", "two", "three"}, b.p.sent)
	require.Equal(t, []string{"one sent", "two sent", "three sent"}, b.statuses(t))
}

func TestDeliver_RefusedIsAResult(t *testing.T) {
	b := answering(t, &provider{answers: []error{&channel.Error{Class: channel.Refused, Code: "21211"}}}, "one", "two")
	done, err := b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, activities.Delivered{Sent: 1, Failed: 1}, done)
	require.Equal(t, []string{"one failed 21211", "two sent"}, b.statuses(t))
}

func TestDeliver_OptedOutIsRemembered(t *testing.T) {
	b := answering(t, &provider{answers: []error{&channel.Error{Class: channel.OptedOut, Code: "21610"}}}, "one")
	_, err := b.deliver(t)
	require.NoError(t, err)
	_, err = b.db.Campaign.QueueMessage(t.Context(), campaigndb.NewOutbound{Conversation: b.conversation, Agent: b.agent, Key: "k", Text: "again"})
	require.ErrorContains(t, err, contactdb.RefusedOptedOut)
}

func TestDeliver_ThrottledWaitsInOrder(t *testing.T) {
	b := answering(t, &provider{answers: []error{&channel.Error{Class: channel.Throttled, Code: "429", RetryAfter: 7 * time.Second}}}, "one", "two")
	_, err := b.deliver(t)
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, 7*time.Second, app.NextRetryDelay())
	require.Equal(t, []string{"one queued 429", "two queued"}, b.statuses(t))
	_, err = b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, []string{"one", "one", "two"}, b.p.sent)
}

func TestDeliver_ConfigPausesTheAccount(t *testing.T) {
	b := answering(t, &provider{answers: []error{&channel.Error{Class: channel.Config, Code: "401"}}}, "one")
	_, err := b.deliver(t)
	require.Error(t, err)
	_, err = b.db.Campaign.QueueMessage(t.Context(), campaigndb.NewOutbound{Conversation: b.conversation, Agent: b.agent, Key: "k", Text: "again"})
	require.ErrorContains(t, err, campaigndb.RefusedAccountPaused)
}

// What a provider says late of credentials that were replaced and tested
// meanwhile does not stop the account again, and the message goes at once.
func TestDeliver_OldCredentialsRefusedLatePauseNothing(t *testing.T) {
	p := &provider{answers: []error{&channel.Error{Class: channel.Config, Code: "401"}, &channel.Error{Class: channel.Config, Code: "401"}}}
	b := answering(t, p, "one", "two")
	_, err := b.deliver(t)
	require.Error(t, err)
	require.Equal(t, "401", b.paused(t))
	require.NoError(t, b.db.Config.AccountTested(t.Context(), auditdb.Actor{}, b.account, true, ""))
	p.before = func() { // the first try with what is there now is under way
		p.before = nil
		_, err := b.db.Config.ChangeAccount(t.Context(), auditdb.Actor{}, b.account, func(a *configdb.Account) error {
			a.Secrets = configdb.Secrets{"channel_access_token": "new"}
			return nil
		})
		require.NoError(t, err)
		require.NoError(t, b.db.Config.AccountTested(t.Context(), auditdb.Actor{}, b.account, true, ""))
	}
	_, err = b.deliver(t)
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Zero(t, app.NextRetryDelay(), "nobody needs to be waited for")
	require.Empty(t, b.paused(t))
	require.Equal(t, []string{"one queued 401", "two queued"}, b.statuses(t))
	done, err := b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, activities.Delivered{Sent: 2}, done)
}

// The same when the account was paused, by another message, repaired and tested
// while the answer was on its way.
func TestDeliver_RepairedWhileTheAnswerWasOnItsWay(t *testing.T) {
	p := &provider{answers: []error{&channel.Error{Class: channel.Config, Code: "401"}}}
	b := answering(t, p, "one")
	p.before = func() {
		a, err := b.db.Config.AccountByID(t.Context(), b.account)
		require.NoError(t, err)
		paused, err := b.db.Message.PauseAccount(t.Context(), b.account, "401", a.UpdatedAt)
		require.NoError(t, err)
		require.True(t, paused)
		require.NoError(t, b.db.Config.AccountTested(t.Context(), auditdb.Actor{}, b.account, true, ""))
	}
	_, err := b.deliver(t)
	require.Error(t, err)
	require.Empty(t, b.paused(t))
}

// In doubt and not repeatable: never sent again; what a look-up finds is sent,
// what it does not find stays unknown until a report comes.
func TestDeliver_InDoubtIsNeverSentAgain(t *testing.T) {
	timeout := &channel.Error{Class: channel.Uncertain, Code: "timeout"}
	b := answering(t, &provider{answers: []error{timeout}}, "one", "two")
	done, err := b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, activities.Delivered{Sent: 1, InDoubt: 1}, done)
	require.Equal(t, []string{"one unknown in_doubt", "two sent"}, b.statuses(t))

	found := answering(t, &provider{answers: []error{timeout}, found: []string{"SM1"}}, "one")
	done, err = found.deliver(t)
	require.NoError(t, err)
	require.Equal(t, activities.Delivered{Sent: 1}, done)
	require.Equal(t, []string{"one"}, found.p.sent)
}

func TestDeliver_CutOffBetweenClaimAndAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		safe bool
		sent int
		want string
	}{
		"repeatable provider": {true, 1, "one sent"},
		"any other":           {false, 0, "one unknown in_doubt"},
	} {
		t.Run(name, func(t *testing.T) {
			b := answering(t, &provider{safe: c.safe}, "one")
			b.begun(t) // the process dies here
			_, err := b.deliver(t)
			require.NoError(t, err)
			require.Len(t, b.p.sent, c.sent)
			require.Equal(t, []string{c.want}, b.statuses(t))
		})
	}
}

func TestDeliver_UncertainIsRepeatedWhereThatIsSafe(t *testing.T) {
	b := answering(t, &provider{safe: true, answers: []error{&channel.Error{Class: channel.Uncertain, Code: "timeout"}}}, "one")
	_, err := b.deliver(t)
	require.Error(t, err)
	_, err = b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, []string{"one", "one"}, b.p.sent)
	require.Equal(t, []string{"one sent"}, b.statuses(t))
}

func TestDeliver_OutOfTimeOrWindowFails(t *testing.T) {
	b := answering(t, &provider{}, "late", "shut")
	b.db.SQL.MustExec(`UPDATE message SET expires_at = now() - interval '1 s' WHERE text = 'late'`)
	b.db.SQL.MustExec(`UPDATE conversation SET last_inbound_at = now() - interval '24 hours'`)
	done, err := b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, 1, done.Failed)
	require.Empty(t, b.p.sent)
	require.Equal(t, []string{"late failed expired", "shut failed window_closed"}, b.statuses(t))
}

// T8: at the moment of sending the window is the same for what an agent wrote and
// for what the system says by itself.
func TestDeliver_WindowIsOneForAll(t *testing.T) {
	for ago, want := range map[string][]string{
		"23 hours 55 minutes": {"by an agent sent", "by itself sent"},
		"24 hours":            {"by an agent failed window_closed", "by itself failed window_closed"},
	} {
		b := answering(t, &provider{}, "by an agent", "by itself")
		b.db.SQL.MustExec(`UPDATE message SET automated = 'agent_joined', agent_id = NULL WHERE text = 'by itself'`)
		b.db.SQL.MustExec(`UPDATE conversation SET last_inbound_at = now() - $1::interval`, ago)
		_, err := b.deliver(t)
		require.NoError(t, err)
		require.Equal(t, want, b.statuses(t), ago)
	}
}

// What the provider approved is sent after the window too, and under its name
// there; any other template is a text like all others.
func TestDeliver_TemplateOutlivesTheWindow(t *testing.T) {
	for approves, want := range map[bool]string{true: "Hi Ada sent", false: "Hi Ada failed window_closed"} {
		b := answering(t, &provider{byName: approves}, "too late")
		made, err := b.db.Template.CreateTemplate(t.Context(), auditdb.Actor{}, templatedb.Template{Name: "hi", Channel: "line", DefaultLanguage: "en"})
		require.NoError(t, err)
		for i, sid := range []string{"HX1", ""} {
			_, err = b.db.Campaign.QueueMessage(t.Context(), campaigndb.NewOutbound{Conversation: b.conversation, Agent: b.agent, Key: fmt.Sprint("t", i), Text: "Hi Ada",
				Template: &templatedb.SentTemplate{ID: made.ID, ContentSID: sid, Variables: map[string]string{"1": "Ada"}}})
			require.NoError(t, err)
		}
		b.db.SQL.MustExec(`UPDATE conversation SET last_inbound_at = now() - interval '25 hours'`)
		_, err = b.deliver(t)
		require.NoError(t, err)
		require.Equal(t, []string{"too late failed window_closed", want, "Hi Ada failed window_closed"}, b.statuses(t))
		if approves {
			require.Equal(t, &channel.Template{ContentSID: "HX1", Variables: map[string]string{"1": "Ada"}}, b.p.last.Template)
		}
	}
}

// An error that reaches a history names no text, address or secret.
func TestDeliver_ErrorsTellNothingOfCustomers(t *testing.T) {
	b := answering(t, &provider{answers: []error{errors.New("dial +66812345678: the text was one")}}, "one")
	done, err := b.deliver(t)
	require.NoError(t, err, "what cannot be read is in doubt")
	require.Equal(t, 1, done.InDoubt)
	var detail string
	require.NoError(t, b.db.SQL.Get(&detail, `SELECT error_detail FROM message`))
	require.NotContains(t, detail, "+66812345678")
}
