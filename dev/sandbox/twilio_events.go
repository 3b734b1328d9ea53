package sandbox

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

const (
	waPrefix   = "whatsapp:"
	window     = 24 * time.Hour // of a WhatsApp conversation
	apiVersion = "2010-04-01"
)

// SMS is a person's number talking to one of the account's numbers, made on first use.
func (t *Twilio) SMS(number, to string) *Phone {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.phone(chSMS, number, to)
}

// WhatsApp is a person's number talking to one of the account's WhatsApp
// senders, both without prefix, made on first use.
func (t *Twilio) WhatsApp(number, to string) *Phone {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.phone(chWhatsApp, strings.TrimPrefix(number, waPrefix), strings.TrimPrefix(to, waPrefix))
}

// wire writes a number as Twilio does on the phone's channel.
func (p *Phone) wire(number string) string {
	if p.channel == chWhatsApp {
		return waPrefix + number
	}
	return number
}

func (p *Phone) twilioSays(ctx context.Context, text string) (Sent, error) {
	form := url.Values{"Body": {text}, "MessageType": {"text"}}
	if word := optWord(text); word != "" {
		form.Set("OptOutType", word)
		if word != "HELP" {
			p.setOptedOut(word == "STOP")
		}
	}
	return p.twilioSend(ctx, &Entry{ID: hexID("SM"), Kind: "text", Text: text}, form)
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

func (p *Phone) setOptedOut(out bool) {
	s := p.account.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.optedOut != out {
		s.append(record{Kind: recFlags, Account: p.account.id, Phone: p.id, Flags: &flags{OptedOut: &out}})
	}
}

func (p *Phone) twilioMedia(ctx context.Context, m MediaSeen, text string) (Sent, error) {
	kind, _, _ := strings.Cut(m.ContentType, "/")
	if kind != "image" && kind != "video" && kind != "audio" {
		kind = "document"
		if p.channel == chWhatsApp && text == "" {
			text = m.Name // Twilio puts a document's name there
		}
	}
	return p.twilioFile(ctx, m, kind, text)
}

func (p *Phone) twilioFile(ctx context.Context, m MediaSeen, kind, text string) (Sent, error) {
	m.ID = hexID("ME")
	entry := &Entry{ID: hexID("MM"), Kind: kind, Text: text, Media: []MediaSeen{m}}
	address := p.account.s.publicURL() + "/twilio/" + apiVersion + "/Accounts/" + p.account.id + "/Messages/" + entry.ID + "/Media/" + m.ID
	return p.twilioSend(ctx, entry, url.Values{
		"Body": {text}, "MessageType": {kind}, "NumMedia": {"1"}, "MediaUrl0": {address}, "MediaContentType0": {m.ContentType},
	})
}

func (s *Sandbox) publicURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.public
}

// twilioSend posts a message of the person; form says what is special about it.
func (p *Phone) twilioSend(ctx context.Context, entry *Entry, form url.Values) (Sent, error) {
	s := p.account.s
	s.mu.Lock()
	now := s.now()
	all := p.base(entry.ID, form.Get("Body"))
	maps.Copy(all, form)
	if p.channel == chSMS {
		all.Del("MessageType")
	}
	sid := all.Get("MessageSid")
	e := &event{ID: sid, MessageID: sid, Kind: "message", Phone: p.id, Body: all.Encode(), Token: uuid(), account: p.account}
	entry.Mine, entry.At, entry.EventID, entry.Status, entry.ID = true, now, sid, "received", sid
	entry.Segments = segments(all.Get("Body"))
	s.append(record{Kind: recMessage, Account: p.account.id, Phone: p.id, Message: entry})
	if p.channel == chWhatsApp {
		s.append(record{Kind: recFlags, Account: p.account.id, Phone: p.id, Flags: &flags{Window: &now}})
	}
	s.mu.Unlock()
	return s.tell(ctx, e)
}

// base is what every incoming message has. s.mu must be held.
func (p *Phone) base(sid, body string) url.Values {
	f := url.Values{
		"MessageSid": {sid}, "SmsSid": {sid}, "SmsMessageSid": {sid}, "AccountSid": {p.account.id}, "ApiVersion": {apiVersion},
		"SmsStatus": {"received"}, "NumMedia": {"0"}, "NumSegments": {strconv.Itoa(segments(body))},
		"From": {p.wire(p.number)}, "To": {p.wire(p.to)}, "Body": {""},
	}
	if p.channel == chSMS {
		for side, number := range map[string]string{"From": p.number, "To": p.to} {
			f.Set(side+"Country", country(number))
			for _, k := range []string{"City", "State", "Zip"} {
				f.Set(side+k, "")
			}
		}
		return f
	}
	id := strings.TrimPrefix(p.number, "+")
	meta, _ := json.Marshal(map[string]any{"type": "whatsapp", "data": map[string]any{"context": map[string]any{"ProfileName": p.name, "WaId": id}}})
	f.Set("ProfileName", p.name)
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

func (p *Phone) twilioRaw(ctx context.Context, form url.Values) (Sent, error) {
	id := form.Get("MessageSid")
	if id == "" {
		id = hexID("SM")
	}
	kind := form.Get("MessageType")
	if kind == "" {
		kind = "text"
	}
	return p.twilioSend(ctx, &Entry{ID: id, Kind: kind, Text: form.Get("Body")}, form)
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
