package core_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox/core"
)

// acme is a provider with texts and nothing else.
type acme struct{}

type acmeAccount struct {
	*core.Account
	settings struct{ ID, URL string }
}

func (acme) Name() string { return "acme" }

func (acme) Routes(b *core.Box, mux *http.ServeMux) {
	how := core.API{
		Authenticate: func(r *core.Request) *core.Reply { r.Account = b.Account(r.PathValue("id")); return nil },
		Refuse:       func(string) core.Reply { return core.Reply{Status: http.StatusTeapot} },
		IDHeader:     "X-Acme-Request",
	}
	mux.HandleFunc("POST /acme/{id}/send", b.Serve(how, true, func(r *core.Request) core.Reply {
		b.Lock()
		defer b.Unlock()
		r.Account.Phone("acme", "ann", "").Put(&core.Entry{ID: "m1", Kind: "text", Text: string(r.Body)})
		return core.Reply{Status: http.StatusOK}
	}))
}

func (acme) AccountID(settings json.RawMessage) (string, error) {
	var s struct{ ID string }
	if err := json.Unmarshal(settings, &s); err != nil || s.ID == "" {
		return "", errors.Join(errors.New("no ID"), err)
	}
	return s.ID, nil
}

func (acme) Open(a *core.Account) core.Side { return &acmeAccount{Account: a} }

func (a *acmeAccount) Set(settings json.RawMessage) error {
	return json.Unmarshal(settings, &a.settings)
}
func (a *acmeAccount) View() core.View { return core.View{WebhookURL: a.settings.URL} }

func (a *acmeAccount) Phone(_, number, _ string) (*core.Phone, error) {
	return a.Account.Phone("acme", number, ""), nil
}

func (a *acmeAccount) Sign(e *core.Event, _ string, again bool) (http.Header, string) {
	return http.Header{"X-Acme": {fmt.Sprint(again)}}, e.Body
}

func (a *acmeAccount) Says(ctx context.Context, p *core.Phone, text string) (core.Sent, error) {
	a.Box.Lock()
	p.Put(&core.Entry{ID: "c1", Mine: true, Kind: "text", Text: text, EventID: "e1"})
	a.Box.Unlock()
	return a.Box.Deliver(ctx, &core.Event{ID: "e1", Kind: "message", Phone: p.ID(), Body: text, Account: a.Account})
}

func (a *acmeAccount) SendsFile(_ context.Context, p *core.Phone, _ core.MediaSeen, _ string) (core.Sent, error) {
	return core.Sent{}, p.Cannot("file")
}

func (a *acmeAccount) SendsRaw(_ context.Context, p *core.Phone, _ any) (core.Sent, error) {
	return core.Sent{}, p.Cannot("raw event")
}

// A provider brings what is its own; the rest, a restart too, is common.
func TestBox_TakesAnyProvider(t *testing.T) {
	t.Parallel()
	var again []string
	product := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		again = append(again, r.Header.Get("X-Acme"))
	}))
	t.Cleanup(product.Close)
	file := filepath.Join(t.TempDir(), "journal")
	b, err := core.New(core.Config{JournalFile: file}, acme{})
	require.NoError(t, err)
	require.NoError(t, b.AddAccount("acme", map[string]string{"ID": "a1", "URL": product.URL}))
	require.Error(t, b.AddAccount("acme", map[string]string{}))
	require.Error(t, b.AddAccount("nobody", map[string]string{"ID": "a1"}))

	b.Lock()
	side, ok := core.SideOf[*acmeAccount](b, "a1")
	require.True(t, ok)
	ann, err := side.Phone("", "ann", "")
	b.Unlock()
	require.NoError(t, err)
	sent, err := ann.Says(t.Context(), "hi")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, sent.Status)
	_, err = b.Redeliver(t.Context(), "e1")
	require.NoError(t, err)
	require.Equal(t, []string{"false", "true"}, again)
	for name, do := range map[string]func() error{
		"location": func() error { _, err := ann.SendsLocation(t.Context(), 1, 2, "", ""); return err },
		"sticker":  func() error { _, err := ann.SendsSticker(t.Context(), "1", "2"); return err },
		"button":   func() error { _, err := ann.TapsButton(t.Context(), "Yes", "y"); return err },
		"unsend":   func() error { _, err := ann.Unsends(t.Context(), "m1"); return err },
		"follow":   func() error { _, err := ann.Follows(t.Context()); return err },
		"reads":    func() error { return ann.Reads(t.Context()) },
		"window":   ann.CloseWindow,
	} {
		require.ErrorIs(t, do(), core.ErrChannel, name)
	}

	mux := http.NewServeMux()
	b.Routes(mux)
	call := func() int {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/acme/a1/send", http.NoBody))
		require.NotEmpty(t, w.Header().Get("X-Acme-Request"))
		return w.Code
	}
	b.Fault("a1", core.Fault{Kind: "429", Times: 1})
	require.Equal(t, http.StatusTeapot, call())
	require.Equal(t, http.StatusOK, call())
	require.Len(t, ann.Received(), 1)
	calls := b.Calls("a1")
	require.Len(t, calls, 2)
	require.NoError(t, b.Close())

	b, err = core.New(core.Config{JournalFile: file}, acme{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	require.Equal(t, calls, b.Calls("a1"))
	require.Len(t, b.FindPhone(ann.ID()).Received(), 1)
	accounts, _ := b.Views()
	require.Equal(t, "acme", accounts[0].Provider)
	require.NotEmpty(t, accounts[0].WebhookURL)
}
