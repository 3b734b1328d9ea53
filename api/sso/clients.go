package sso

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"switchboard/channel/safehttp"
	"switchboard/store/ssodb"
)

// How providers are asked.
const (
	discoveryLasts = time.Hour // its keys are fetched anew whenever an unknown one signs
	askFor         = 10 * time.Second
	maxAnswer      = 1 << 20
)

// Algorithms with public keys. With HS256 the client's secret would be the key.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

// clients speak to identity providers, and remember what these publish of themselves.
type clients struct {
	http  *http.Client
	now   func() time.Time
	calls singleflight.Group

	mu    sync.Mutex
	known map[uuid.UUID]client
}

// client is one provider as it described itself at some time.
type client struct {
	settings   ssodb.Provider
	at         time.Time
	provider   *oidc.Provider
	endSession string
	logout     bool // it offers back-channel logout
}

func newClients(private []string, now func() time.Time) *clients {
	h := safehttp.New(private...)
	h.Timeout = askFor
	h.Transport = limited{h.Transport}
	return &clients{http: h, now: now, known: map[uuid.UUID]client{}}
}

// limited bounds what is read of an answer.
type limited struct{ next http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

// with is a context in which the libraries use our HTTP client.
func (s *clients) with(ctx context.Context) context.Context { return oidc.ClientContext(ctx, s.http) }

// errAway says that a provider could not be asked, or does not describe itself as it must.
var errAway = errors.New("the identity provider cannot be asked")

// of is the client of a provider with its present settings.
func (s *clients) of(p ssodb.Provider) (client, error) {
	s.mu.Lock()
	have, ok := s.known[p.ID]
	s.mu.Unlock()
	if ok && have.settings.Issuer == p.Issuer && s.now().Sub(have.at) < discoveryLasts {
		have.settings = p
		return have, nil
	}
	return s.discover(p)
}

// discover reads how a provider describes itself; many who ask cause one request.
func (s *clients) discover(p ssodb.Provider) (client, error) {
	found, err, _ := s.calls.Do(p.ID.String()+" "+p.Issuer, func() (any, error) {
		// Its keys are fetched by this context later on, so it is no request's.
		provider, err := oidc.NewProvider(s.with(context.Background()), p.Issuer)
		if err != nil {
			return client{}, errors.Join(errAway, err)
		}
		var more struct {
			EndSession string `json:"end_session_endpoint"`
			Logout     bool   `json:"backchannel_logout_supported"`
		}
		if err := provider.Claims(&more); err != nil {
			return client{}, errors.Join(errAway, err)
		}
		return client{settings: p, at: s.now(), provider: provider, endSession: more.EndSession, logout: more.Logout}, nil
	})
	if err != nil {
		return client{}, err
	}
	c := found.(client) //nolint:forcetypeassert // the function above answers nothing else
	s.mu.Lock()
	s.known[p.ID] = c
	s.mu.Unlock()
	return c, nil
}

// errNoCode says that a provider does not offer the flow that is used.
var errNoCode = errors.New("the identity provider does not offer the authorization code flow with PKCE")

// test asks a provider anew and checks that it offers what is needed.
func (s *clients) test(p ssodb.Provider) error {
	c, err := s.discover(p)
	if err != nil {
		return err
	}
	var says struct {
		Responses []string `json:"response_types_supported"`
		Methods   []string `json:"code_challenge_methods_supported"`
	}
	if err := c.provider.Claims(&says); err != nil {
		return errors.Join(errAway, err)
	}
	// Not all providers that support PKCE say so.
	if !slices.Contains(says.Responses, "code") || len(says.Methods) > 0 && !slices.Contains(says.Methods, "S256") {
		return errNoCode
	}
	return nil
}

func (c client) oauth(redirect string) *oauth2.Config {
	return &oauth2.Config{ClientID: c.settings.ClientID, ClientSecret: string(c.settings.ClientSecret), Endpoint: c.provider.Endpoint(),
		RedirectURL: redirect, Scopes: append([]string{oidc.ScopeOpenID}, c.settings.Scopes...)}
}

func (c client) verifier(now func() time.Time) *oidc.IDTokenVerifier {
	return c.provider.Verifier(&oidc.Config{ClientID: c.settings.ClientID, Now: now, SupportedSigningAlgs: algorithms})
}
