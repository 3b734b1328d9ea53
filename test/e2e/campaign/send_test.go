package campaign

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

type answer struct {
	ID      uuid.UUID
	Results []struct{ Tocontactid, Status, Code string }
}

// One request's contacts are accepted or refused by themselves, those accepted
// get their message once, in their language, and a repeated key sends nothing.
func TestSend_EachContactByItself(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.do(http.MethodPut, "/v1/templates/"+p.template.String()+"/texts/nl", obj{"text": rig.MarkText + " dag {Name}, nummer {N}"}, nil)
	ann, ben, cas := number(), number(), number()
	dutch, noConsent, gap, bad := contact(ben, 2), contact(cas, 3), contact(number(), 4), contact("12", 5)
	dutch["locale"] = "nl-BE"
	delete(noConsent, "optin")
	noConsent["option"] = false
	gap["contextitems"] = obj{"Name": "x"}
	in := obj{"contacts": []obj{contact(ann, 1), dutch, noConsent, gap, bad, contact(ann, 1)}}
	path := "/v1/outbound/" + p.conf.String() + "/messages"
	var out, again answer
	p.do(http.MethodPost, path, in, &out, "Idempotency-Key", "k1")
	codes := []string{}
	for _, r := range out.Results {
		codes = append(codes, r.Status+r.Code)
	}
	require.Equal(t, []string{"accepted", "accepted", "refusedno_consent", "refusedmissing_placeholder", "refusedinvalid_address", "refusedduplicate"}, codes)
	p.do(http.MethodPost, path, in, &again, "Idempotency-Key", "k1")
	require.Equal(t, out, again)
	_, err := shared.Admin.Do(t.Context(), http.MethodPost, path, obj{"contacts": []obj{contact(ben, 9)}}, nil, "Idempotency-Key", "k1")
	var refused *apiclient.Refused
	require.True(t, errors.As(err, &refused))
	require.Equal(t, "idempotency_key_reused", refused.Code)

	s := ends(t, out.ID)
	require.Equal(t, 2, s.Progress.Sent)
	for to, text := range map[string]string{ann: "hello", ben: "dag"} {
		got := p.Twilio.SMS(to, p.SMS).Received()
		require.Len(t, got, 1)
		require.Contains(t, got[0].Text, text)
	}
	require.Empty(t, p.Twilio.SMS(cas, p.SMS).Received())
	eventually(t, "delivery is reported", func() bool { s, ok := stands(t, out.ID); return ok && s.Progress.Delivered == 2 })
}

// Pause stops it, what was changed meanwhile changes nothing, resume sends the
// rest, cancel ends it.
func TestCampaign_Steered(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var contacts []obj
	var phones []*sandbox.Phone
	for i := range 400 {
		to := number()
		contacts = append(contacts, contact(to, i))
		phones = append(phones, p.Twilio.SMS(to, p.SMS))
	}
	id := p.draft(obj{"rate": 100}, contacts)
	path := "/v1/campaigns/" + id.String()
	p.start(id)
	received := func() int {
		n := 0
		for _, ph := range phones {
			n += len(ph.Received())
		}
		return n
	}
	eventually(t, "some were sent", func() bool { return received() > 20 })
	p.do(http.MethodPost, path+"/pause", nil, nil)
	var s state
	eventually(t, "what was under way is written down", func() bool {
		s, _ = stands(t, id)
		return s.Progress.Sent == received() && count(t, `SELECT count(*) FROM campaign_recipient WHERE campaign_id = $1 AND status = 'sending'`, id) == 0
	})
	require.Equal(t, "paused", s.State)
	require.Equal(t, "by_hand", s.PauseReason)
	require.Less(t, s.Progress.Sent, 400)
	p.do(http.MethodPut, "/v1/templates/"+p.template.String()+"/texts/en", obj{"text": rig.MarkText + " changed {Name} {N}"}, nil)
	p.do(http.MethodPatch, path, obj{"rate": nil}, nil)
	p.do(http.MethodPost, path+"/resume", nil, nil)
	s = ends(t, id)
	require.Equal(t, 400, s.Progress.Sent)
	for i, ph := range phones {
		got := ph.Received()
		require.Len(t, got, 1)
		require.Equal(t, fmt.Sprintf(rig.MarkText+" hello "+rig.MarkText+"-name, number %d", i), got[0].Text)
	}
	_, err := shared.Admin.Do(t.Context(), http.MethodPost, path+"/cancel", nil, nil)
	require.Error(t, err)
}

func count(t *testing.T, query string, args ...any) int {
	t.Helper()
	n, err := shared.Count(t.Context(), query, args...)
	require.NoError(t, err)
	return n
}
