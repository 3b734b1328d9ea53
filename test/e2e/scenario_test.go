package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

// channels are the ways in which a customer writes.
func channels() map[string]func(*rig.Site) *sandbox.Phone {
	return map[string]func(*rig.Site) *sandbox.Phone{
		"line": func(s *rig.Site) *sandbox.Phone { return s.LINE.User(userID()).Named(markText + " customer") },
		"sms":  func(s *rig.Site) *sandbox.Phone { return s.Twilio.SMS(number(), s.SMS) },
		"whatsapp": func(s *rig.Site) *sandbox.Phone {
			return s.Twilio.WhatsApp(number(), s.WhatsApp).Named(markText + " customer")
		},
	}
}

// picture is a PNG that no other test sends.
func picture(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	n := people.Add(1)
	for x := range 64 {
		img.Set(x, x, color.RGBA{R: uint8(n), G: uint8(n >> 8), B: uint8(x), A: 255})
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// say has a customer write and requires that it was taken.
func say(t *testing.T, p *sandbox.Phone, text string) {
	t.Helper()
	sent, err := p.Says(t.Context(), text)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, sent.Status, sent.Body)
}

func TestScenario_WholeConversation(t *testing.T) {
	t.Parallel()
	for name, phone := range channels() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, nil)
			ann, customer := newAgent(t, site, 3), phone(site)
			first := said("hello")
			say(t, customer, first)
			conv := ann.accept(t)
			require.Equal(t, first, ann.thread(t, conv)[0].Text)
			pictureComesIn(t, ann, customer, conv)
			pictureGoesOut(t, ann, customer, conv, name)
			receiptsComeBack(t, ann, customer, conv, name)

			require.NoError(t, ann.Command(t.Context(), conv, "end", "", nil))
			require.NoError(t, ann.Command(t.Context(), conv, "close", "", nil))
			c, err := ann.Conversation(t.Context(), conv)
			require.NoError(t, err)
			require.Equal(t, "closed", c.State)

			say(t, customer, said("again"))
			next := ann.acceptWhere(t, func(id uuid.UUID) bool { return id != conv })
			c, err = ann.Conversation(t.Context(), next)
			require.NoError(t, err)
			require.Equal(t, uuid.NullUUID{UUID: conv, Valid: true}, c.PreviousID, "the new conversation is linked to the one before")
		})
	}
}

func pictureComesIn(t *testing.T, ann *agent, customer *sandbox.Phone, conv uuid.UUID) {
	t.Helper()
	data := picture(t)
	sent, err := customer.SendsMedia(t.Context(), "image/png", data, markText+".png")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, sent.Status)
	m := ann.awaitMessage(t, conv, "the customer's picture is stored", func(m apiclient.Message) bool {
		return m.Direction == "in" && len(m.Attachments) == 1 && m.Attachments[0].State == "stored"
	})
	require.Equal(t, "image", m.Type)
	require.Equal(t, "image/png", m.Attachments[0].ContentType)
	var got []byte
	_, err = ann.Do(t.Context(), http.MethodGet, m.Attachments[0].URL, nil, &got)
	require.NoError(t, err)
	require.Equal(t, sum(data), sum(got))
}

func pictureGoesOut(t *testing.T, ann *agent, customer *sandbox.Phone, conv uuid.UUID, channel string) {
	t.Helper()
	text := said("see this")
	_, status, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
	data := picture(t)
	file, err := ann.Upload(t.Context(), conv, markText+".png", "image/png", data)
	require.NoError(t, err)
	_, _, err = ann.Answer(t.Context(), conv, uuid.NewString(), "", file)
	require.NoError(t, err)
	got, err := customer.Await(t.Context(), func(m sandbox.Message) bool { return len(m.Media) > 0 })
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, got.Media[0].Status, "the provider fetches the picture")
	require.Equal(t, sum(data), got.Media[0].SHA256)
	require.Equal(t, "image/png", got.Media[0].ContentType)
	_ = channel
}

// receiptsComeBack: Twilio reports delivery, and reading on WhatsApp; LINE
// reports neither.
func receiptsComeBack(t *testing.T, ann *agent, customer *sandbox.Phone, conv uuid.UUID, channel string) {
	t.Helper()
	last := map[string]string{"line": "sent", "sms": "delivered", "whatsapp": "read"}[channel]
	if channel == "whatsapp" {
		ann.awaitMessage(t, conv, "an answer is delivered", func(m apiclient.Message) bool { return m.Direction == "out" && m.StatusText() == "delivered" })
		require.NoError(t, customer.Reads(t.Context()))
	}
	eventually(t, "all answers are "+last, func() bool {
		for _, m := range ann.thread(t, conv) {
			if m.Direction == "out" && m.StatusText() != last {
				return false
			}
		}
		return true
	})
}
