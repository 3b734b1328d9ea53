package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

func addMeta(t *testing.T, s *rig.Site, hook string) *rig.Meta {
	t.Helper()
	m, err := s.AddMeta(t.Context(), int(sites.Add(1)), hook)
	require.NoError(t, err)
	return m
}

// psid is a new customer of a page.
func psid() string { return strconv.Itoa(2_000_000_000_000 + int(people.Add(1))) }

// From Meta's question whether the address is ours, over a whole conversation, to
// the next one.
func TestScenario_Meta(t *testing.T) {
	t.Parallel()
	for name, phone := range map[string]func(*rig.Meta) (*sandbox.Phone, string){
		"messenger":      func(m *rig.Meta) (*sandbox.Phone, string) { return m.Page.Person(psid()), m.PageHook },
		"whatsapp_cloud": func(m *rig.Meta) (*sandbox.Phone, string) { return m.Number.Person(number()), m.NumHook },
		"without number": func(m *rig.Meta) (*sandbox.Phone, string) {
			return m.Number.Person(fmt.Sprintf("NL.%d", people.Add(1))), m.NumHook
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, nil)
			meta := addMeta(t, site, "")
			ann := newAgent(t, site, 3)
			customer, hook := phone(meta)
			customer.Named(markText + " customer")
			handshake(t, hook, meta.Verify)

			first := said("hello")
			say(t, customer, first)
			conv := ann.accept(t)
			require.Equal(t, first, ann.thread(t, conv)[0].Text)
			pictureComesIn(t, ann, customer, conv)
			pictureGoesOut(t, ann, customer, conv, name)
			buttonIsTapped(t, ann, customer, conv)
			require.NoError(t, customer.Reads(t.Context()))
			eventually(t, "all answers are read", func() bool {
				for _, m := range ann.thread(t, conv) {
					if m.Direction == "out" && m.StatusText() != "read" {
						return false
					}
				}
				return true
			})
			require.NoError(t, ann.Command(t.Context(), conv, "end", "", nil))
			require.NoError(t, ann.Command(t.Context(), conv, "close", "", nil))
			say(t, customer, said("again"))
			next := ann.acceptWhere(t, func(id uuid.UUID) bool { return id != conv })
			c, err := ann.Conversation(t.Context(), next)
			require.NoError(t, err)
			require.Equal(t, uuid.NullUUID{UUID: conv, Valid: true}, c.PreviousID)
		})
	}
}

// handshake asks as Meta's console does: whoever knows the word gets the challenge,
// and nobody else learns anything.
func handshake(t *testing.T, hook, word string) {
	t.Helper()
	ask := func(token string) (int, string, string) {
		q := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"<1158201444>"}, "hub.verify_token": {token}}
		resp, err := http.Get(hook + "?" + q.Encode()) //nolint:noctx // of a test
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, resp.Header.Get("Content-Type"), string(body)
	}
	status, kind, body := ask(word)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, kind, "text/plain")
	require.Equal(t, "<1158201444>", body)
	status, _, body = ask("wrong")
	require.Equal(t, http.StatusForbidden, status)
	require.Empty(t, body)
}

func buttonIsTapped(t *testing.T, ann *agent, customer *sandbox.Phone, conv uuid.UUID) {
	t.Helper()
	text := said("is that all?")
	_, err := ann.Do(t.Context(), http.MethodPost, "/v1/conversations/"+conv.String()+"/messages", map[string]any{
		"text": text, "buttons": []map[string]string{{"title": "Yes", "value": "all-yes"}, {"title": "No", "value": "all-no"}}},
		nil, "Idempotency-Key", uuid.NewString())
	require.NoError(t, err)
	_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
	_, err = customer.TapsButton(t.Context(), "Yes", "all-yes")
	require.NoError(t, err)
	ann.awaitMessage(t, conv, "the tap arrives", func(m apiclient.Message) bool { return m.Direction == "in" && m.Type == "postback" && m.Text == "Yes" })
}

// Pages of one app share its callback address: each customer comes to the page
// that they wrote to. A page of another app, whose secret is another, does not.
func TestMeta_PagesShareAnAddress(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	first := addMeta(t, site, "")
	second := addMeta(t, site, first.PageHook)
	ann := newAgent(t, site, 5)
	text := said("to the second page")
	customer := second.Page.Person(psid())
	say(t, customer, text)
	conv := ann.accept(t)
	require.Equal(t, text, ann.thread(t, conv)[0].Text)
	require.Equal(t, 1, count(t, `SELECT count(*) FROM conversation WHERE id = $1 AND account_id = $2`, conv, second.PageAcct))
	answer := said("from the second page")
	_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), answer)
	require.NoError(t, err)
	_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == answer })
	require.NoError(t, err)

	// What was answered in the page's own inbox is shown, once.
	elsewhere := said("from the inbox")
	sent, err := second.Page.Elsewhere(t.Context(), customer, elsewhere)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, sent.Status)
	ann.awaitMessage(t, conv, "the answer from elsewhere", func(m apiclient.Message) bool { return m.Direction == "out" && m.Text == elsewhere })
	_, err = shared.Sandbox.Redeliver(t.Context(), sent.EventID)
	require.NoError(t, err)
	require.Equal(t, 1, count(t, `SELECT count(*) FROM message WHERE text = $1`, elsewhere))

	stranger := newSite(t, nil)
	other, err := stranger.AddMeta(t.Context(), int(sites.Add(1)), first.PageHook)
	require.NoError(t, err)
	refused, err := other.Page.Person(psid()).Says(t.Context(), said("to a page of another app"))
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, refused.Status)
}
