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
	"switchboard/dev/sandbox"
	"switchboard/domain/campaign"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/configdb"
)

// lister is a provider whose list of messages is what the test says, look by look.
type lister struct {
	*provider
	lists [][]string
	errs  []error
	looks int
}

func (l *lister) Find(context.Context, channel.Account, channel.Outbound, time.Time) (channel.Receipt, bool, error) {
	n := l.looks
	l.looks++
	if n < len(l.errs) && l.errs[n] != nil {
		return channel.Receipt{}, false, l.errs[n]
	}
	if n < len(l.lists) {
		return channel.Receipt{IDs: l.lists[n]}, len(l.lists[n]) == 1, nil
	}
	return channel.Receipt{}, false, nil
}

func listing(t *testing.T, l *lister, texts ...string) *desk {
	t.Helper()
	b := answering(t, l.provider, texts...)
	b.d.Registry, b.d.LookAgain = channel.NewRegistry(l), time.Millisecond
	return b
}

// lines are what the thread tells the agents by itself.
func (b *desk) lines(t *testing.T) []string {
	got := []string{}
	require.NoError(t, b.db.SQL.Select(&got,
		`SELECT automated FROM message WHERE direction = 'internal' AND automated IS NOT NULL ORDER BY seq`))
	return got
}

func uncertain(code string) error { return &channel.Error{Class: channel.Uncertain, Code: code} }

// One failure of the provider loses no answer: what it answered to have failed
// with and does not list is sent again, once and in order.
func TestSeed_D3_AFailureOfTheProviderLosesNoAnswer(t *testing.T) {
	t.Parallel()
	away := &channel.Error{Class: channel.Unavailable, Code: "http_503"}
	for name, c := range map[string]struct {
		l     lister
		tries int // of the activity, until it is done
		want  []string
		sent  []string
		lines []string
	}{
		"500": {lister{provider: &provider{answers: []error{uncertain("http_500")}}}, 2,
			[]string{"one sent", "two sent"}, []string{"one", "one", "two"}, nil},
		"502 and 503": {lister{provider: &provider{answers: []error{uncertain("http_502"), uncertain("http_503")}}}, 3,
			[]string{"one sent", "two sent"}, []string{"one", "one", "one", "two"}, nil},
		"Twilio's own code": {lister{provider: &provider{answers: []error{uncertain("20500")}}}, 2,
			[]string{"one sent", "two sent"}, []string{"one", "one", "two"}, nil},
		"it was taken nevertheless": {lister{provider: &provider{answers: []error{uncertain("http_500")}}, lists: [][]string{{"SM1"}}}, 1,
			[]string{"one sent", "two sent"}, []string{"one", "two"}, nil},
		"listed late": {lister{provider: &provider{answers: []error{uncertain("http_500")}}, lists: [][]string{nil, nil, {"SM1"}}}, 1,
			[]string{"one sent", "two sent"}, []string{"one", "two"}, nil},
		"two fit": {lister{provider: &provider{answers: []error{uncertain("http_500")}}, lists: [][]string{{"SM1", "SM2"}}}, 1,
			[]string{"one unknown in_doubt", "two sent"}, []string{"one", "two"}, []string{"message_in_doubt"}},
		"the list fails, too": {lister{provider: &provider{answers: []error{uncertain("http_500")}}, errs: []error{away, away}}, 4,
			[]string{"one sent", "two sent"}, []string{"one", "one", "two"}, nil},
		"no answer, not listed": {lister{provider: &provider{answers: []error{uncertain("timeout")}}}, 1,
			[]string{"one unknown in_doubt", "two sent"}, []string{"one", "two"}, []string{"message_in_doubt"}},
		"no answer, and the list fails": {lister{provider: &provider{answers: []error{uncertain("broken")}}, errs: []error{away},
			lists: [][]string{nil, {"SM1"}}}, 2,
			[]string{"one sent", "two sent"}, []string{"one", "two"}, nil},
		"an answer that cannot be read": {lister{provider: &provider{answers: []error{uncertain("bad_answer")}}}, 1,
			[]string{"one unknown in_doubt", "two sent"}, []string{"one", "two"}, []string{"message_in_doubt"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := listing(t, &c.l, "one", "two")
			for try := range c.tries {
				_, err := b.deliver(t)
				require.Equal(t, try+1 == c.tries, err == nil, "try %d: %v", try, err)
			}
			require.Equal(t, c.want, b.statuses(t))
			require.Equal(t, c.sent, b.p.sent)
			require.ElementsMatch(t, c.lines, b.lines(t))
		})
	}
}

// A provider that fails until the time to send is over has not taken the answer,
// and the thread says so. While it cannot be asked nothing is known, which it says, too.
func TestSeed_D3_FailingUntilTheTimeIsOver(t *testing.T) {
	t.Parallel()
	fails := make([]error, 9)
	for i := range fails {
		fails[i] = uncertain("http_503")
	}
	for name, c := range map[string]struct {
		l    lister
		want string
		line string
	}{
		"and does not list it":  {lister{provider: &provider{answers: fails}}, "one failed expired", "message_not_sent"},
		"and cannot be asked":   {lister{provider: &provider{answers: fails}, errs: fails}, "one unknown in_doubt", "message_in_doubt"},
		"but took the last try": {lister{provider: &provider{answers: fails}, lists: [][]string{nil, nil, nil, nil, {"SM1"}}}, "one sent", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := listing(t, &c.l, "one")
			for range 2 {
				_, err := b.deliver(t)
				if c.line == "" && err == nil {
					break
				}
				require.Error(t, err)
			}
			b.db.SQL.MustExec(`UPDATE message SET expires_at = now() - interval '1 s'`)
			_, err := b.deliver(t)
			require.NoError(t, err)
			require.Equal(t, []string{c.want}, b.statuses(t))
			if c.line != "" {
				require.Equal(t, []string{c.line}, b.lines(t))
			}
		})
	}
}

// A process that dies after the provider's answer leaves what the next needs to
// know; one that dies before it leaves a doubt.
func TestSeed_D3_CutOffWhileInDoubt(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"http_503": "one sent", "": "one unknown in_doubt"} {
		l := &lister{provider: &provider{}}
		b := listing(t, l, "one")
		b.db.SQL.MustExec(`UPDATE message SET error_code = '429', error_class = 'throttled'`) // of an earlier try, which was not taken
		m := b.begun(t)
		if code != "" {
			require.NoError(t, b.db.Message.MessageProviderFailed(t.Context(), m.ID, channel.Uncertain, code))
		}
		_, err := b.deliver(t)
		if code != "" {
			require.Error(t, err, "it is put back")
			_, err = b.deliver(t)
		}
		require.NoError(t, err)
		require.Equal(t, []string{want}, b.statuses(t))
	}
}

// A reply that LINE failed with is repeated by its token, which works once.
func TestSeed_D3_LINERepliesAreRepeatedByTheirToken(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"500", "502", "503"} {
		b := overLINE(t, "one", "two")
		b.d.LookAgain = time.Millisecond
		b.says(t, "hello")
		b.fault(sandbox.Fault{Kind: kind, Times: 2})
		done, err := b.deliver(t)
		require.NoError(t, err)
		require.Equal(t, activities.Delivered{Sent: 2}, done)
		require.Equal(t, []string{"one sent", "two sent"}, b.statuses(t))
		b.once(t, "one")
		b.once(t, "two")
	}
}

// Answers in conversations whose account or widget was deleted are refused at
// once; those that wait fail, and the thread says so.
func TestSeed_D12_TheAccountWasDeleted(t *testing.T) {
	t.Parallel()
	b := answering(t, &provider{}, "one", "two", "three")
	b.begun(t)
	require.NoError(t, b.db.Config.DeleteAccount(t.Context(), auditdb.Actor{}, b.account))
	done, err := b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, activities.Delivered{Failed: 2, InDoubt: 1}, done)
	require.Empty(t, b.p.sent)
	require.Equal(t, []string{"one unknown in_doubt", "two failed account_removed", "three failed account_removed"}, b.statuses(t))
	require.Equal(t, []string{"message_in_doubt", "message_not_sent", "message_not_sent"}, b.lines(t))
	_, err = b.db.Campaign.QueueMessage(t.Context(), campaigndb.NewOutbound{Conversation: b.conversation, Agent: b.agent, Key: "k", Text: "again"})
	require.ErrorContains(t, err, campaigndb.RefusedAccountRemoved)
	_, err = b.deliver(t)
	require.NoError(t, err)
	require.Len(t, b.lines(t), 3)
}

// A campaign whose account is deleted while it runs pauses; its range is left.
func TestSeed_D12_TheAccountOfACampaignWasDeleted(t *testing.T) {
	t.Parallel()
	s := campaignOverLINE(t)
	require.NoError(t, s.db.Config.DeleteAccount(t.Context(), auditdb.Actor{}, s.account))
	out := s.send(t)
	require.True(t, out.Left)
	require.Equal(t, campaign.Paused, out.State)
	var status string
	require.NoError(t, s.db.SQL.Get(&status, `SELECT status FROM campaign_recipient`))
	require.Equal(t, "pending", status)
}

// What comes beside an error of the account must not be lost among others.
func TestSeed_D12_OtherErrorsOfTheAccountAreTriedAgain(t *testing.T) {
	t.Parallel()
	b := answering(t, &provider{}, "one")
	b.d.Accounts = failing{}
	_, err := b.deliver(t)
	require.Error(t, err)
	require.Equal(t, []string{"one queued"}, b.statuses(t))
}

type failing struct{}

func (failing) AccountForSend(context.Context, uuid.UUID) (configdb.Account, error) {
	return configdb.Account{}, errors.New("the database is away")
}

// Nothing is asked of a provider for an account that was deleted, and nothing is
// tried again for it.
func TestSeed_D12_ProfilesOfADeletedAccount(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	s.db.SQL.MustExec(`UPDATE account SET deleted_at = now()`)
	p := &profiler{profile: channel.Profile{Name: "Nok"}}
	require.NoError(t, s.ask(t, p))
	require.Empty(t, p.asked)
}
