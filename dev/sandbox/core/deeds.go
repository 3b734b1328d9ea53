package core

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"path/filepath"
	"strconv"
	"time"
)

// Errors that whoever plays a customer may tell apart.
var (
	ErrChannel = errors.New("the channel has no such thing")
	ErrBlocked = errors.New("the person blocked the account")
	ErrNone    = errors.New("there is none")
	ErrInput   = errors.New("the request is incomplete")
)

// Cannot says that the phone's channel does not have something.
func (p *Phone) Cannot(what string) error {
	return fmt.Errorf("%s on %s: %w", what, p.Channel, ErrChannel)
}

// side is the provider's side of the phone's account; nil when it was never added.
func (p *Phone) side() Side {
	p.Account.Box.mu.Lock()
	defer p.Account.Box.mu.Unlock()
	return p.Account.Side
}

// Says sends a text to the account and waits for the product's answer to the
// webhook. The error says that there was none.
func (p *Phone) Says(ctx context.Context, text string) (Sent, error) {
	side := p.side()
	if side == nil {
		return Sent{}, fmt.Errorf("account %q: %w", p.Account.ID, ErrNone)
	}
	return side.Says(ctx, p, text)
}

// SendsMedia sends a file; its type decides what kind of message it becomes.
func (p *Phone) SendsMedia(ctx context.Context, contentType string, body []byte, name string) (Sent, error) {
	return p.SendsMediaSaying(ctx, contentType, body, name, "")
}

// SendsMediaSaying sends a file with a text under it; some providers send the two apart.
func (p *Phone) SendsMediaSaying(ctx context.Context, contentType string, body []byte, name, text string) (Sent, error) {
	side := p.side()
	if side == nil {
		return Sent{}, fmt.Errorf("account %q: %w", p.Account.ID, ErrNone)
	}
	sum, err := p.Account.Box.KeepBlob(body)
	if err != nil {
		return Sent{}, err
	}
	if name == "" {
		name = "file" + extension(contentType)
	}
	m := MediaSeen{ContentType: contentType, Name: filepath.Base(name), Size: int64(len(body)), SHA256: sum}
	return side.SendsFile(ctx, p, m, text)
}

func extension(contentType string) string {
	if all, err := mime.ExtensionsByType(contentType); err == nil && len(all) > 0 {
		return all[0]
	}
	return ".bin"
}

// Place is a place on the map.
type Place struct {
	Latitude, Longitude float64
	Title, Address      string
}

// Text is how a thread shows a place.
func (l Place) Text() string {
	at := Decimal(l.Latitude) + ", " + Decimal(l.Longitude)
	for _, s := range []string{l.Address, l.Title} {
		if s != "" {
			at = s + " · " + at
		}
	}
	return at
}

// Decimal writes a number without an exponent.
func Decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// SendsLocation sends a place on the map.
func (p *Phone) SendsLocation(ctx context.Context, latitude, longitude float64, title, address string) (Sent, error) {
	if side, ok := p.side().(Locator); ok {
		return side.SendsLocation(ctx, p, Place{latitude, longitude, title, address})
	}
	return Sent{}, p.Cannot("location")
}

// SendsSticker sends a sticker. Where stickers are pictures, the names mean nothing.
func (p *Phone) SendsSticker(ctx context.Context, packageID, stickerID string) (Sent, error) {
	if side, ok := p.side().(Stickers); ok {
		return side.SendsSticker(ctx, p, packageID, stickerID)
	}
	return Sent{}, p.Cannot("sticker")
}

// TapsButton taps a button under a message.
func (p *Phone) TapsButton(ctx context.Context, label, data string) (Sent, error) {
	if side, ok := p.side().(Buttons); ok {
		return side.TapsButton(ctx, p, label, data)
	}
	return Sent{}, p.Cannot("button")
}

// Unsends takes back a message that the person sent.
func (p *Phone) Unsends(ctx context.Context, providerMessageID string) (Sent, error) {
	if side, ok := p.side().(Unsender); ok {
		return side.Unsends(ctx, p, providerMessageID)
	}
	return Sent{}, p.Cannot("unsend")
}

// Follows adds the account as a friend, or unblocks it.
func (p *Phone) Follows(ctx context.Context) (Sent, error) {
	if side, ok := p.side().(Follower); ok {
		return side.Follows(ctx, p)
	}
	return Sent{}, p.Cannot("follow")
}

// Unfollows blocks the account, and tells it.
func (p *Phone) Unfollows(ctx context.Context) (Sent, error) {
	if side, ok := p.side().(Follower); ok {
		return side.Unfollows(ctx, p)
	}
	return Sent{}, p.Cannot("unfollow")
}

// Reads lets the person read all that came.
func (p *Phone) Reads(ctx context.Context) error {
	if side, ok := p.side().(Reader); ok {
		return side.Reads(ctx, p)
	}
	return p.Cannot("read receipt")
}

// SendsRaw sends an event as it is given, in the form that the provider takes, to
// try what the other methods have no name for. What every event of the provider
// has is added where it is missing.
func (p *Phone) SendsRaw(ctx context.Context, raw any) (Sent, error) {
	if side := p.side(); side != nil {
		return side.SendsRaw(ctx, p, raw)
	}
	return Sent{}, fmt.Errorf("account %q: %w", p.Account.ID, ErrNone)
}

// Blocks makes the person block or unblock the account, without an event, and
// tells how it was before.
func (p *Phone) Blocks(on bool) bool {
	p.Account.Box.mu.Lock()
	defer p.Account.Box.mu.Unlock()
	was := p.Blocked
	if was != on {
		p.Flag(Flags{Blocked: &on})
	}
	return was
}

// window is how long free messages reach the phone after its person wrote; 0 is
// for ever. The lock must be held.
func (p *Phone) window() time.Duration {
	if side, ok := p.Account.Side.(Windowed); ok {
		return side.Window(p)
	}
	return 0
}

// CloseWindow lets the time for free messages run out.
func (p *Phone) CloseWindow() error {
	p.Account.Box.mu.Lock()
	defer p.Account.Box.mu.Unlock()
	if p.window() == 0 {
		return p.Cannot("reply window")
	}
	p.Flag(Flags{Window: &time.Time{}})
	return nil
}

// link makes a customer's file available to the product. The lock must be held.
func (p *Phone) link(e *Entry, m MediaSeen) {
	if e.Mine && m.ID != "" {
		p.Account.Box.links[m.ID] = Link{Account: p.Account.ID, Message: e.ID, SHA256: m.SHA256, ContentType: m.ContentType, Gone: e.Unsent}
	}
}

// unlink withdraws the files of a message that was taken back. The lock must be held.
func (p *Phone) unlink(e *Entry) {
	e.Text = ""
	for _, m := range e.Media {
		if l, ok := p.Account.Box.links[m.ID]; ok {
			l.Gone = true
			p.Account.Box.links[m.ID] = l
		}
	}
	e.Media = nil
}
