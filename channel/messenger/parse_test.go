package messenger

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
)

// Signatures are over the bytes as they came: Meta signs the escaped form.
func TestVerify_Vectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t).Signatures {
		if v.Kind != "" {
			continue // the proof of a call
		}
		r := hook(t, v.Body, v.Signature)
		if v.Header != "" {
			r.Header = http.Header{http.CanonicalHeaderKey(v.Header): {v.Signature}}
		}
		err := New().Verify(account(v.Secret), r)
		require.Equal(t, v.Valid, err == nil, v.ID)
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
		got, handled, err := New().Handshake(a, at(t, http.MethodGet, v.Request.URL))
		require.True(t, handled)
		require.Equal(t, v.Expect.Status == http.StatusOK, err == nil, v.ID)
		if v.Expect.Body != "" {
			require.Equal(t, v.Expect.Body, string(got.Body))
		}
	}
}

// expected are the kinds of events that the samples' kinds become, and their types.
func expected() map[string][2]string {
	message, status := string(channel.KindMessage), string(channel.KindStatus)
	return map[string][2]string{
		"message.text": {message, channel.TypeText}, "message.quick_reply": {message, channel.TypePostback}, "message.image": {message, channel.TypeImage},
		"message.media": {message, channel.TypeImage}, "message.video": {message, channel.TypeVideo}, "message.audio": {message, channel.TypeAudio},
		"message.file": {message, channel.TypeFile}, "message.sticker": {message, channel.TypeSticker}, "message.location": {message, channel.TypeLocation},
		"message.unsupported": {message, channel.TypeUnknown}, "postback": {message, channel.TypePostback}, "reaction": {message, channel.TypeReaction},
		"status.delivered": {status, "delivered"}, "status.read": {status, "read"}, "handover": {string(channel.KindSystem), "handover"},
		"standby": {message, channel.TypeText}, "batch": {message, channel.TypeText}, "edit": {string(channel.KindEdit), "edit"},
		"redact": {string(channel.KindRedact), "unsend"}, "unknown": {string(channel.KindUnknown), ""},
	}
}

func TestParse_Vectors(t *testing.T) {
	t.Parallel()
	for _, s := range vectors(t).Inbound {
		kind, _ := s.Expect["kind"].(string)
		want, known := expected()[kind]
		if !known {
			continue // below, one by one
		}
		list, err := New().Parse(account(s.Secret), hook(t, s.Request.Body, ""))
		require.NoError(t, err)
		require.NotEmpty(t, list, s.ID)
		e := list[0]
		require.Equal(t, want, [2]string{string(e.Kind), e.Type}, s.ID)
		require.Equal(t, Channel, e.Channel)
		require.NotEmpty(t, e.Owner)
		require.False(t, e.At.IsZero())
		if text, ok := s.Expect["text"].(string); ok {
			require.Equal(t, text, e.Text, s.ID)
		}
		if payload, ok := s.Expect["payload"].(string); ok {
			require.Equal(t, payload, e.Data["data"])
		}
		if to, ok := s.Expect["reply_to"].(string); ok {
			require.Equal(t, to, e.ReplyTo)
		}
		if name, ok := s.Expect["filename"].(string); ok {
			require.Equal(t, name, e.Media[0].Name)
		}
		require.Equal(t, kind == "standby", e.Standby)
	}
}

func events(t *testing.T, id string) []channel.Event {
	t.Helper()
	for _, s := range vectors(t).Inbound {
		if s.ID == id {
			list, err := New().Parse(account(s.Secret), hook(t, s.Request.Body, ""))
			require.NoError(t, err)
			return list
		}
	}
	t.Fatalf("no sample %s", id)
	return nil
}

func TestParse_Receipts(t *testing.T) {
	t.Parallel()
	list := events(t, "delivery")
	require.Len(t, list, 3, "two messages, and all until a time")
	require.Equal(t, "m_out1", list[0].MessageID)
	require.Equal(t, time.UnixMilli(1760000009000).UTC(), list[2].UpTo)
	require.Equal(t, "24680135792468", list[2].From)
	read := events(t, "read")
	require.Len(t, read, 1)
	require.Equal(t, channel.StatusRead, read[0].Status)
	require.Equal(t, time.UnixMilli(1760000010000).UTC(), read[0].UpTo)
	require.NotEqual(t, list[2].ID, read[0].ID)
}

// Echoes prove what was taken, show what was sent elsewhere, and are nobody's message.
func TestParse_Echoes(t *testing.T) {
	t.Parallel()
	ours := events(t, "echo")[0]
	require.Equal(t, channel.KindStatus, ours.Kind)
	require.Equal(t, "123e4567-e89b-12d3-a456-426614174000", ours.Ref)
	require.Equal(t, channel.StatusSent, ours.Status)
	elsewhere := events(t, "echo-from-elsewhere")[0]
	require.Equal(t, channel.KindEcho, elsewhere.Kind)
	require.Equal(t, "24680135792468", elsewhere.From, "the customer, who did not write it")
	require.Equal(t, "From the inbox", elsewhere.Text)
	part := events(t, "echo-of-ours-without-mark")[0]
	require.Equal(t, channel.KindSystem, part.Kind)
	require.Empty(t, part.Text)
}

// One callback address hears of all pages of an app.
func TestParse_Pages(t *testing.T) {
	t.Parallel()
	list := events(t, "batch-two-entries")
	require.Len(t, list, 2)
	require.NotEqual(t, list[0].Owner, list[1].Owner)
	require.True(t, New().Owns(account("s"), pageID))
	require.False(t, New().Owns(account("s"), "1"))
	require.False(t, New().Owns(channel.Account{}, ""))
	none, err := New().Parse(account("s"), hook(t, `{"object":"user","entry":[{"id":"1"}]}`, ""))
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = New().Parse(account("s"), hook(t, "null", ""))
	require.ErrorIs(t, err, channel.ErrMalformed)
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(channel.Account){
		"page_id":       func(a channel.Account) { a.Settings["page_id"] = "page" },
		"app_id":        func(a channel.Account) { a.Settings["app_id"] = strings.Repeat("1", 40) },
		"graph_version": func(a channel.Account) { a.Settings["graph_version"] = "25" },
	} {
		a := account("s")
		change(a)
		var no *channel.Invalid
		require.ErrorAs(t, New().Validate(a), &no)
		require.Equal(t, name, no.Field)
	}
	require.Equal(t, time.UnixMilli(1760000009000).UTC(), graph.At(1760000009), "seconds were seen once")
}
