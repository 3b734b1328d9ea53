package sso

import (
	"net/http"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/store/ssodb"
)

// provider is what administrators see, with the addresses to enter at the provider.
type provider struct {
	ssodb.Provider
	RedirectURL string `json:"redirect_url"`
	LogoutURL   string `json:"logout_url"` // for back-channel logout
}

func (s *Server) show(p ssodb.Provider) provider {
	return provider{Provider: p, RedirectURL: s.redirectURL(), LogoutURL: s.PublicURL + "/v1/sso/" + p.ID.String() + "/logout"}
}

func (s *Server) redirectURL() string { return s.PublicURL + pathCallback }

func (s *Server) listProviders(c echo.Context) error {
	p, err := httpx.PageOf(c, "identity-providers")
	if err != nil {
		return err
	}
	list, err := s.Store.SSO.Providers(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "identity-providers", p, list,
		func(x ssodb.Provider) (time.Time, uuid.UUID) { return x.CreatedAt, x.ID }, s.show)
}

func (s *Server) getProvider(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	p, err := s.Store.SSO.Provider(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.show(p))
}

// providerInput: {"name": "Company account", "issuer": "https://login.example.com",
// "client_id": "switchboard", "client_secret": "…", "role_claim": "groups",
// "roles": {"support-leads": "supervisor"}, "default_role": "agent"}
type providerInput struct {
	Name         *string                `json:"name"`
	Issuer       *string                `json:"issuer"`
	ClientID     *string                `json:"client_id"`
	ClientSecret httpx.Optional[string] `json:"client_secret"`
	Scopes       *[]string              `json:"scopes"`
	RoleClaim    *string                `json:"role_claim"`
	Roles        *map[string]string     `json:"roles"`
	DefaultRole  httpx.Optional[string] `json:"default_role"`
	CreatePeople *bool                  `json:"create_people"`
	LinkByEmail  *bool                  `json:"link_by_email"`
	TrustEmail   *bool                  `json:"trust_email"`
	Capacity     *int                   `json:"capacity"`
	Enabled      *bool                  `json:"enabled"`
}

// A scope is a word of OAuth 2.0 (RFC 6749, section 3.3).
var scopeForm = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]{1,100}$`)

const maxRoles = 200

// apply puts the given fields into p and checks the whole.
func (in providerInput) apply(p *ssodb.Provider, private []string) error {
	var k httpx.Checks
	if in.Issuer != nil && *in.Issuer != p.Issuer && p.ClientSecret != "" && !in.ClientSecret.Given {
		k.Add("client_secret", "must be given again, or null, when issuer changes")
	}
	httpx.Set(&p.Name, in.Name)
	httpx.Set(&p.Issuer, in.Issuer)
	httpx.Set(&p.ClientID, in.ClientID)
	httpx.Set(&p.Scopes, in.Scopes)
	httpx.Set(&p.RoleClaim, in.RoleClaim)
	httpx.Set(&p.Roles, in.Roles)
	httpx.Set(&p.CreatePeople, in.CreatePeople)
	httpx.Set(&p.LinkByEmail, in.LinkByEmail)
	httpx.Set(&p.TrustEmail, in.TrustEmail)
	httpx.Set(&p.Capacity, in.Capacity)
	httpx.Set(&p.Enabled, in.Enabled)
	if in.ClientSecret.Given {
		p.ClientSecret = ""
		if v := in.ClientSecret.Value; v != nil {
			p.ClientSecret = ssodb.Secret(*v)
		}
	}
	if in.DefaultRole.Given {
		p.DefaultRole = in.DefaultRole.Value
	}
	check(&k, *p, private)
	return k.Err()
}

func check(k *httpx.Checks, p ssodb.Provider, private []string) {
	k.Text("name", p.Name, 1, 100)
	if p.Issuer == "" {
		k.Add("issuer", "must be given")
	}
	k.BaseURL("issuer", p.Issuer, private)
	k.Text("client_id", p.ClientID, 1, 500)
	if len(p.ClientSecret) > 2000 {
		k.Add("client_secret", "must have at most 2000 bytes")
	}
	if len(p.Scopes) > 20 {
		k.Add("scopes", "must be at most 20")
	}
	for _, scope := range p.Scopes {
		if !scopeForm.MatchString(scope) {
			k.Add("scopes", "must be words without spaces and quotes")
			break
		}
	}
	if len(p.RoleClaim) > 200 {
		k.Add("role_claim", "must have at most 200 bytes")
	}
	if len(p.Roles) > maxRoles {
		k.Add("roles", "must be at most 200")
	}
	for value, role := range p.Roles {
		k.Text("roles", value, 1, 300)
		checkRole(k, "roles", role)
	}
	if len(p.Roles) > 0 && p.RoleClaim == "" {
		k.Add("role_claim", "must be given, because roles go by its values")
	}
	if p.DefaultRole != nil {
		checkRole(k, "default_role", *p.DefaultRole)
	}
	if p.DefaultRole == nil && len(p.Roles) == 0 {
		k.Add("default_role", "must be given where no roles are: nobody could sign in")
	}
	k.Number("capacity", p.Capacity, 0, 1000)
}

// checkRole wants the name of a built-in role or the id of another one. The store knows
// which there are, and which whoever gives them may give.
func checkRole(k *httpx.Checks, field, role string) {
	if _, err := uuid.Parse(role); err != nil || len(role) != 36 {
		k.OneOf(field, role, permission.Roles()...)
	}
}

func (s *Server) createProvider(c echo.Context) error {
	var in providerInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	p := ssodb.Provider{ID: uuid.New(), Scopes: []string{"profile", "email"}, Roles: map[string]string{}, Capacity: 3, Enabled: true}
	if err := in.apply(&p, s.PrivateHosts); err != nil {
		return err
	}
	by := core.IdentityOf(c)
	made, err := s.Store.SSO.CreateProvider(c.Request().Context(), by.Actor(), by.Permissions, p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, s.show(made))
}

func (s *Server) changeProvider(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in providerInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	by := core.IdentityOf(c)
	p, err := s.Store.SSO.ChangeProvider(c.Request().Context(), by.Actor(), by.Permissions, id,
		func(p *ssodb.Provider) error { return in.apply(p, s.PrivateHosts) })
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.show(p))
}

func (s *Server) deleteProvider(c echo.Context) error { return s.Remove(c, s.Store.SSO.DeleteProvider) }

// testResult says whether a provider can be used, and if not, why.
type testResult struct {
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // a sentence; empty if ok
}

func (s *Server) testProvider(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	p, err := s.Store.SSO.Provider(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if err := s.clients.test(p); err != nil {
		return c.JSON(http.StatusOK, testResult{Detail: sentenceOf(err)})
	}
	return c.JSON(http.StatusOK, testResult{OK: true})
}

func (s *Server) listChoices(c echo.Context) error {
	list, err := s.Store.SSO.Choices(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"items": list})
}
