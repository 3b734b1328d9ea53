package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"switchboard/dev/sandbox/core"
)

// onPhone answers for one phone.
func (s *Sandbox) onPhone(do func(context.Context, *core.Phone, *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := s.FindPhone(r.PathValue("phone"))
		var out any
		err := core.ErrNone
		if p != nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
			out, err = do(r.Context(), p, r)
		}
		status := http.StatusBadGateway // the webhook got no answer
		switch {
		case err == nil:
			core.Answer(w, http.StatusOK, out)
			return
		case errors.Is(err, core.ErrNone):
			status = http.StatusNotFound
		case errors.Is(err, core.ErrInput):
			status = http.StatusBadRequest
		case errors.Is(err, core.ErrChannel) || errors.Is(err, core.ErrBlocked):
			status = http.StatusConflict
		}
		core.Answer(w, status, map[string]any{"error": err.Error(), "sent": out})
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
	deed := func(name string, do func(context.Context, *core.Phone, say) (any, error)) {
		mux.HandleFunc("POST /_sandbox/phones/{phone}/"+name, s.onPhone(func(ctx context.Context, p *core.Phone, r *http.Request) (any, error) {
			var in say
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil && !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("%w: %w", core.ErrInput, err)
			}
			return do(ctx, p, in)
		}))
	}
	deed("says", func(ctx context.Context, p *core.Phone, in say) (any, error) {
		if strings.TrimSpace(in.Text) == "" {
			return nil, fmt.Errorf("%w: a text is missing", core.ErrInput)
		}
		return p.Says(ctx, in.Text)
	})
	deed("location", func(ctx context.Context, p *core.Phone, in say) (any, error) {
		return p.SendsLocation(ctx, in.Latitude, in.Longitude, in.Title, in.Address)
	})
	deed("sticker", func(ctx context.Context, p *core.Phone, in say) (any, error) {
		return p.SendsSticker(ctx, in.Package, in.Sticker)
	})
	deed("button", func(ctx context.Context, p *core.Phone, in say) (any, error) {
		return p.TapsButton(ctx, in.Label, in.Data)
	})
	deed("unsend", func(ctx context.Context, p *core.Phone, in say) (any, error) { return p.Unsends(ctx, in.MessageID) })
	deed("reads", func(ctx context.Context, p *core.Phone, _ say) (any, error) { return struct{}{}, p.Reads(ctx) })
	deed("block", func(ctx context.Context, p *core.Phone, _ say) (any, error) { return blocks(ctx, p, true) })
	deed("unblock", func(ctx context.Context, p *core.Phone, _ say) (any, error) { return blocks(ctx, p, false) })
	deed("close-window", func(_ context.Context, p *core.Phone, _ say) (any, error) { return struct{}{}, p.CloseWindow() })
	mux.HandleFunc("POST /_sandbox/phones/{phone}/media", s.onPhone(sendsFile))
}

// blocks tells the product where the channel does.
func blocks(ctx context.Context, p *core.Phone, on bool) (any, error) {
	do := p.Follows
	if on {
		do = p.Unfollows
	}
	sent, err := do(ctx)
	if errors.Is(err, core.ErrChannel) {
		p.Blocks(on)
		return struct{}{}, nil
	}
	return sent, err
}

func sendsFile(ctx context.Context, p *core.Phone, r *http.Request) (any, error) {
	f, head, err := r.FormFile("file")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", core.ErrInput, err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", core.ErrInput, err)
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
	if !core.ReadJSON(w, r, &in) {
		return
	}
	p, err := s.newPhone(in.Account, in.Channel, in.Number, in.To)
	if err != nil {
		core.Answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	if in.Name != "" {
		p.Named(in.Name)
	}
	s.Lock()
	v := p.View(0)
	s.Unlock()
	core.Answer(w, http.StatusCreated, v)
}

// newPhone finds or makes a phone; an empty number gets one.
func (s *Sandbox) newPhone(account, channel, number, to string) (*core.Phone, error) {
	s.Lock()
	defer s.Unlock()
	a := s.Account(account)
	if a == nil || a.Side == nil {
		return nil, fmt.Errorf("account %q: %w", account, core.ErrNone)
	}
	return a.Side.Phone(channel, number, to)
}
