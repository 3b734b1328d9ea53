package campaign

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
	"switchboard/dev/sandbox/twilio"
	"switchboard/test/rig"
)

// A campaign on WhatsApp goes out as the approved template with each recipient's
// own values, also to whom wrote never or long ago; whoever lacks a value is
// refused before anything is sent.
func TestCampaign_OnWhatsApp(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.address = p.addAddress("whatsapp", p.WhatsApp)
	content := p.Twilio.SetContent(twilio.Content{Name: "news_" + uuid.NewString()[:8], Language: "en", Status: "approved",
		Variables: map[string]string{"1": "Ada", "2": "7"}, Body: "Hello {{1}}, number {{2}}."})
	p.do(http.MethodPost, "/v1/accounts/"+p.TwilioAcct.String()+"/sync-templates", nil, nil)
	p.conf = p.configure(p.templateOf(content))
	const people = 60
	var contacts []obj
	var phones []*sandbox.Phone
	for i := range people {
		to := number()
		c := contact(to, i)
		c["channelid"], c["contextitems"] = "WhatsApp", obj{"1": rig.MarkText, "2": "seven"}
		if i == 0 {
			c["contextitems"] = obj{"1": rig.MarkText}
		}
		contacts, phones = append(contacts, c), append(phones, p.Twilio.WhatsApp(to, p.WhatsApp))
	}
	id := p.draft(nil, contacts)
	p.start(id)
	s := ends(t, id)
	require.Equal(t, []int{people - 1, 1, 0, 0}, []int{s.Progress.Sent, s.Progress.Refused, s.Progress.Failed, s.Progress.Unknown})
	require.Empty(t, phones[0].Received())
	for _, phone := range phones[1:] {
		got := phone.Received()
		require.Len(t, got, 1)
		require.Equal(t, "Hello "+rig.MarkText+", number seven.", got[0].Text)
	}
}

// templateOf is the template that was taken over from the provider's content.
func (p *place) templateOf(content string) uuid.UUID {
	p.t.Helper()
	var list struct {
		Items []struct {
			ID    uuid.UUID
			Texts []struct {
				ContentSID *string `json:"content_sid"`
			}
		}
	}
	p.do(http.MethodGet, "/v1/templates?channel=whatsapp&limit=200", nil, &list)
	for _, tmpl := range list.Items {
		for _, x := range tmpl.Texts {
			if x.ContentSID != nil && *x.ContentSID == content {
				return tmpl.ID
			}
		}
	}
	p.t.Fatalf("no template has content %s", content)
	return uuid.Nil
}
