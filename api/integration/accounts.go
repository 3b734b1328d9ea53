package integration

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/secret"
	"switchboard/store/configdb"
)

// account is what administrators see: secrets as {"name": {"set": true}}.
type account struct {
	configdb.Account
	WebhookURL string `json:"webhook_url"`
}

func (s *Server) showAccount(a configdb.Account) account {
	return account{Account: a, WebhookURL: s.PublicURL + "/webhooks/" + a.Provider + "/" + a.Key}
}

func (s *Server) listAccounts(c echo.Context) error {
	p, err := httpx.PageOf(c, "accounts")
	if err != nil {
		return err
	}
	list, err := s.Store.Config.ListAccounts(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "accounts", p, list,
		func(a configdb.Account) (time.Time, uuid.UUID) { return a.CreatedAt, a.ID }, s.showAccount)
}

func (s *Server) getAccount(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	a, err := s.Store.Config.AccountByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.showAccount(a))
}

// accountInput: {"provider": "line", "name": "LINE Tallinn", "workstream_id": "…",
// "settings": {"channel_id": "1234567890"}, "secrets": {"channel_secret": "…"}}
//
// In a change, settings and secrets are merged by field; null removes one.
type accountInput struct {
	Provider     *string            `json:"provider"`
	Name         *string            `json:"name"`
	BaseURL      *string            `json:"base_url"`
	WorkstreamID *uuid.UUID         `json:"workstream_id"`
	Settings     map[string]*string `json:"settings"`
	Secrets      map[string]*string `json:"secrets"`
}

// apply puts the given fields into a and checks the whole, by our rules and the
// provider's.
func (in accountInput) apply(a *configdb.Account, p channel.Sender, private []string) error {
	var k httpx.Checks
	if in.BaseURL != nil && *in.BaseURL != a.BaseURL {
		in.secretsAnew(&k, *a)
	}
	httpx.Set(&a.Name, in.Name)
	httpx.Set(&a.BaseURL, in.BaseURL)
	httpx.Set(&a.Workstream, in.WorkstreamID)
	merge(a.Settings, in.Settings)
	merge(a.Secrets, in.Secrets)
	a.Unique = channel.UniqueFields(p)
	k.Text("name", a.Name, 1, 100)
	k.BaseURL("base_url", a.BaseURL, private)
	k.Required("workstream_id", a.Workstream)
	checkFields(&k, channel.FieldsOf(p), *a)
	if err := k.Err(); err != nil {
		return err
	}
	err := channel.ValidateFor(p, a.Channel())
	if no := (*channel.Invalid)(nil); errors.As(err, &no) {
		return httpx.Invalid(httpx.FieldError{Field: fieldOf(channel.FieldsOf(p), no.Field), Reason: no.Reason})
	}
	return err
}

// fieldOf is where a field of the provider's stands in a request.
func fieldOf(fields []channel.Field, name string) string {
	for _, f := range fields {
		if f.Name == name && f.Secret {
			return "secrets." + name
		} else if f.Name == name {
			return "settings." + name
		}
	}
	return name
}

// secretsAnew wants every secret with another address: who does not know them must
// not have them sent to where they listen.
func (in accountInput) secretsAnew(k *httpx.Checks, a configdb.Account) {
	for _, name := range slices.Sorted(maps.Keys(a.Secrets)) {
		if _, given := in.Secrets[name]; !given {
			k.Add("secrets."+name, "must be given again, or null, when base_url changes")
		}
	}
}

func merge(into map[string]string, given map[string]*string) {
	for name, v := range given {
		if v == nil {
			delete(into, name)
		} else {
			into[name] = *v
		}
	}
}

const maxField = 10_000 // characters; some credentials are whole keys

func checkFields(k *httpx.Checks, fields []channel.Field, a configdb.Account) {
	known := map[string]bool{} // by where it is kept and its name
	for _, f := range fields {
		where, values := "settings", a.Settings
		if f.Secret {
			where, values = "secrets", a.Secrets
		}
		known[where+"."+f.Name] = true
		v, given := values[f.Name]
		switch {
		case f.Required && v == "":
			k.Add(where+"."+f.Name, "must be given")
		case given && (len(v) > maxField || strings.ContainsRune(v, 0)):
			k.Add(where+"."+f.Name, "is too long or holds a NUL")
		}
	}
	for where, values := range map[string]map[string]string{"settings": a.Settings, "secrets": a.Secrets} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if !known[where+"."+name] {
				k.Add(where+"."+name, "is no such field of this provider")
			}
		}
	}
}

func (s *Server) createAccount(c echo.Context) error {
	var in accountInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var typ string
	httpx.Set(&typ, in.Provider)
	p, err := s.Providers.Get(typ)
	if err != nil {
		return httpx.Invalid(httpx.FieldError{Field: "provider", Reason: "must be one of " + strings.Join(s.Providers.Types(), ", ")})
	}
	a := configdb.Account{ID: uuid.New(), Provider: typ, Key: secret.NewToken(), Settings: map[string]string{}, Secrets: configdb.Secrets{}}
	if err := in.apply(&a, p, s.PrivateHosts); err != nil {
		return err
	}
	made, err := s.Store.Config.CreateAccount(c.Request().Context(), core.IdentityOf(c).Actor(), a)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, s.showAccount(made))
}

func (s *Server) changeAccount(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in accountInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	a, err := s.Store.Config.ChangeAccount(c.Request().Context(), core.IdentityOf(c).Actor(), id, func(a *configdb.Account) error {
		if in.Provider != nil && *in.Provider != a.Provider {
			return httpx.Invalid(httpx.FieldError{Field: "provider", Reason: "cannot be changed; create another account"})
		}
		p, err := s.Providers.Get(a.Provider)
		if err != nil {
			return httpx.Unavailable("This provider is not served here.", 0)
		}
		return in.apply(a, p, s.PrivateHosts)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.showAccount(a))
}

func (s *Server) deleteAccount(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Config.DeleteAccount(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// rotateKey gives the account a new webhook address; the old one is gone at once.
func (s *Server) rotateKey(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	a, err := s.Store.Config.ChangeAccount(c.Request().Context(), core.IdentityOf(c).Actor(), id, func(a *configdb.Account) error {
		a.Key = secret.NewToken()
		return nil
	})
	if err != nil {
		return fmt.Errorf("rotate key: %w", err)
	}
	return c.JSON(http.StatusOK, s.showAccount(a))
}
