package demo

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
)

// side is where a customer writes and reads.
type side interface {
	// do plays a turn of the customer; key names it.
	do(ctx context.Context, key string, t turn) error
	// got waits until the customer has n messages of the company.
	got(ctx context.Context, n int) error
}

func (c *Company) sideOf(who customer) side {
	switch who.on {
	case onLive:
		return &visitor{Company: c, who: who, widget: c.cfg.Live}
	case onAccount:
		return &visitor{Company: c, who: who, widget: c.cfg.Persistent}
	default:
		return &phone{sandbox: c.sandbox, who: who}
	}
}

// phone is a customer's phone at the sandbox.
type phone struct {
	sandbox *apiclient.Client
	who     customer
	once    sync.Once
	path    string // "" before it was switched on
	err     error
}

// account is where the sandbox knows those who write on a channel.
func (ch channel) account() (id, to string) {
	switch ch {
	case onLINE:
		return LINEChannel, ""
	case onWhatsApp:
		return WhatsAppAcct, WhatsAppNumber
	default:
		return SMSAccount, SMSNumber
	}
}

// on switches the phone on, under the customer's name.
func (p *phone) on(ctx context.Context) error {
	p.once.Do(func() {
		account, to := p.who.on.account()
		var made struct{ ID string }
		in := map[string]string{"account": account, "channel": string(p.who.on), "number": p.who.number, "to": to, "name": p.who.name}
		_, p.err = p.sandbox.Do(ctx, http.MethodPost, "/_sandbox/phones", in, &made)
		p.path = "/_sandbox/phones/" + made.ID
	})
	return p.err
}

func (p *phone) do(ctx context.Context, _ string, t turn) error {
	if err := p.on(ctx); err != nil {
		return err
	}
	switch {
	case t.photo != nil:
		return p.sendPhoto(ctx, t)
	case t.place != nil:
		return p.send(ctx, "/location", map[string]any{"latitude": t.place.latitude, "longitude": t.place.longitude,
			"title": t.place.title, "address": t.place.address})
	case t.by == bySticker:
		return p.send(ctx, "/sticker", map[string]any{"package_id": "446", "sticker_id": "1988"})
	}
	return p.send(ctx, "/says", map[string]any{"text": t.text})
}

// send does something with the phone that the provider tells the product of.
func (p *phone) send(ctx context.Context, deed string, in any) error {
	var sent struct{ Status int }
	if _, err := p.sandbox.Do(ctx, http.MethodPost, p.path+deed, in, &sent); err != nil {
		return err
	}
	return taken(sent.Status)
}

// taken says whether the product took what a provider told it.
func taken(status int) error {
	if status != http.StatusOK && status != http.StatusNoContent {
		return fmt.Errorf("the webhook was answered %d", status)
	}
	return nil
}

func (p *phone) sendPhoto(ctx context.Context, t turn) error {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", `form-data; name="file"; filename="photo.jpg"`)
	head.Set("Content-Type", "image/jpeg")
	part, err := form.CreatePart(head)
	if err == nil {
		_, err = part.Write(t.photo)
	}
	if err == nil {
		err = form.WriteField("text", t.text)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return err
	}
	var sent struct{ Status int }
	_, err = p.sandbox.Do(ctx, http.MethodPost, p.path+"/media", b.Bytes(), &sent, "Content-Type", form.FormDataContentType())
	if err != nil {
		return err
	}
	return taken(sent.Status)
}

// longest is how long a customer waits for a message. One that was on its way when
// everything was killed is in doubt, and never sent again: nobody waits for it for ever.
const longest = 15 * time.Second

// got waits for messages, and reads them where the channel tells of it.
func (p *phone) got(ctx context.Context, n int) error {
	if n == 0 {
		return nil
	}
	if err := p.on(ctx); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	_, err := p.sandbox.Do(within, http.MethodGet, p.path+"?received="+strconv.Itoa(n), nil, nil)
	if err != nil && (within.Err() == nil || ctx.Err() != nil) {
		return err
	}
	if p.who.on != onWhatsApp {
		return nil
	}
	_, err = p.sandbox.Do(ctx, http.MethodPost, p.path+"/reads", map[string]any{}, nil)
	return err
}

// visitor is a customer in the chat of the shop, where they signed in.
type visitor struct {
	*Company
	who    customer
	widget string
	chat   *apiclient.Visitor // nil before the chat was opened
}

// open opens the chat with the token that the shop's server signs.
func (v *visitor) open(ctx context.Context) error {
	if v.chat != nil {
		return nil
	}
	var signed struct{ Token string }
	in := map[string]string{"sub": v.who.number, "aud": v.widget, "name": v.who.name}
	if _, err := v.sandbox.Do(ctx, http.MethodPost, "/shop/auth/token", in, &signed); err != nil {
		return err
	}
	chat := apiclient.NewVisitor(v.cfg.API, v.widget)
	start := map[string]any{"token": signed.Token, "language": "en"}
	if v.who.on == onLive {
		start["answers"] = map[string]any{"name": v.who.name, "email": v.who.email, "topic": "Other"}
	}
	if _, err := chat.Start(ctx, start); err != nil {
		return err
	}
	v.chat = chat
	return nil
}

func (v *visitor) do(ctx context.Context, key string, t turn) error {
	if err := v.open(ctx); err != nil {
		return err
	}
	_, _, err := v.chat.Say(ctx, uuid.NewSHA1(uuid.NameSpaceURL, []byte(key)), t.text)
	return err
}

// got does not wait: what an agent writes is in the chat at once.
func (v *visitor) got(context.Context, int) error { return nil }
