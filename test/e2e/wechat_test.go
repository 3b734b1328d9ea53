package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

func addWeChat(t *testing.T, s *rig.Site, encrypted bool) (*rig.WeChat, *sandbox.Phone) {
	t.Helper()
	w, err := s.AddWeChat(t.Context(), int(sites.Add(1)), encrypted)
	require.NoError(t, err)
	return w, w.Official.Person(fmt.Sprintf("oFs3Wt6fHc1-mKxQyP%010d", people.Add(1)))
}

// Over a whole conversation, in both modes: WeChat's question, texts, pictures
// both ways, buttons, five answers, and the next message that allows five more.
func TestScenario_WeChat(t *testing.T) {
	t.Parallel()
	for name, encrypted := range map[string]bool{"plain": false, "encrypted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, nil)
			wechat, customer := addWeChat(t, site, encrypted)
			customer.Named(markText + " customer")
			ann := newAgent(t, site, 3)
			ours, err := wechat.Official.Asks(t.Context())
			require.NoError(t, err)
			require.True(t, ours, "the question whether the address is ours")

			first := said("你好")
			sent, err := customer.Says(t.Context(), first)
			require.NoError(t, err)
			require.Equal(t, "success", sent.Body, "anything else tells the customer that the account is out of service")
			again, err := shared.Sandbox.Redeliver(t.Context(), sent.EventID)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, again.Status)
			conv := ann.accept(t)
			require.Len(t, ann.thread(t, conv), 1, "WeChat repeats what was not answered in time")
			require.Equal(t, first, ann.thread(t, conv)[0].Text)
			pictureComesIn(t, ann, customer, conv)
			pictureGoesOut(t, ann, customer, conv, name)
			buttonIsTapped(t, ann, customer, conv)

			wechat.Official.EndToken()
			for range 5 {
				answered(t, ann, customer, conv)
			}
			_, _, err = ann.Answer(t.Context(), conv, uuid.NewString(), said("one too many"))
			var refused *apiclient.Refused
			require.ErrorAs(t, err, &refused)
			require.Equal(t, http.StatusConflict, refused.Status, "refused before WeChat is asked")
			say(t, customer, said("and now?"))
			answered(t, ann, customer, conv)

			require.NoError(t, customer.CloseWindow())
			late, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), said("late"))
			require.NoError(t, err)
			m := ann.awaitMessage(t, conv, "WeChat refuses it", func(m apiclient.Message) bool { return m.ID == late.ID && m.StatusText() == "failed" })
			require.Equal(t, late.Text, m.Text)
		})
	}
}

// answered sends an answer and waits until it is on the phone.
func answered(t *testing.T, ann *agent, customer *sandbox.Phone, conv uuid.UUID) {
	t.Helper()
	text := said("answer")
	m, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
	require.NoError(t, err)
	_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
	ann.awaitMessage(t, conv, "it was taken", func(got apiclient.Message) bool { return got.ID == m.ID && got.StatusText() == "sent" })
}

// WeChat knows no message again and cannot be asked for one. What may have been
// taken is not sent twice; what was not taken goes out.
func TestWeChat_Faults(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{"drop_after_accept": "unknown", "502": "unknown", "500": "sent"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, nil)
			wechat, customer := addWeChat(t, site, true)
			ann := newAgent(t, site, 3)
			say(t, customer, said("hello"))
			conv := ann.accept(t)
			fault := sandbox.Fault{Kind: kind, Times: 1}
			shared.Sandbox.Fault(wechat.AppID, fault)
			text := said("through a fault")
			m, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
			require.NoError(t, err)
			ann.awaitMessage(t, conv, "it is "+want, func(got apiclient.Message) bool { return got.ID == m.ID && got.StatusText() == want })
			require.Equal(t, kind != "502", customer.Count(text) == 1)
			require.Less(t, customer.Count(text), 2)
		})
	}
}

// A menu is how many customers begin; who leaves is written to no more.
func TestWeChat_MenuAndFollowing(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	wechat, customer := addWeChat(t, site, true)
	ann := newAgent(t, site, 3)
	_, err := customer.Follows(t.Context())
	require.NoError(t, err)
	_, err = wechat.Official.Clicks(t.Context(), customer, "AGENT")
	require.NoError(t, err)
	conv := ann.accept(t)
	require.Equal(t, "postback", ann.thread(t, conv)[0].Type)
	say(t, customer, said("hello"))
	answered(t, ann, customer, conv)
	_, err = customer.Unfollows(t.Context())
	require.NoError(t, err)
	_, _, err = ann.Answer(t.Context(), conv, uuid.NewString(), said("are you there?"))
	var refused *apiclient.Refused
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusConflict, refused.Status, "WeChat would refuse it")
}
