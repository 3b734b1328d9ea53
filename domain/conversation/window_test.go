package conversation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "switchboard/domain/conversation"
)

func refusal(t *testing.T, err error) string {
	t.Helper()
	var r *Refusal
	require.ErrorAs(t, err, &r)
	return r.Code
}

func TestReplyWindow_EdgeIsExact(t *testing.T) {
	t.Parallel()
	s, ann := in(Active), Sending{Agent: "ann"}
	inside, edge := now.Add(24*time.Hour-100*time.Millisecond), now.Add(24*time.Hour)
	require.NoError(t, s.MaySend(ann, inside))
	require.Equal(t, WindowClosed, refusal(t, s.MaySend(ann, edge)))
	require.NoError(t, s.MaySend(Sending{Agent: "ann", Template: true}, edge))
	require.NoError(t, s.Passes(Sending{Automated: true}, inside))
	require.Equal(t, WindowClosed, refusal(t, s.Passes(Sending{Automated: true}, edge)))
	require.Equal(t, NotPrimary, refusal(t, s.MaySend(Sending{Agent: "ben"}, now)))
	require.Equal(t, ReplyWindow{Open: true, ClosesAt: edge, Allowed: []Mode{Text, Template}}, s.ReplyWindow(inside))
	require.Equal(t, ReplyWindow{ClosesAt: edge, Allowed: []Mode{Template}}, s.ReplyWindow(edge))
}

// The reply windows of all channels.
func TestReplyWindow_PerChannel(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	at := func(p Policy, sent int, d time.Duration) ReplyWindow {
		return State{InboundAt: now, Sent: sent, Policy: p}.ReplyWindow(now.Add(d))
	}
	sms := Policy{}
	require.Equal(t, ReplyWindow{Open: true, Allowed: []Mode{Text}}, at(sms, 9, 1000*day), "SMS and LINE have none")

	messenger := Policy{Window: day, HumanWindow: 7 * day}
	require.True(t, at(messenger, 0, day-1).Open)
	require.Equal(t, []Mode{Human}, at(messenger, 0, day).Allowed)
	require.Equal(t, []Mode{Human}, at(messenger, 0, 7*day-1).Allowed)
	require.Empty(t, at(messenger, 0, 7*day).Allowed)
	s := State{Phase: Active, Agent: "ann", InboundAt: now, Policy: messenger}
	require.NoError(t, s.MaySend(Sending{Agent: "ann"}, now.Add(2*day)))
	require.Equal(t, WindowClosed, refusal(t, s.Passes(Sending{Automated: true}, now.Add(2*day))), "not for machines")

	wechat := Policy{Window: 48 * time.Hour, WindowMessages: 5}
	require.Equal(t, 5, *at(wechat, 0, 0).Remaining)
	require.Equal(t, 1, *at(wechat, 4, day).Remaining)
	require.False(t, at(wechat, 5, day).Open)
	require.False(t, at(wechat, 0, 2*day).Open)
	require.False(t, State{Policy: wechat}.ReplyWindow(now).Open, "who never wrote has no window")
}

func TestReplyWindow_IsAnnouncedOnceEach(t *testing.T) {
	t.Parallel()
	s := in(Active)
	s.Policy.ActiveTimeout = 0
	var told []string
	due := func() time.Time {
		at, kind := s.Deadline()
		next, e, err := Apply(s, Command{Kind: kind}, at)
		require.NoError(t, err)
		s, told = next, append(told, e.Event)
		return at
	}
	require.Equal(t, now.Add(23*time.Hour), due())
	require.Equal(t, now.Add(24*time.Hour), due())
	at, _ := s.Deadline()
	require.Zero(t, at)

	s, e, err := Apply(s, Command{Kind: Write, Seq: 6, At: now.Add(30 * time.Hour)}, now.Add(30*time.Hour))
	require.NoError(t, err)
	require.Equal(t, "window_opened", e.Event)
	require.Equal(t, []string{"window_closing", "window_closed"}, told)
	at, kind := s.Deadline()
	require.Equal(t, WindowSoon, kind)
	require.Equal(t, now.Add(53*time.Hour), at)

	s = in(Active)
	s.Policy.WindowNotice = 0
	_, kind = s.Deadline()
	require.Equal(t, Idle, kind, "switched off")
}
