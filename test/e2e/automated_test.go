package e2e

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

func admin(t *testing.T, method, path string, in, out any) {
	t.Helper()
	_, err := shared.Admin.Do(t.Context(), method, path, in, out)
	require.NoError(t, err)
}

func automated(t *testing.T, s *rig.Site, trigger string, texts map[string]string) {
	t.Helper()
	in := map[string]any{"trigger": trigger, "workstream_id": s.Workstream, "enabled": true}
	if texts != nil {
		in["texts"] = texts
	}
	admin(t, http.MethodPut, "/v1/automated-messages", in, nil)
}

// Everybody is greeted in their language, or else in the address's; what a text
// has no value for is left out, braces and all.
func TestAutomated_FourLanguagesWithFallback(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	automated(t, site, "greeting", nil)
	automated(t, site, "agent_joined", map[string]string{"nl": "{AgentName} helpt u, {CustomerName}. {QueueName}", "en": "{AgentName} helps you."})
	admin(t, http.MethodPost, "/v1/accounts/"+site.TwilioAcct.String()+"/addresses",
		map[string]any{"channel": "sms", "address": site.SMS, "workstream_id": site.Workstream, "language": "nl"}, nil)
	greeting := map[string]string{"en": "Thank you", "nl": "Bedankt", "fi": "Kiitos", "et": "Täname", "sv": "Bedankt", "": "Bedankt"}
	phones := map[string]*sandbox.Phone{}
	for lang, begins := range greeting {
		n := number()
		if lang != "" {
			admin(t, http.MethodPost, "/v1/contacts", map[string]any{"name": markText, "phone": n, "language": lang}, nil)
		}
		phones[lang] = site.Twilio.SMS(n, site.SMS)
		say(t, phones[lang], said("hello"))
		_, err := phones[lang].Await(t.Context(), func(m sandbox.Message) bool { return len(m.Text) > len(begins) && m.Text[:len(begins)] == begins })
		require.NoError(t, err, "%q is greeted with %q", lang, begins)
	}
	ann := newAgent(t, site, 10)
	for range phones {
		var seen []uuid.UUID
		ann.acceptWhere(t, func(id uuid.UUID) bool {
			c, err := ann.Conversation(t.Context(), id)
			for _, s := range seen {
				if s == id {
					return false
				}
			}
			seen = append(seen, id)
			return err == nil && c.State == "open"
		})
	}
	for lang, phone := range phones {
		joined := " helpt u"
		if lang == "en" {
			joined = " helps you."
		}
		want := markText + joined
		if lang == "fi" || lang == "et" {
			want = markText + map[string]string{"fi": " on liittynyt keskusteluun.", "et": " liitus vestlusega."}[lang]
		}
		_, err := phone.Await(t.Context(), func(m sandbox.Message) bool { return len(m.Text) >= len(want) && m.Text[:len(want)] == want })
		require.NoError(t, err, "%q hears %q", lang, want)
		for _, m := range phone.Received() {
			require.NotContains(t, m.Text, "{")
			require.NotContains(t, m.Text, "}")
		}
	}
}

// What customers may not send is refused with a message to them and the agents.
func TestAutomated_FilesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings map[string]any
		code     string
		says     string
	}{
		"off":       {map[string]any{"customer_files": false}, "files_off", "Files cannot be sent here."},
		"too large": {map[string]any{"max_file_bytes": 50}, "file_too_large", "The file is too large. Files may have at most 50 bytes."},
		"blocked":   {map[string]any{"blocked_files": []string{"image/*"}}, "file_blocked", "Files of this type (image/png) cannot be accepted."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, c.settings)
			ann, customer := newAgent(t, site, 3), site.LINE.User(userID())
			sent, err := customer.SendsMedia(t.Context(), "image/png", picture(t), markText+".png")
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, sent.Status)
			conv := ann.accept(t)
			_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return len(m.Text) >= len(c.says) && m.Text[:len(c.says)] == c.says })
			require.NoError(t, err)
			m := ann.awaitMessage(t, conv, "the file is refused", func(m apiclient.Message) bool { return len(m.Attachments) == 1 && m.Attachments[0].State == "failed" })
			require.Equal(t, c.code, m.Attachments[0].ErrorCode)
			ann.awaitMessage(t, conv, "and the agent sees why", func(m apiclient.Message) bool { return m.Automated != nil && *m.Automated == c.code })
			if name == "blocked" {
				_, err = ann.Upload(t.Context(), conv, "x.png", "image/png", picture(t))
				require.Equal(t, http.StatusUnsupportedMediaType, refusal(t, err).Status)
			}
		})
	}
}

// A message that does not arrive is told to the agent in the thread.
func TestAutomated_FailureIsTold(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann, customer := newAgent(t, site, 3), site.Twilio.SMS(number(), site.SMS)
	say(t, customer, said("hello"))
	conv := ann.accept(t)
	customer.Blocks(true)
	_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), said("answer"))
	require.NoError(t, err)
	m := ann.awaitMessage(t, conv, "the failure is told", func(m apiclient.Message) bool { return m.Automated != nil && *m.Automated == "message_not_sent" })
	require.Equal(t, "internal", m.Direction)
}

// Answers leave through the identity of their conversation, whoever the contacts
// were merged into (T19).
func TestIdentity_AnswersStayWithTheirConversation(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 5)
	var contacts [2]struct{ ID uuid.UUID }
	var phones [2]*sandbox.Phone
	var convs [2]uuid.UUID
	for i := range phones {
		n := number()
		admin(t, http.MethodPost, "/v1/contacts", map[string]any{"name": markText, "phone": n}, &contacts[i])
		phones[i] = site.Twilio.SMS(n, site.SMS)
		say(t, phones[i], said("hello"))
		convs[i] = ann.acceptWhere(t, func(id uuid.UUID) bool { return id != convs[0] })
	}
	admin(t, http.MethodPost, "/v1/contacts/"+contacts[0].ID.String()+"/merge", map[string]any{"from": contacts[1].ID}, nil)
	var timeline struct{ Items []apiclient.Conversation }
	admin(t, http.MethodGet, "/v1/contacts/"+contacts[0].ID.String()+"/conversations", nil, &timeline)
	require.Len(t, timeline.Items, 2, "both numbers are one person now")
	for i, conv := range convs {
		text := ann.answer(t, conv)
		_, err := phones[i].Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
		require.NoError(t, err)
		require.Zero(t, phones[1-i].Count(text))
	}
	var merges struct{ Items []struct{ ID uuid.UUID } }
	admin(t, http.MethodGet, "/v1/contacts/"+contacts[0].ID.String()+"/merges", nil, &merges)
	require.Len(t, merges.Items, 1)
	admin(t, http.MethodPost, "/v1/contact-merges/"+merges.Items[0].ID.String()+"/revert", nil, nil)
	admin(t, http.MethodGet, "/v1/contacts/"+contacts[0].ID.String()+"/conversations", nil, &timeline)
	require.Len(t, timeline.Items, 1, "and two again")
}
