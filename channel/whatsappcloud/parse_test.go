package whatsappcloud

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

func TestVerify_Vectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t).Signatures {
		if v.Kind == "" && v.Header == "" {
			require.Equal(t, v.Valid, New().Verify(account(v.Secret), hook(t, v.Body, v.Signature)) == nil, v.ID)
		}
	}
	for _, s := range vectors(t).Inbound {
		err := New().Verify(account(s.Secret), hook(t, s.Request.Body, s.Request.Headers["x-hub-signature-256"]))
		require.Equal(t, s.ID != "bad-signature", err == nil, s.ID)
	}
}

func TestHandshake_Vectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t).Handshake {
		a := account("s")
		a.Secrets["verify_token"] = v.Token
		got, handled, err := New().Handshake(a, at1(t, http.MethodGet, v.Request.URL))
		require.True(t, handled)
		require.Equal(t, v.Expect.Status == http.StatusOK, err == nil, v.ID)
		if v.Expect.Body != "" {
			require.Equal(t, v.Expect.Body, string(got.Body))
		}
	}
}

// expected are the kinds of events and their types, by sample.
func expected() map[string][2]string {
	message := string(channel.KindMessage)
	return map[string][2]string{
		"text": {message, "text"}, "text-reply-context": {message, "text"}, "text-ad-referral": {message, "text"}, "image": {message, "image"},
		"video": {message, "video"}, "audio-voice-note": {message, "audio"}, "document": {message, "file"}, "sticker": {message, "sticker"},
		"location": {message, "location"}, "contacts": {message, "contacts"}, "interactive-button-reply": {message, "postback"},
		"interactive-list-reply": {message, "interactive"}, "reaction": {message, "reaction"}, "reaction-removed": {message, "reaction"},
		"button": {message, "postback"}, "flow": {message, "interactive"}, "unsupported": {message, "unknown"}, "id-only": {message, "text"},
		"phone-and-id": {message, "text"}, "id-in-from": {message, "text"}, "invalid-id": {message, "text"},
		"system-number-change": {"system", "user_changed_number"}, "id-change": {"system", "user_changed_user_id"}, "group": {"system", "group_message"},
		"status-sent": {"status", "sent"}, "status-delivered": {"status", "delivered"}, "status-read": {"status", "read"},
		"status-of-id": {"status", "read"}, "status-failed-131047": {"status", "failed"},
		"template-status-update": {"template", "message_template_status_update"}, "user-preferences-marketing-stop": {"opt_out", "marketing_stop"},
		"marketing-resume": {"opt_in", "marketing_resume"}, "quality": {"system", "phone_number_quality_update"}, "echo": {"echo", "text"},
	}
}

func event(t *testing.T, id string) channel.Event {
	t.Helper()
	for _, s := range vectors(t).Inbound {
		if s.ID == id {
			list, err := New().Parse(account(s.Secret), hook(t, s.Request.Body, ""))
			require.NoError(t, err)
			require.Len(t, list, 1, id)
			return list[0]
		}
	}
	t.Fatalf("no sample %s", id)
	return channel.Event{}
}

func TestParse_Vectors(t *testing.T) {
	t.Parallel()
	for id, want := range expected() {
		e := event(t, id)
		require.Equal(t, want, [2]string{string(e.Kind), e.Type}, id)
		require.Contains(t, []string{numberID, businessID}, e.Owner, id)
		if e.Kind == channel.KindMessage {
			require.Equal(t, "+15550783881", e.Address)
			require.False(t, e.At.IsZero())
		}
	}
	require.Equal(t, "receipt", event(t, "image").Text)
	require.Equal(t, "invoice.pdf", event(t, "document").Media[0].Name)
	require.Equal(t, "confirm_yes", event(t, "interactive-button-reply").Data["data"])
	require.Equal(t, "wamid.orig", event(t, "text-reply-context").ReplyTo)
	require.Equal(t, "👍", event(t, "reaction").Text)
	require.Equal(t, "Somchai", event(t, "text").Name)
	require.NotNil(t, event(t, "text-ad-referral").Data["referral"])
	require.Empty(t, event(t, "group").From, "no conversation begins with a member of a group")
}

// Customers are known by number, by an id, or by both: one thread, one contact.
func TestParse_Customers(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][]string{
		"text":                 {"+66812345678"},
		"id-only":              {"NL.7Hq2"},
		"phone-and-id":         {"+31612345678", "NL.7Hq2"},
		"id-in-from":           {"NL.7Hq2"},
		"invalid-id":           {"+31612345678"},
		"system-number-change": {"+66812345678", "+66899999999"},
		"id-change":            {"NL.7Hq2", "BE.99xy"},
		"status-of-id":         {"NL.7Hq2"},
	} {
		e := event(t, id)
		require.Equal(t, want, append([]string{e.From}, e.Aliases...), id)
		require.Equal(t, e.Kind == channel.KindSystem, e.MovedTo != "", id)
	}
}

func TestParse_Statuses(t *testing.T) {
	t.Parallel()
	read := event(t, "status-read")
	require.Equal(t, channel.StatusRead, read.Status)
	require.Equal(t, "123e4567-e89b-12d3-a456-426614174000", read.Ref)
	require.Equal(t, "wamid.out1:read", read.ID)
	require.Equal(t, "service", read.Data["category"], "what it is charged as")
	require.Equal(t, false, read.Data["billable"])
	failed := event(t, "status-failed-131047")
	require.Equal(t, channel.Window, failed.Class)
	require.Equal(t, "131047", failed.Code)
}

func TestParse_Templates(t *testing.T) {
	t.Parallel()
	e := event(t, "template-status-update")
	require.Equal(t, businessID, e.Owner, "all numbers of the business have it")
	require.Equal(t, "order_update/en_US", e.Template.ContentSID)
	require.Equal(t, channel.ApprovalApproved, e.Template.Approval)
	require.Empty(t, e.Template.Reason)
	require.Equal(t, channel.ApprovalPaused, event(t, "template-paused").Template.Approval)
	require.NotEqual(t, e.ID, event(t, "template-paused").ID)
}

func TestOwn(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{"+1 (555) 078-3881": "+15550783881", "+31 6 1234 5678": "+31612345678", "15550783881": "", "": "", "+44 (0)20 7946 0000": ""} {
		got, err := New().Own(whatsapp, raw)
		require.Equal(t, want, got)
		require.Equal(t, want == "", err != nil)
	}
	require.Equal(t, "+250788123200", plus("+250 788 123 200"))
}
