package twilio

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"switchboard/dev/sandbox/core"
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
func (t api) send(r *core.Request) core.Reply {
	form, err := url.ParseQuery(string(r.Body))
	if err != nil || r.TooBig || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return apiError(http.StatusBadRequest, 20001, "The request could not be read")
	}
	d, refused := readDraft(form)
	about := core.Call{To: d.to, Text: d.text, Key: callbackKey(d.callback)}
	a := of(r)
	t.box.Lock()
	defer t.box.Unlock()
	if refused == nil {
		refused = a.sender(&d)
	}
	if refused == nil {
		refused = a.compose(&d)
		about.Text = d.text
	}
	if refused == nil {
		p := a.Account.Phone(d.channel, d.to, d.from)
		if refused = optedOut(p); refused == nil {
			return a.accept(r, p, about, d)
		}
	}
	about.Reason = refused.Call.Reason
	refused.Call = about
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
func readDraft(form url.Values) (draft, *core.Reply) {
	d := draft{
		channel: chSMS, from: form.Get("From"), to: form.Get("To"), service: form.Get("MessagingServiceSid"),
		text: form.Get("Body"), media: form["MediaUrl"], callback: form.Get("StatusCallback"),
		content: form.Get("ContentSid"), variables: form.Get("ContentVariables"),
	}
	if to, ok := strings.CutPrefix(d.to, waPrefix); ok {
		d.channel, d.to = chWA, to
	}
	from, fromWhatsApp := strings.CutPrefix(d.from, waPrefix)
	d.from = from
	bad := func(code int, message string) (draft, *core.Reply) {
		out := apiError(http.StatusBadRequest, code, message)
		return d, &out
	}
	switch {
	case d.to == "":
		return bad(21604, "A 'To' phone number is required.")
	case !e164.MatchString(d.to) && (d.channel != chWA || !bsuid.MatchString(d.to)):
		return bad(21211, "Invalid 'To' Phone Number")
	case d.from == "" && d.service == "":
		return bad(21603, "A 'From' phone number is required.")
	case d.service == "" && fromWhatsApp != (d.channel == chWA):
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
	case len(d.media) > 10 || d.channel == chWA && len(d.media) > 1:
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

// sender checks that the account owns who sends. The lock must be held.
func (a *Account) sender(d *draft) *core.Reply {
	bad := func(code int, message string) *core.Reply {
		out := apiError(http.StatusBadRequest, code, message)
		return &out
	}
	own, missing := a.senders(d.channel), 21606
	if d.channel == chWA {
		missing = 63007
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

// compose puts a template's words together. The lock must be held.
func (a *Account) compose(d *draft) *core.Reply {
	if d.content == "" {
		return nil
	}
	c := a.content(d.content)
	if c == nil {
		out := apiError(http.StatusBadRequest, 21655, "The ContentSid is Invalid")
		return &out
	}
	text, err := c.fill(d.variables)
	if err != nil {
		out := apiError(http.StatusBadRequest, 21656, "The ContentVariables parameter is invalid")
		return &out
	}
	d.text = text
	if d.channel == chWA {
		d.unapproved = c.unapproved()
	}
	return nil
}

// optedOut refuses what a person who wrote STOP must not get. The lock must be held.
func optedOut(p *core.Phone) *core.Reply {
	if p.Channel != chSMS || !p.OptedOut {
		return nil
	}
	out := apiError(http.StatusBadRequest, 21610, "Attempt to send to unsubscribed recipient")
	return &out
}

// accept takes the message; what becomes of it is told later. The lock must be held.
func (a *Account) accept(r *core.Request, p *core.Phone, about core.Call, d draft) core.Reply {
	e := &core.Entry{
		ID: core.HexID("SM"), At: a.Box.Now(), Kind: "text", Text: d.text, Key: about.Key, Status: "queued",
		Callback: d.callback, Service: d.service, Segments: segments(d.text), Pending: len(d.media) > 0,
		Content: d.content,
	}
	if e.Pending {
		e.ID, e.Kind = core.HexID("MM"), "media"
	}
	for _, m := range d.media {
		e.Media = append(e.Media, core.MediaSeen{URL: m})
	}
	code := undeliverable(p, e)
	if code == 0 {
		code = d.unapproved
	}
	e.Lost = code != 0
	about.MessageIDs = []string{e.ID}
	out := core.Reply{Status: http.StatusCreated, Recorded: true, Call: about}
	a.Box.Record(r, out)
	p.Put(e)
	out.Body = a.messages[e.ID].resource()
	a.goOn(p, p.Entry(e.ID), code)
	return out
}

// undeliverable is the error with which a message that Twilio takes will fail,
// or 0: Twilio finds out only when it hands the message on. The lock must be held.
func undeliverable(p *core.Phone, e *core.Entry) int {
	switch {
	case p.Channel == chWA && e.Content == "" && e.At.Sub(p.Wrote) >= window:
		return 63016
	case p.Blocked && p.Channel == chWA:
		return 63033
	case p.Blocked:
		return 30004
	}
	return 0
}
