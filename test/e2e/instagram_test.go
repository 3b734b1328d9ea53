package e2e

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/dev/sandbox/core"
)

// Over a whole conversation: Meta's question, texts, pictures both ways, buttons, an
// answer to a story, read marks, and what was answered on the phone.
func TestScenario_Instagram(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	account, err := site.AddInstagram(t.Context(), int(sites.Add(1)))
	require.NoError(t, err)
	ann := newAgent(t, site, 3)
	customer := account.Profile.Person(psid())
	customer.Named(markText + " customer")
	handshake(t, account.Hook, account.Verify)
	var tested struct{ OK bool }
	_, err = shared.Admin.Do(t.Context(), http.MethodPost, "/v1/accounts/"+account.Acct.String()+"/test", nil, &tested)
	require.NoError(t, err)
	require.True(t, tested.OK)

	first := said("hello")
	say(t, customer, first)
	conv := ann.accept(t)
	require.Equal(t, first, ann.thread(t, conv)[0].Text)
	pictureComesIn(t, ann, customer, conv)
	pictureGoesOut(t, ann, customer, conv, "instagram")
	buttonIsTapped(t, ann, customer, conv)

	data := picture(t)
	kept, err := shared.Sandbox.KeepBlob(data)
	require.NoError(t, err)
	about := said("how much is it?")
	_, err = account.Profile.Replies(t.Context(), customer, core.MediaSeen{ContentType: "image/png", Size: int64(len(data)), SHA256: kept}, about)
	require.NoError(t, err)
	ann.awaitMessage(t, conv, "the story is kept beside what was said about it", func(m apiclient.Message) bool {
		return m.Text == about && len(m.Attachments) == 1 && m.Attachments[0].State == "stored"
	})

	text := said("both")
	file, err := ann.Upload(t.Context(), conv, markText+".png", "image/png", data)
	require.NoError(t, err)
	_, _, err = ann.Answer(t.Context(), conv, uuid.NewString(), text, file)
	require.NoError(t, err)
	_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
	elsewhere := said("from the phone")
	sent, err := account.Profile.Elsewhere(t.Context(), customer, elsewhere)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, sent.Status)
	ann.awaitMessage(t, conv, "the answer from elsewhere", func(m apiclient.Message) bool { return m.Direction == "out" && m.Text == elsewhere })
	require.NoError(t, shared.Sandbox.Settle(t.Context()))

	require.NoError(t, customer.Reads(t.Context()))
	eventually(t, "all answers are read", func() bool {
		for _, m := range ann.thread(t, conv) {
			if m.Direction == "out" && m.StatusText() != "read" {
				return false
			}
		}
		return true
	})
	require.Equal(t, 5, count(t, `SELECT count(*) FROM message WHERE conversation_id = $1 AND direction = 'out'`, conv),
		"two texts, a picture, both, and the one from the phone: echoes of ours are no messages")
}
