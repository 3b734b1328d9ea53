package twilio

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

const (
	maxText = 1600
	mega    = 1 << 20

	listed = 50              // messages looked through for one in doubt
	skew   = 5 * time.Second // between Twilio's clock and ours
)

// mediaLimits says what goes as an attachment; everything else goes as a link.
func mediaLimits(ch string) []channel.MediaLimit {
	var out []channel.MediaLimit
	add := func(size int64, types ...string) {
		for _, t := range types {
			out = append(out, channel.MediaLimit{Type: t, MaxBytes: size})
		}
	}
	add(5*mega, "image/jpeg", "image/png")
	if ch == whatsapp {
		add(16*mega, "video/mp4", "audio/ogg", "audio/mpeg", "audio/amr", "audio/aac", "audio/mp4", "application/pdf",
			"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
			"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
			"application/vnd.openxmlformats-officedocument.presentationml.presentation")
	} else {
		add(5*mega, "image/gif")
	}
	return append(out, channel.MediaLimit{Type: "*/*", MaxBytes: 100 * mega, AsLink: true})
}

// Send implements channel.Provider. Twilio knows no idempotency key: an answer
// that did not come is Uncertain, and Find or a status report resolves it.
func (t *Twilio) Send(ctx context.Context, a channel.Account, m channel.Outbound) (channel.Receipt, error) {
	form, err := compose(m)
	if err != nil {
		return channel.Receipt{}, err
	}
	req, err := request(ctx, a, http.MethodPost, "/Messages.json", form)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, err := rest.Do(rest.Client(t.HTTP), req)
	if err != nil {
		return channel.Receipt{}, err
	}
	if !answer.OK() {
		return channel.Receipt{}, refusal(answer, t.now())
	}
	var doc struct{ SID string }
	if answer.Torn || json.Unmarshal(answer.Body, &doc) != nil || doc.SID == "" {
		return channel.Receipt{}, &channel.Error{Class: channel.Uncertain, Code: "bad_answer", Detail: "Twilio's answer could not be read."}
	}
	return channel.Receipt{IDs: []string{doc.SID}}, nil
}

// compose writes the form of a message, or refuses it before Twilio does.
func compose(m channel.Outbound) (url.Values, error) {
	text, media, err := content(m)
	if err != nil {
		return nil, err
	}
	filled, err := contentOf(m, len(media))
	if err != nil {
		return nil, err
	}
	form := url.Values{"To": {recipient(m)}}
	if strings.HasPrefix(m.From, "MG") {
		form.Set("MessagingServiceSid", m.From)
	} else {
		form.Set("From", wire(m.Channel, m.From))
	}
	if filled != "" { // Twilio puts the words together itself
		form.Set("ContentSid", m.Template.ContentSID)
		form.Set("ContentVariables", filled)
	} else if text != "" {
		form.Set("Body", text)
	}
	if len(media) > 0 {
		form["MediaUrl"] = media
	}
	if m.CallbackURL != "" {
		form.Set("StatusCallback", m.CallbackURL)
	}
	return form, nil
}

// content is what the customer will get: the text, with links to what cannot be
// attached, and the addresses of what can.
func content(m channel.Outbound) (text string, media []string, err error) {
	text = m.Text
	for _, f := range m.Media {
		if !channel.PublicLink(f.URL) {
			return "", nil, refused("media_url", "Twilio fetches attachments over https only.")
		}
		native := slices.ContainsFunc(mediaLimits(m.Channel), func(l channel.MediaLimit) bool {
			return !l.AsLink && l.Type == f.ContentType && f.Size <= l.MaxBytes
		})
		if native {
			media = append(media, f.URL)
			continue
		}
		text = strings.TrimLeft(text+"\n"+strings.TrimSpace(f.Name+" "+f.URL), "\n")
	}
	most := 10
	if m.Channel == whatsapp {
		most = 1
	}
	switch {
	case len(media) > most:
		return "", nil, refused("too_many_media", "A message takes "+strconv.Itoa(most)+" attachments at most on this channel.")
	case channel.Length(text) > maxText:
		return "", nil, refused("too_long", "The text is longer than Twilio takes.")
	case text == "" && len(media) == 0:
		return "", nil, refused("empty", "The message has neither text nor attachment.")
	}
	return text, media, nil
}

// Find implements channel.Finder: it lists what was last sent between the two
// numbers. Twilio's date filter is not used, because it works on the day of
// sending, which a message still queued does not have. Two messages that fit are
// no answer.
func (t *Twilio) Find(ctx context.Context, a channel.Account, m channel.Outbound, since time.Time) (channel.Receipt, bool, error) {
	text, media, err := content(m)
	if err != nil {
		return channel.Receipt{}, false, err
	}
	q := url.Values{"To": {recipient(m)}, "PageSize": {strconv.Itoa(listed)}}
	if !strings.HasPrefix(m.From, "MG") {
		q.Set("From", wire(m.Channel, m.From))
	}
	req, err := request(ctx, a, http.MethodGet, "/Messages.json?"+q.Encode(), nil)
	if err != nil {
		return channel.Receipt{}, false, err
	}
	answer, err := rest.Ask(rest.Client(t.HTTP), req)
	if err != nil {
		return channel.Receipt{}, false, err
	}
	if !answer.OK() {
		return channel.Receipt{}, false, rest.Asked(refusal(answer, t.now()))
	}
	var doc struct {
		Messages *[]struct {
			SID, Body, Direction string
			NumMedia             string `json:"num_media"`
			Created              string `json:"date_created"`
		}
	}
	if answer.Torn || json.Unmarshal(answer.Body, &doc) != nil || doc.Messages == nil { // no list is not an empty list
		return channel.Receipt{}, false, &channel.Error{Class: channel.Unavailable, Code: "bad_answer", Detail: "Twilio's answer could not be read."}
	}
	var fit []string
	for _, c := range *doc.Messages {
		created, err := time.Parse(time.RFC1123Z, c.Created)
		outbound := strings.HasPrefix(c.Direction, "outbound")
		said := c.Body == text || c.Body == "" && m.Template != nil // a template's words are not there at once
		if err == nil && c.SID != "" && outbound && said && c.NumMedia == strconv.Itoa(len(media)) && !created.Before(since.Add(-skew)) {
			fit = append(fit, c.SID)
		}
	}
	return channel.Receipt{IDs: fit}, len(fit) == 1, nil
}

// recipient is the customer as Twilio writes them: our sender of RCS writes to
// numbers of RCS only.
func recipient(m channel.Outbound) string {
	if strings.HasPrefix(m.From, rcsPrefix) {
		return rcsPrefix + m.To
	}
	return wire(m.Channel, m.To)
}

// wire writes an address as Twilio does.
func wire(ch, address string) string {
	if ch == whatsapp {
		return waPrefix + address
	}
	return address
}
