package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf16"

	"switchboard/dev/sandbox/core"
)

const (
	waPrefix   = "whatsapp:"
	window     = 24 * time.Hour // of a WhatsApp conversation
	apiVersion = "2010-04-01"
)

// wire writes a number as Twilio does on the phone's channel.
func wire(p *core.Phone, number string) string {
	if p.Channel == chWA {
		return waPrefix + number
	}
	return number
}

// Says sends a text. Twilio itself acts on STOP, START and HELP.
func (a *Account) Says(ctx context.Context, p *core.Phone, text string) (core.Sent, error) {
	form := url.Values{"Body": {text}, "MessageType": {"text"}}
	if word := optWord(text); word != "" {
		form.Set("OptOutType", word)
		if word != "HELP" {
			a.setOptedOut(p, word == "STOP")
		}
	}
	return a.send(ctx, p, &core.Entry{ID: core.HexID("SM"), Kind: "text", Text: text}, form)
}

// optWord is the kind of a text that Twilio itself acts on.
func optWord(text string) string {
	word := strings.ToUpper(strings.TrimSpace(text))
	switch {
	case slices.Contains([]string{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}, word):
		return "STOP"
	case slices.Contains([]string{"START", "YES", "UNSTOP"}, word):
		return "START"
	case word == "HELP" || word == "INFO":
		return "HELP"
	}
	return ""
}

func (a *Account) setOptedOut(p *core.Phone, out bool) {
	a.Box.Lock()
	defer a.Box.Unlock()
	if p.OptedOut != out {
		p.Flag(core.Flags{OptedOut: &out})
	}
}

// SendsFile sends a file with its text.
func (a *Account) SendsFile(ctx context.Context, p *core.Phone, m core.MediaSeen, text string) (core.Sent, error) {
	kind, _, _ := strings.Cut(m.ContentType, "/")
	if kind != "image" && kind != "video" && kind != "audio" {
		kind = "document"
		if p.Channel == chWA && text == "" {
			text = m.Name // Twilio puts a document's name there
		}
	}
	return a.file(ctx, p, m, kind, text)
}

func (a *Account) file(ctx context.Context, p *core.Phone, m core.MediaSeen, kind, text string) (core.Sent, error) {
	m.ID = core.HexID("ME")
	entry := &core.Entry{ID: core.HexID("MM"), Kind: kind, Text: text, Media: []core.MediaSeen{m}}
	a.Box.Lock()
	public := a.Box.PublicURL()
	a.Box.Unlock()
	address := public + "/twilio/" + apiVersion + "/Accounts/" + a.ID + "/Messages/" + entry.ID + "/Media/" + m.ID
	return a.send(ctx, p, entry, url.Values{
		"Body": {text}, "MessageType": {kind}, "NumMedia": {"1"}, "MediaUrl0": {address}, "MediaContentType0": {m.ContentType},
	})
}

// send posts a message of the person; form says what is special about it.
func (a *Account) send(ctx context.Context, p *core.Phone, entry *core.Entry, form url.Values) (core.Sent, error) {
	a.Box.Lock()
	now := a.Box.Now()
	all := base(p, entry.ID, form.Get("Body"))
	maps.Copy(all, form)
	if p.Channel == chSMS {
		all.Del("MessageType")
	}
	sid := all.Get("MessageSid")
	e := &core.Event{ID: sid, MessageID: sid, Kind: "message", Phone: p.ID(), Body: all.Encode(), Token: core.UUID(), Account: a.Account}
	entry.Mine, entry.At, entry.EventID, entry.Status, entry.ID = true, now, sid, "received", sid
	entry.Segments = segments(all.Get("Body"))
	p.Put(entry)
	if p.Channel == chWA {
		p.Flag(core.Flags{Window: &now})
	}
	a.Box.Unlock()
	return a.tell(ctx, e)
}

// tell sends a customer's event, once more if nobody was there and the account is
// set so.
func (a *Account) tell(ctx context.Context, e *core.Event) (core.Sent, error) {
	sent, err := a.Box.Deliver(ctx, e)
	a.Box.Lock()
	again := a.Retry && refusedConnection(err)
	a.Box.Unlock()
	if again {
		return a.Box.Deliver(ctx, e)
	}
	return sent, err
}

func refusedConnection(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// Sign writes an event as Twilio posts it.
func (a *Account) Sign(e *core.Event, address string, _ bool) (http.Header, string) {
	h := http.Header{}
	h.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	h.Set("User-Agent", "TwilioProxy/1.1")
	h.Set("I-Twilio-Idempotency-Token", e.Token)
	if form, err := url.ParseQuery(e.Body); err == nil {
		h.Set("X-Twilio-Signature", Sign(a.settings.AuthToken, address, form))
	}
	return h, e.Body
}

// base is what every incoming message has. The lock must be held.
func base(p *core.Phone, sid, body string) url.Values {
	f := url.Values{
		"MessageSid": {sid}, "SmsSid": {sid}, "SmsMessageSid": {sid}, "AccountSid": {p.Account.ID}, "ApiVersion": {apiVersion},
		"SmsStatus": {"received"}, "NumMedia": {"0"}, "NumSegments": {strconv.Itoa(segments(body))},
		"From": {wire(p, p.Number)}, "To": {wire(p, p.To)}, "Body": {""},
	}
	if p.Channel == chSMS {
		for side, number := range map[string]string{"From": p.Number, "To": p.To} {
			f.Set(side+"Country", country(number))
			for _, k := range []string{"City", "State", "Zip"} {
				f.Set(side+k, "")
			}
		}
		return f
	}
	id := strings.TrimPrefix(p.Number, "+")
	profile := map[string]any{"ProfileName": p.Name, "WaId": id}
	meta, _ := json.Marshal(map[string]any{"type": "whatsapp", "data": map[string]any{"context": profile}})
	f.Set("ProfileName", p.Name)
	f.Set("WaId", id)
	f.Set("ReferralNumMedia", "0")
	f.Set("ChannelMetadata", string(meta))
	return f
}

// country guesses the country of a number from its first digits.
func country(number string) string {
	for _, c := range []struct{ prefix, name string }{{"+1", "US"}, {"+44", "GB"}, {"+49", "DE"}, {"+66", "TH"}, {"+81", "JP"}} {
		if strings.HasPrefix(number, c.prefix) {
			return c.name
		}
	}
	return ""
}

// SendsRaw sends an event given as url.Values.
func (a *Account) SendsRaw(ctx context.Context, p *core.Phone, raw any) (core.Sent, error) {
	form, ok := raw.(url.Values)
	if !ok {
		return core.Sent{}, p.Cannot(fmt.Sprintf("raw event of type %T", raw))
	}
	id := form.Get("MessageSid")
	if id == "" {
		id = core.HexID("SM")
	}
	kind := form.Get("MessageType")
	if kind == "" {
		kind = "text"
	}
	return a.send(ctx, p, &core.Entry{ID: id, Kind: kind, Text: form.Get("Body")}, form)
}

// SendsLocation sends a place on the map, which WhatsApp has.
func (a *Account) SendsLocation(ctx context.Context, p *core.Phone, at core.Place) (core.Sent, error) {
	if p.Channel != chWA {
		return core.Sent{}, p.Cannot("location")
	}
	form := url.Values{
		"MessageType": {"location"}, "Latitude": {core.Decimal(at.Latitude)}, "Longitude": {core.Decimal(at.Longitude)},
		"Address": {at.Address}, "Label": {at.Title}, "Body": {""},
	}
	return a.send(ctx, p, &core.Entry{ID: core.HexID("SM"), Kind: "location", Text: at.Text()}, form)
}

// SendsSticker sends a sticker; those of WhatsApp are pictures.
func (a *Account) SendsSticker(ctx context.Context, p *core.Phone, _, _ string) (core.Sent, error) {
	if p.Channel != chWA {
		return core.Sent{}, p.Cannot("sticker")
	}
	sum, err := a.Box.KeepBlob(stickerWebP)
	if err != nil {
		return core.Sent{}, err
	}
	m := core.MediaSeen{ContentType: "image/webp", Name: "sticker.webp", Size: int64(len(stickerWebP)), SHA256: sum}
	return a.file(ctx, p, m, "sticker", "")
}

// stickerWebP is a picture of one pixel, the smallest WebP there is.
var stickerWebP = []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")

// TapsButton is a quick reply on WhatsApp.
func (a *Account) TapsButton(ctx context.Context, p *core.Phone, label, data string) (core.Sent, error) {
	if p.Channel != chWA {
		return core.Sent{}, p.Cannot("button")
	}
	form := url.Values{"MessageType": {"button"}, "ButtonText": {label}, "ButtonPayload": {data}, "Body": {label}}
	a.Box.Lock()
	if got := p.Arrived(); len(got) > 0 {
		form.Set("OriginalRepliedMessageSid", got[len(got)-1].ID)
		form.Set("OriginalRepliedMessageSender", waPrefix+p.To)
	}
	a.Box.Unlock()
	return a.send(ctx, p, &core.Entry{ID: core.HexID("SM"), Kind: "button", Text: label}, form)
}

// gsm7 are the characters beyond ASCII letters that fit a short SMS alphabet.
const gsm7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüà"

// segments is how many SMS a text takes.
func segments(text string) int {
	n, single, multi := 0, 160, 153
	for _, r := range text {
		switch {
		case r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(gsm7, r):
			n++
		case strings.ContainsRune("^{}\\[~]|€\f", r):
			n += 2
		default:
			single, multi = 70, 67
		}
	}
	if single == 70 {
		n = len(utf16.Encode([]rune(text)))
	}
	if n <= single {
		return 1
	}
	return (n + multi - 1) / multi
}
