package sandbox

import (
	"context"
	"fmt"
	"mime"
	"net/url"
	"path/filepath"
	"strconv"
)

// Says sends a text to the account and waits for the product's answer to the
// webhook. The error says that there was none.
func (p *Phone) Says(ctx context.Context, text string) (Sent, error) {
	if p.channel == chLINE {
		return p.lineSays(ctx, text)
	}
	return p.twilioSays(ctx, text)
}

// SendsMedia sends a file; its type decides what kind of message it becomes.
func (p *Phone) SendsMedia(ctx context.Context, contentType string, body []byte, name string) (Sent, error) {
	return p.SendsMediaSaying(ctx, contentType, body, name, "")
}

// SendsMediaSaying sends a file with a text under it; LINE sends the two apart.
func (p *Phone) SendsMediaSaying(ctx context.Context, contentType string, body []byte, name, text string) (Sent, error) {
	sum, err := p.account.s.blobs.put(body)
	if err != nil {
		return Sent{}, err
	}
	if name == "" {
		name = "file" + extension(contentType)
	}
	m := MediaSeen{ContentType: contentType, Name: filepath.Base(name), Size: int64(len(body)), SHA256: sum}
	if p.channel != chLINE {
		return p.twilioMedia(ctx, m, text)
	}
	sent, err := p.lineMedia(ctx, m)
	if err != nil || text == "" {
		return sent, err
	}
	return p.lineSays(ctx, text)
}

func extension(contentType string) string {
	if all, err := mime.ExtensionsByType(contentType); err == nil && len(all) > 0 {
		return all[0]
	}
	return ".bin"
}

// SendsLocation sends a place on the map.
func (p *Phone) SendsLocation(ctx context.Context, latitude, longitude float64, title, address string) (Sent, error) {
	switch p.channel {
	case chLINE:
		fields := map[string]any{"latitude": latitude, "longitude": longitude}
		if title != "" {
			fields["title"] = title
		}
		if address != "" {
			fields["address"] = address
		}
		return p.lineMessage(ctx, &Entry{ID: lineID(), Kind: "location", Text: placeText(title, address, latitude, longitude)}, fields)
	case chWhatsApp:
		form := url.Values{
			"MessageType": {"location"}, "Latitude": {decimal(latitude)}, "Longitude": {decimal(longitude)},
			"Address": {address}, "Label": {title}, "Body": {""},
		}
		return p.twilioSend(ctx, &Entry{ID: hexID("SM"), Kind: "location", Text: placeText(title, address, latitude, longitude)}, form)
	}
	return Sent{}, fmt.Errorf("location on %s: %w", p.channel, errChannel)
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func placeText(title, address string, latitude, longitude float64) string {
	at := decimal(latitude) + ", " + decimal(longitude)
	for _, s := range []string{address, title} {
		if s != "" {
			at = s + " · " + at
		}
	}
	return at
}

// SendsSticker sends a sticker; WhatsApp's are pictures, so the names mean
// nothing there.
func (p *Phone) SendsSticker(ctx context.Context, packageID, stickerID string) (Sent, error) {
	switch p.channel {
	case chLINE:
		return p.lineMessage(ctx, &Entry{ID: lineID(), Kind: "sticker", Text: "Sticker " + stickerID}, map[string]any{
			"packageId": packageID, "stickerId": stickerID, "stickerResourceType": "STATIC", "quoteToken": quoteToken(), "keywords": []string{"hello"},
		})
	case chWhatsApp:
		sum, err := p.account.s.blobs.put(stickerWebP)
		if err != nil {
			return Sent{}, err
		}
		return p.twilioFile(ctx, MediaSeen{ContentType: "image/webp", Name: "sticker.webp", Size: int64(len(stickerWebP)), SHA256: sum}, "sticker", "")
	}
	return Sent{}, fmt.Errorf("sticker on %s: %w", p.channel, errChannel)
}

// stickerWebP is a picture of one pixel, the smallest WebP there is.
var stickerWebP = []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")

// TapsButton taps a button under a message: a postback on LINE, a quick reply on
// WhatsApp.
func (p *Phone) TapsButton(ctx context.Context, label, data string) (Sent, error) {
	switch p.channel {
	case chLINE:
		return p.emit(ctx, lineEvent{
			kind: "postback", reply: true, fields: map[string]any{"postback": map[string]any{"data": data}},
			entry: &Entry{ID: lineID(), Kind: "postback", Text: label},
		})
	case chWhatsApp:
		form := url.Values{"MessageType": {"button"}, "ButtonText": {label}, "ButtonPayload": {data}, "Body": {label}}
		if last := p.lastReceived(); last != "" {
			form.Set("OriginalRepliedMessageSid", last)
			form.Set("OriginalRepliedMessageSender", waPrefix+p.to)
		}
		return p.twilioSend(ctx, &Entry{ID: hexID("SM"), Kind: "button", Text: label}, form)
	}
	return Sent{}, fmt.Errorf("button on %s: %w", p.channel, errChannel)
}

func (p *Phone) lastReceived() string {
	p.account.s.mu.Lock()
	defer p.account.s.mu.Unlock()
	if n := len(p.received); n > 0 {
		return p.received[n-1].ID
	}
	return ""
}

// Unsends takes back a message that the person sent; only LINE tells of it.
func (p *Phone) Unsends(ctx context.Context, providerMessageID string) (Sent, error) {
	if p.channel != chLINE {
		return Sent{}, fmt.Errorf("unsend on %s: %w", p.channel, errChannel)
	}
	return p.lineUnsends(ctx, providerMessageID)
}

// SendsRaw sends an event as it is given, a map for LINE and url.Values for
// Twilio, to try what the other methods have no name for. What every event of the
// provider has is added where it is missing.
func (p *Phone) SendsRaw(ctx context.Context, raw any) (Sent, error) {
	switch raw := raw.(type) {
	case map[string]any:
		if p.channel == chLINE {
			return p.lineRaw(ctx, raw)
		}
	case url.Values:
		if p.channel != chLINE {
			return p.twilioRaw(ctx, raw)
		}
	}
	return Sent{}, fmt.Errorf("raw event of type %T on %s: %w", raw, p.channel, errChannel)
}

// Blocks makes the person block or unblock the account, without an event, and
// tells how it was before.
func (p *Phone) Blocks(on bool) bool {
	s := p.account.s
	s.mu.Lock()
	defer s.mu.Unlock()
	was := p.blocked
	if was != on {
		s.append(record{Kind: recFlags, Account: p.account.id, Phone: p.id, Flags: &flags{Blocked: &on}})
	}
	return was
}

// link makes a customer's file available to the product. s.mu must be held.
func (p *Phone) link(e *Entry, m MediaSeen) {
	if e.Mine && m.ID != "" {
		p.account.s.links[m.ID] = mediaLink{Account: p.account.id, Message: e.ID, SHA256: m.SHA256, ContentType: m.ContentType, Gone: e.Unsent}
	}
}

// unlink withdraws the files of a message that was taken back. s.mu must be held.
func (p *Phone) unlink(e *Entry) {
	e.Text = ""
	for _, m := range e.Media {
		if l, ok := p.account.s.links[m.ID]; ok {
			l.Gone = true
			p.account.s.links[m.ID] = l
		}
	}
	e.Media = nil
}
