package twilio

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"switchboard/channel"
)

// MaxBody implements channel.Limiter.
func (*Twilio) MaxBody() int64 { return 256 << 10 }

// Answer implements channel.Answerer: instructions that ask for nothing. Any text
// here would be sent to the customer.
func (*Twilio) Answer() (string, []byte) { return "text/xml", []byte("<Response/>") }

// hook is one webhook's parameters.
type hook map[string][]string

func (h hook) get(key string) string { return first(h, key) }

// Parse implements channel.Provider. A request carries one message or one status.
func (*Twilio) Parse(_ channel.Account, r channel.Request) ([]channel.Event, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return document(r.Body)
	}
	var h hook
	var err error
	if r.Method == http.MethodGet && r.URL != nil {
		h, err = parseForm(r.URL.RawQuery)
	} else {
		h, err = parseForm(string(r.Body))
	}
	if err != nil {
		return nil, err
	}
	sid, status := h.get("MessageSid"), h.get("MessageStatus")
	if sid == "" {
		sid = h.get("SmsSid")
	}
	if status == "" {
		status = h.get("SmsStatus") // older reports have it alone, and a From that is ours
	}
	switch {
	case sid == "":
		return []channel.Event{h.unknown("", h.digest())}, nil
	case status != "" && status != "received" && status != "receiving":
		ref := ""
		if r.URL != nil {
			ref = r.URL.Query().Get("message")
		}
		return []channel.Event{h.status(sid, status, ref)}, nil
	}
	return h.inbound(sid), nil
}

// document keeps an event that Twilio sends as JSON; none of them is a message.
func document(body []byte) ([]channel.Event, error) {
	var doc any
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, fmt.Errorf("twilio document: %w", channel.ErrMalformed)
	}
	sum := sha256.Sum256(body)
	return []channel.Event{{Kind: channel.KindUnknown, Type: "json", ID: "sha256:" + hex.EncodeToString(sum[:]), Data: map[string]any{"raw": doc}}}, nil
}

// status reads a status callback. Whatever it says, Twilio has the message, so
// the states before sending mean "sent", which is "the provider took it".
func (h hook) status(sid, status, ref string) channel.Event {
	known := map[string]channel.Status{
		"accepted": channel.StatusSent, "scheduled": channel.StatusSent, "queued": channel.StatusSent,
		"sending": channel.StatusSent, "sent": channel.StatusSent,
		"delivered": channel.StatusDelivered, "partially_delivered": channel.StatusDelivered, "read": channel.StatusRead,
		"failed": channel.StatusFailed, "undelivered": channel.StatusFailed, "canceled": channel.StatusFailed,
	}
	e := channel.Event{Kind: channel.KindStatus, ID: sid + ":" + status, Type: status, MessageID: sid, Ref: ref, Status: known[status]}
	ch, to := split(h.get("To"))
	e.Channel = ch
	switch e.Status {
	case "":
		return h.unknown(status, e.ID)
	case channel.StatusFailed:
		e.Code = h.get("ErrorCode")
		e.Class = judge(e.Code).class
		if e.Class == channel.OptedOut {
			e.From = to // the customer, also where the message is not known
		}
	}
	return e
}

// inbound reads what a customer sent: a message, and beside it a consent if it
// gives or takes one.
func (h hook) inbound(sid string) []channel.Event {
	ch, from := split(h.get("From"))
	if ch == "" || from == "" {
		return []channel.Event{h.unknown("message", sid)}
	}
	_, to := split(h.get("To"))
	e := channel.Event{
		Kind: channel.KindMessage, ID: sid, MessageID: sid, Channel: ch, From: from, Address: to,
		Name: h.get("ProfileName"), ReplyTo: h.get("OriginalRepliedMessageSid"), Text: h.get("Body"), Data: map[string]any{},
	}
	e.Aliases = h.aliases(from)
	e.Media = h.media()
	h.fill(&e)
	h.extras(&e)
	if len(e.Data) == 0 {
		e.Data = nil
	}
	if kind, typ := h.consent(ch); kind != "" {
		return []channel.Event{e, {
			Kind: kind, ID: sid + ":" + strings.ReplaceAll(string(kind), "_", ""), Type: typ,
			Channel: ch, From: from, Address: to, Aliases: e.Aliases,
		}}
	}
	return []channel.Event{e}
}

// aliases are further ids of the sender. With usernames a sender may have no
// number at all, and the number arrives beside it once it is known.
func (h hook) aliases(from string) []string {
	var out []string
	add := func(id string) {
		if id != "" && id != from && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	_, external := split(h.get("ExternalUserId"))
	add(external)
	if wa := h.get("WaId"); wa != "" && strings.Trim(wa, "0123456789") == "" {
		add("+" + wa)
	}
	return out
}

func (h hook) media() []channel.MediaRef {
	var out []channel.MediaRef
	n, _ := strconv.Atoi(h.get("NumMedia"))
	for i := range min(max(n, 0), 10) {
		if address := h.get("MediaUrl" + strconv.Itoa(i)); address != "" {
			out = append(out, channel.MediaRef{URL: address, ContentType: h.get("MediaContentType" + strconv.Itoa(i))})
		}
	}
	return out
}

// fill decides what the message is. WhatsApp says it; SMS leaves it to be seen.
func (h hook) fill(e *channel.Event) {
	typ := h.get("MessageType")
	switch {
	case typ == "button" || h.get("ButtonText") != "":
		h.tapped(e, "ButtonText", "ButtonPayload")
		return
	case typ == "interactive" || h.get("ListId") != "":
		h.tapped(e, "ListTitle", "ListId")
		e.Type = channel.TypeInteractive
		return
	case typ == "" && len(e.Media) > 0:
		typ = kindOf(e.Media[0].ContentType)
	case typ == "" && h.get("Latitude") != "":
		typ = channel.TypeLocation
	case typ == "":
		typ = channel.TypeText
	}
	if emoji := tapback(e.Text); emoji != "" && typ == channel.TypeText && e.Channel == sms {
		e.Type, e.Data["emoji"] = channel.TypeReaction, emoji
		return
	}
	switch typ {
	case channel.TypeText, channel.TypeImage, channel.TypeVideo, channel.TypeAudio, channel.TypeSticker, channel.TypeContacts, channel.TypeFile:
		e.Type = typ
	case channel.TypeReaction:
		e.Type = typ
		e.Data["emoji"] = e.Text
	case "document":
		// The file's name comes where the text would.
		e.Type = channel.TypeFile
		if len(e.Media) > 0 {
			e.Media[0].Name, e.Text = e.Text, ""
		}
	case channel.TypeLocation:
		e.Type = typ
		for name, param := range map[string]string{"latitude": "Latitude", "longitude": "Longitude"} {
			// JSON has no NaN: one would keep the event from being stored.
			if f, err := strconv.ParseFloat(h.get(param), 64); err == nil && math.Abs(f) <= 180 {
				e.Data[name] = f
			}
		}
		h.keep(e, map[string]string{"address": "Address", "title": "Label"})
	default:
		e.Type = channel.TypeUnknown
		e.Data["raw"] = h
	}
}

// tapped is an answer by a button or a list entry, with the data it carries.
func (h hook) tapped(e *channel.Event, title, data string) {
	e.Type = channel.TypePostback
	if t := h.get(title); t != "" {
		e.Text = t
	}
	if h.get(data) == "" {
		e.Type = channel.TypeInteractive
	}
	h.keep(e, map[string]string{"data": data})
}

// extras keeps what may come with any type.
func (h hook) extras(e *channel.Event) {
	h.keep(e, map[string]string{
		"interactive": "InteractiveData", "flow": "FlowData", "forwarded": "Forwarded", "frequently_forwarded": "FrequentlyForwarded",
		"messaging_service": "MessagingServiceSid", "opt_out_type": "OptOutType",
	})
	referral := map[string]string{}
	for k := range h {
		if strings.HasPrefix(k, "Referral") && h.get(k) != "" {
			referral[k] = h.get(k)
		}
	}
	if referral["ReferralSourceId"] != "" || referral["ReferralSourceUrl"] != "" {
		e.Data["referral"] = referral
	}
}

func (h hook) keep(e *channel.Event, params map[string]string) {
	for name, param := range params {
		if v := h.get(param); v != "" {
			e.Data[name] = v
		}
	}
}

// consent reports whether the customer allows or forbids messages. Twilio says
// so where its opt-out management is on; on SMS the carriers' words count too.
// YES, which Twilio takes for START, is an answer to a question of ours as well:
// it only undoes an earlier STOP.
func (h hook) consent(ch string) (channel.Kind, string) {
	word := bareWord(h.get("Body"))
	switch strings.ToUpper(h.get("OptOutType")) {
	case "STOP":
		return channel.KindOptOut, string(channel.KindOptOut)
	case "START":
		if word == "YES" {
			return channel.KindOptIn, channel.TypeAgain
		}
		return channel.KindOptIn, string(channel.KindOptIn)
	case "HELP":
		return "", ""
	}
	if ch != sms {
		return "", "" // "cancel" in a chat is an answer
	}
	switch word {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		return channel.KindOptOut, string(channel.KindOptOut)
	case "START", "UNSTOP":
		return channel.KindOptIn, string(channel.KindOptIn)
	case "YES":
		return channel.KindOptIn, channel.TypeAgain
	}
	return "", ""
}

// bareWord is a text in capitals of the usual width, without what is not a letter
// or a digit around it.
func bareWord(text string) string {
	narrow := strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E: // full width
			return r - 0xFF01 + '!'
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
	return strings.ToUpper(strings.TrimFunc(narrow, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}

func (h hook) unknown(typ, id string) channel.Event {
	return channel.Event{Kind: channel.KindUnknown, Type: typ, ID: id, Data: map[string]any{"raw": h}}
}

// digest is an id for what has none: the same parameters are the same event.
func (h hook) digest() string {
	sum := sha256.New()
	for _, k := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintf(sum, "%q=%q\n", k, h[k])
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

// split takes an address apart: "whatsapp:+1…" is on WhatsApp, one without a
// prefix on SMS, and any other prefix is a channel that is not carried here. Twilio
// falls back between RCS and SMS within one service: who answers a text by RCS is
// the same number, so it is the same conversation.
func split(address string) (ch, bare string) {
	if rest, ok := strings.CutPrefix(address, waPrefix); ok {
		return whatsapp, rest
	}
	if rest, ok := strings.CutPrefix(address, rcsPrefix); ok && strings.HasPrefix(rest, "+") {
		return sms, rest
	}
	if strings.Contains(address, ":") {
		return "", address
	}
	return sms, address
}

func kindOf(contentType string) string {
	switch kind, _, _ := strings.Cut(contentType, "/"); kind {
	case channel.TypeImage, channel.TypeVideo, channel.TypeAudio:
		return kind
	}
	if strings.Contains(contentType, "vcard") {
		return channel.TypeContacts
	}
	return channel.TypeFile
}
