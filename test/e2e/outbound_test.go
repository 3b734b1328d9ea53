package e2e

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
)

func rank(status string) int {
	return map[string]int{"queued": 1, "sending": 2, "unknown": 2, "sent": 3, "failed": 4, "delivered": 5, "read": 6}[status]
}

// T6: reports in any order, and twice, never turn a status back, neither in the
// row nor on the event stream.
func TestOutbound_StatusOnlyMovesForward(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 3)
	customer := site.Twilio.WhatsApp(number(), site.WhatsApp)
	say(t, customer, said("hi"))
	conv := ann.accept(t)
	for _, order := range []string{"reverse", "twice", "forward"} {
		site.Twilio.HoldReceipts(true)
		text := said(order)
		m, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
		require.NoError(t, err)
		_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
		require.NoError(t, err)
		require.NoError(t, customer.Reads(t.Context()))
		require.NoError(t, site.Twilio.FlushReceipts(t.Context(), order))
		site.Twilio.HoldReceipts(false)
		ann.awaitMessage(t, conv, "it was read", func(got apiclient.Message) bool { return got.ID == m.ID && got.StatusText() == "read" })
		ann.await(t, "it was read, live", func(e apiclient.Event) bool { return e.Message.UUID == m.ID && statusOf(e) == "read" })
		ann.mu.Lock()
		last := 0
		for _, e := range ann.events {
			if s := statusOf(e); s != "" && e.Message.UUID == m.ID {
				require.GreaterOrEqual(t, rank(s), last, "status went back to %s", s)
				last = rank(s)
			}
		}
		ann.mu.Unlock()
	}
}

// statusOf is the status that an event shows, "" if none.
func statusOf(e apiclient.Event) string { return e.Row().StatusText() }

// A provider that answers 429, fails, or hangs after taking the message does not
// make it arrive twice, and what was not taken arrives in the end.
func TestOutbound_ProviderFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  sandbox.Fault
		line   string // status in the end
		twilio string
	}{
		"throttled":          {sandbox.Fault{Kind: "429", Times: 2}, "sent", "delivered"},
		"dropped when taken": {sandbox.Fault{Kind: "drop_after_accept", Times: 1}, "sent", "delivered"},
		"unavailable":        {sandbox.Fault{Kind: "503", Times: 1}, "sent", "delivered"},
		"failing for longer": {sandbox.Fault{Kind: "500", Times: 3}, "sent", "delivered"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, nil)
			ann := newAgent(t, site, 5)
			for channel, wanted := range map[string]string{"line": c.line, "sms": c.twilio} {
				customer := channels()[channel](site)
				say(t, customer, said("hi"))
				served := map[uuid.UUID]bool{}
				mine, err := ann.Conversations(t.Context(), "mine")
				require.NoError(t, err)
				for _, m := range mine {
					served[m.ID] = m.State == "active"
				}
				conv := ann.acceptWhere(t, func(id uuid.UUID) bool { return !served[id] })
				if channel == "line" { // spend the reply token, so that the next is a push
					_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), said("token"))
					require.NoError(t, err)
					eventually(t, "the reply is there", func() bool { return len(customer.Received()) == 1 })
				}
				account := map[string]string{"line": site.LINEID, "sms": site.TwilioID}[channel]
				shared.Sandbox.Fault(account, c.fault)
				text := said("through faults")
				m, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
				require.NoError(t, err)
				ann.awaitMessage(t, conv, "it is "+wanted, func(got apiclient.Message) bool { return got.ID == m.ID && got.StatusText() == wanted })
				n := 0
				for _, got := range customer.Received() {
					if got.Text == text {
						n++
					}
				}
				require.Equal(t, 1, n, "on %s", channel)
				shared.Sandbox.ClearFaults(account)
			}
		})
	}
}

// Refused credentials pause the account and tell; a test that succeeds lets the
// message go.
func TestOutbound_BadCredentialsPauseTheAccount(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 3)
	customer := site.Twilio.SMS(number(), site.SMS)
	say(t, customer, said("hi"))
	conv := ann.accept(t)
	shared.Sandbox.Fault(site.TwilioID, sandbox.Fault{Kind: "refuse_auth"})
	text := said("waits")
	_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
	require.NoError(t, err)
	path := "/v1/accounts/" + site.TwilioAcct.String()
	eventually(t, "the account is paused", func() bool {
		var a struct {
			PausedCode *string `json:"paused_code"`
		}
		_, err := shared.Admin.Do(t.Context(), http.MethodGet, path, nil, &a)
		require.NoError(t, err)
		return a.PausedCode != nil
	})
	shared.Sandbox.ClearFaults(site.TwilioID)
	var tested struct{ OK bool }
	_, err = shared.Admin.Do(t.Context(), http.MethodPost, path+"/test", nil, &tested)
	require.NoError(t, err)
	require.True(t, tested.OK)
	_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
}
