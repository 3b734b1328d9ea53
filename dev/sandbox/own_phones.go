package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// errNotThere is what an unknown phone or account gets; errInput a bad request.
var (
	errNotThere = errors.New("there is none")
	errInput    = errors.New("the request is incomplete")
)

// onPhone answers for one phone.
func (s *Sandbox) onPhone(do func(context.Context, *Phone, *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		p := s.phones[r.PathValue("phone")]
		s.mu.Unlock()
		var out any
		err := errNotThere
		if p != nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
			out, err = do(r.Context(), p, r)
		}
		status := http.StatusBadGateway // the webhook got no answer
		switch {
		case err == nil:
			answer(w, http.StatusOK, out)
			return
		case errors.Is(err, errNotThere):
			status = http.StatusNotFound
		case errors.Is(err, errInput):
			status = http.StatusBadRequest
		case errors.Is(err, errChannel) || errors.Is(err, errBlocked):
			status = http.StatusConflict
		}
		answer(w, status, map[string]any{"error": err.Error(), "sent": out})
	}
}

// say is what the person does; which members count depends on the deed.
type say struct {
	Text      string  `json:"text"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Title     string  `json:"title"`
	Address   string  `json:"address"`
	Package   string  `json:"package_id"`
	Sticker   string  `json:"sticker_id"`
	Label     string  `json:"label"`
	Data      string  `json:"data"`
	MessageID string  `json:"message_id"`
}

func (s *Sandbox) phoneRoutes(mux *http.ServeMux) {
	deed := func(name string, do func(context.Context, *Phone, say) (any, error)) {
		mux.HandleFunc("POST /_sandbox/phones/{phone}/"+name, s.onPhone(func(ctx context.Context, p *Phone, r *http.Request) (any, error) {
			var in say
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil && !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("%w: %w", errInput, err)
			}
			return do(ctx, p, in)
		}))
	}
	deed("says", func(ctx context.Context, p *Phone, in say) (any, error) {
		if strings.TrimSpace(in.Text) == "" {
			return nil, fmt.Errorf("%w: a text is missing", errInput)
		}
		return p.Says(ctx, in.Text)
	})
	deed("location", func(ctx context.Context, p *Phone, in say) (any, error) {
		return p.SendsLocation(ctx, in.Latitude, in.Longitude, in.Title, in.Address)
	})
	deed("sticker", func(ctx context.Context, p *Phone, in say) (any, error) {
		return p.SendsSticker(ctx, in.Package, in.Sticker)
	})
	deed("button", func(ctx context.Context, p *Phone, in say) (any, error) { return p.TapsButton(ctx, in.Label, in.Data) })
	deed("unsend", func(ctx context.Context, p *Phone, in say) (any, error) { return p.Unsends(ctx, in.MessageID) })
	deed("reads", func(ctx context.Context, p *Phone, _ say) (any, error) { return struct{}{}, p.Reads(ctx) })
	deed("block", func(ctx context.Context, p *Phone, _ say) (any, error) { return p.blocks(ctx, true) })
	deed("unblock", func(ctx context.Context, p *Phone, _ say) (any, error) { return p.blocks(ctx, false) })
	deed("close-window", func(_ context.Context, p *Phone, _ say) (any, error) { return struct{}{}, p.closeWindow() })
	mux.HandleFunc("POST /_sandbox/phones/{phone}/media", s.onPhone(sendsFile))
}

// blocks tells the product where the channel does.
func (p *Phone) blocks(ctx context.Context, on bool) (any, error) {
	switch {
	case p.channel == chLINE && on:
		return p.Unfollows(ctx)
	case p.channel == chLINE:
		return p.Follows(ctx)
	}
	p.Blocks(on)
	return struct{}{}, nil
}

func sendsFile(ctx context.Context, p *Phone, r *http.Request) (any, error) {
	f, head, err := r.FormFile("file")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInput, err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInput, err)
	}
	kind := head.Header.Get("Content-Type")
	if kind == "" || kind == "application/octet-stream" {
		kind = http.DetectContentType(data)
	}
	return p.SendsMediaSaying(ctx, kind, data, head.Filename, r.FormValue("text"))
}

// addPhone makes a person on one of an account's channels.
func (s *Sandbox) addPhone(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Account, Channel, Number, To, Name string
	}
	if !read(w, r, &in) {
		return
	}
	p, err := s.newPhone(in.Account, in.Channel, in.Number, in.To)
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	if in.Name != "" {
		p.Named(in.Name)
	}
	s.mu.Lock()
	v := p.view(0)
	s.mu.Unlock()
	answer(w, http.StatusCreated, v)
}

// newPhone finds or makes a phone; an empty number gets one.
func (s *Sandbox) newPhone(account, channel, number, to string) (*Phone, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[account]
	if a == nil || a.line == nil && a.twilio == nil {
		return nil, fmt.Errorf("account %q: %w", account, errNotThere)
	}
	switch {
	case a.line != nil:
		if number == "" {
			number = hexID("U")
		}
		return a.phone(chLINE, number, ""), nil
	case channel != chSMS && channel != chWhatsApp:
		return nil, fmt.Errorf("%w: the channel is sms or whatsapp", errInput)
	}
	own := a.twilio.Numbers
	if channel == chWhatsApp {
		own = a.twilio.WhatsApp
	}
	if to == "" && len(own) > 0 {
		to = own[0]
	}
	if !slices.Contains(own, to) {
		return nil, fmt.Errorf("number %q: %w", to, errNotThere)
	}
	if number == "" {
		number = "+6680" + strconv.Itoa(1000000+int(random(1)[0])*30000+int(random(1)[0])*100+len(s.phones)%100)
	}
	if !e164.MatchString(number) && (channel != chWhatsApp || !bsuid.MatchString(number)) {
		return nil, fmt.Errorf("%w: %q is not a number with + and country", errInput, number)
	}
	return a.phone(channel, number, to), nil
}
