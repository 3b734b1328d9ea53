package sandbox

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const maxBody = 1600 // characters of an SMS or WhatsApp message

var (
	e164    = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)
	bsuid   = regexp.MustCompile(`^[A-Z]{2}\.[A-Za-z0-9]{1,128}$`) // a WhatsApp user without a number
	service = regexp.MustCompile(`^MG[0-9a-f]{32}$`)
)

// draft is a message that was asked for.
type draft struct {
	channel, from, to, service string
	text                       string
	media                      []string
	callback                   string
	content, variables         string
	unapproved                 int // what WhatsApp says to the template, or 0
}

// send takes a message. Who repeats a request gets a second message: Twilio has
// no idempotency key.
func (t twilioAPI) send(r *request) reply {
	form, err := url.ParseQuery(string(r.body))
	if err != nil || r.tooBig || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return twilioError(http.StatusBadRequest, 20001, "The request could not be read")
	}
	d, refused := readDraft(form)
	about := Call{To: d.to, Text: d.text, Key: callbackKey(d.callback)}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if refused == nil {
		refused = t.sender(r.account, &d)
	}
	if refused == nil {
		refused = t.compose(r.account, &d)
		about.Text = d.text
	}
	if refused == nil {
		p := r.account.phone(d.channel, d.to, d.from)
		if refused = optedOut(p); refused == nil {
			return t.accept(r, p, about, d)
		}
	}
	about.Reason = refused.call.Reason
	refused.call = about
	return *refused
}

// callbackKey is the message that the product names in its callback address.
func callbackKey(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get("message")
}

// readDraft checks what needs no account.
func readDraft(form url.Values) (draft, *reply) {
	d := draft{
		channel: chSMS, from: form.Get("From"), to: form.Get("To"), service: form.Get("MessagingServiceSid"),
		text: form.Get("Body"), media: form["MediaUrl"], callback: form.Get("StatusCallback"),
		content: form.Get("ContentSid"), variables: form.Get("ContentVariables"),
	}
	if to, ok := strings.CutPrefix(d.to, waPrefix); ok {
		d.channel, d.to = chWhatsApp, to
	}
	from, fromWhatsApp := strings.CutPrefix(d.from, waPrefix)
	d.from = from
	bad := func(code int, message string) (draft, *reply) {
		out := twilioError(http.StatusBadRequest, code, message)
		return d, &out
	}
	switch {
	case d.to == "":
		return bad(21604, "A 'To' phone number is required.")
	case !e164.MatchString(d.to) && (d.channel != chWhatsApp || !bsuid.MatchString(d.to)):
		return bad(21211, "Invalid 'To' Phone Number")
	case d.from == "" && d.service == "":
		return bad(21603, "A 'From' phone number is required.")
	case d.service == "" && fromWhatsApp != (d.channel == chWhatsApp):
		return bad(21910, "Invalid From and To pair. From and To should be of the same channel")
	case form.Has("ContentSid") && !contentSID.MatchString(d.content):
		return bad(21655, "The ContentSid is Invalid")
	case d.content != "" && (d.text != "" || len(d.media) > 0):
		return bad(21655, "Body and MediaUrl do not go with a ContentSid")
	case d.content == "" && form.Has("ContentVariables"):
		return bad(21656, "The ContentVariables parameter is invalid")
	case d.content == "" && d.text == "" && len(d.media) == 0:
		return bad(21602, "Message body is required.")
	case utf8.RuneCountInString(d.text) > maxBody:
		return bad(21617, "The concatenated message body exceeds the 1600 character limit")
	case len(d.media) > 10 || d.channel == chWhatsApp && len(d.media) > 1:
		return bad(21623, "Number of media files exceeds allowed limit")
	case slices.ContainsFunc(d.media, func(m string) bool { return !fetchable(m) }):
		return bad(21620, "Invalid media URL(s)")
	case d.callback != "" && !fetchable(d.callback):
		return bad(21609, "The 'StatusCallback' URL is not a valid URL.")
	}
	return d, nil
}

func fetchable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// sender checks that the account owns who sends. s.mu must be held.
func (t twilioAPI) sender(a *account, d *draft) *reply {
	bad := func(code int, message string) *reply {
		out := twilioError(http.StatusBadRequest, code, message)
		return &out
	}
	own, missing := a.twilio.Numbers, 21606
	if d.channel == chWhatsApp {
		own, missing = a.twilio.WhatsApp, 63007
	}
	if d.service != "" {
		if !service.MatchString(d.service) || len(own) == 0 {
			return bad(21703, "The Messaging Service does not have a phone number available to send a message")
		}
		d.from = own[0]
		return nil
	}
	if !slices.Contains(own, d.from) {
		return bad(missing, "The 'From' number is not a valid sender of your account")
	}
	return nil
}

// compose puts a template's words together. s.mu must be held.
func (t twilioAPI) compose(a *account, d *draft) *reply {
	if d.content == "" {
		return nil
	}
	c := a.content(d.content)
	if c == nil {
		out := twilioError(http.StatusBadRequest, 21655, "The ContentSid is Invalid")
		return &out
	}
	text, err := c.fill(d.variables)
	if err != nil {
		out := twilioError(http.StatusBadRequest, 21656, "The ContentVariables parameter is invalid")
		return &out
	}
	d.text = text
	if d.channel == chWhatsApp {
		d.unapproved = c.unapproved()
	}
	return nil
}

// optedOut refuses what a person who wrote STOP must not get. s.mu must be held.
func optedOut(p *Phone) *reply {
	if p.channel != chSMS || !p.optedOut {
		return nil
	}
	out := twilioError(http.StatusBadRequest, 21610, "Attempt to send to unsubscribed recipient")
	return &out
}

// accept takes the message; what becomes of it is told later. s.mu must be held.
func (t twilioAPI) accept(r *request, p *Phone, about Call, d draft) reply {
	s, e := t.s, &Entry{
		ID: hexID("SM"), At: t.s.now(), Kind: "text", Text: d.text, Key: about.Key, Status: "queued",
		Callback: d.callback, Service: d.service, Segments: segments(d.text), Pending: len(d.media) > 0,
		Content: d.content,
	}
	if e.Pending {
		e.ID, e.Kind = hexID("MM"), "media"
	}
	for _, m := range d.media {
		e.Media = append(e.Media, MediaSeen{URL: m})
	}
	code := p.undeliverable(e)
	if code == 0 {
		code = d.unapproved
	}
	e.Lost = code != 0
	about.MessageIDs = []string{e.ID}
	out := reply{status: http.StatusCreated, recorded: true, call: about}
	s.record(r, out)
	s.append(record{Kind: recMessage, Account: p.account.id, Phone: p.id, Message: e})
	out.body = p.account.messages[e.ID].resource()
	s.goOn(p, p.byID[e.ID], code)
	return out
}

// undeliverable is the error with which a message that Twilio takes will fail,
// or 0: Twilio finds out only when it hands the message on. s.mu must be held.
func (p *Phone) undeliverable(e *Entry) int {
	switch {
	case p.channel == chWhatsApp && e.Content == "" && e.At.Sub(p.window) >= window:
		return 63016
	case p.blocked && p.channel == chWhatsApp:
		return 63033
	case p.blocked:
		return 30004
	}
	return 0
}
