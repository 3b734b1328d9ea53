package session

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/secret"
	"switchboard/store/auditdb"
	"switchboard/store/identitydb"
	"switchboard/store/pg"
)

// Limits of what anybody may do about links: of one network, and for one address.
const (
	linkTries      = 30
	linkEvery      = 10 * time.Second
	forgottenTries = 5
	forgottenEvery = 2 * time.Minute
)

// LinkMark begins the token of a link, so that people and secret scanners recognise it.
const LinkMark = "swl_"

// LinkURL is where a person sets their own password. The token is in the fragment,
// which browsers send to no server.
func LinkURL(publicURL, token string) string {
	return strings.TrimRight(publicURL, "/") + "/welcome#" + token
}

// linkRequest: {"by_email": false}
type linkRequest struct {
	ByEmail bool `json:"by_email"`
}

// madeLink is a link to pass on; it is shown once. Nobody but the person sees one
// that was sent by e-mail.
type madeLink struct {
	URL       *string   `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (s *Server) invite(c echo.Context) error { return s.makeLink(c, identitydb.Invitation) }

func (s *Server) resetPassword(c echo.Context) error { return s.makeLink(c, identitydb.Reset) }

func (s *Server) makeLink(c echo.Context, kind string) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in linkRequest
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	ctx, by := c.Request().Context(), core.IdentityOf(c).Actor()
	a, err := s.Store.Admin.AgentByID(ctx, id)
	if err != nil {
		return err
	}
	if err := s.Store.Admin.CheckSignIn(ctx, core.IdentityOf(c).Permissions, id); err != nil {
		return err
	}
	if a.Disabled {
		return &pg.Conflict{Reason: "This person is disabled. Enable them first."}
	}
	if in.ByEmail {
		return s.mailLink(c, by, a.ID, a.Email, kind)
	}
	token := LinkMark + secret.NewToken()
	expires, err := s.Store.Identity.CreateLink(ctx, by, core.OriginOf(c), id, kind, secret.HashToken(token))
	if err != nil {
		return err
	}
	url := LinkURL(s.PublicURL, token)
	return c.JSON(http.StatusCreated, madeLink{URL: &url, ExpiresAt: expires.UTC()})
}

func (s *Server) mailLink(c echo.Context, by auditdb.Actor, agent uuid.UUID, email, kind string) error {
	if !s.Mail {
		return httpx.Invalid(httpx.FieldError{Field: "by_email", Reason: "is not possible: this service sends no e-mail (SWITCHBOARD_SMTP_URL)"})
	}
	if err := s.Store.Identity.QueueMail(c.Request().Context(), by, core.OriginOf(c), agent, kind, email); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, madeLink{ExpiresAt: s.Now().Add(identitydb.LinkFor(kind)).UTC().Truncate(time.Second)})
}

type options struct {
	ResetByEmail bool `json:"password_reset_by_email"`
}

func (s *Server) options(c echo.Context) error {
	return c.JSON(http.StatusOK, options{ResetByEmail: s.Mail})
}

// fromPages refuses what another site's page made a browser send.
func (s *Server) fromPages(c echo.Context) error {
	if err := s.CrossOrigin.Check(c.Request()); err != nil {
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeCrossSite, "Signing in must come from this site's own pages.")
	}
	return nil
}

// forgottenInput: {"email": "mia@example.com"}
type forgottenInput struct {
	Email string `json:"email"`
}

// forgotten has a link sent to whoever has the address. The answer, and how long it
// takes, is the same when nobody has it.
func (s *Server) forgotten(c echo.Context) error {
	if err := s.fromPages(c); err != nil {
		return err
	}
	var in forgottenInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if k.Email("email", in.Email); k.Errs != nil {
		return k.Err()
	}
	if !s.Mail {
		return httpx.NewProblem(http.StatusConflict, httpx.CodeConflict, "This service sends no e-mail: ask an administrator for a link.")
	}
	email := strings.ToLower(strings.TrimSpace(in.Email))
	limits := []httpx.Limit{{Key: "forgotten/ip/" + network(c.RealIP()), Most: forgottenTries, Every: forgottenEvery},
		{Key: "forgotten/email/" + email, Most: forgottenTries, Every: forgottenEvery}}
	if wait := s.limiter.Take(limits); wait > 0 {
		return tooManyTries(wait)
	}
	if err := s.Store.Identity.QueueMail(c.Request().Context(), auditdb.Actor{}, core.OriginOf(c), uuid.Nil, identitydb.Reset, email); err != nil {
		return err
	}
	return c.NoContent(http.StatusAccepted)
}

// linkInput: {"token": "swl_…"}
type linkInput struct {
	Token string `json:"token"`
}

type linkView struct {
	Kind      string    `json:"kind"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	ExpiresAt time.Time `json:"expires_at"`
}

// linkOf finds a link by its token. Every wrong one counts.
func (s *Server) linkOf(c echo.Context, token string) (identitydb.Link, error) {
	limits := []httpx.Limit{{Key: "link/" + network(c.RealIP()), Most: linkTries, Every: linkEvery}}
	if wait := s.limiter.Take(limits); wait > 0 {
		return identitydb.Link{}, tooManyTries(wait)
	}
	l, err := s.Store.Identity.LinkByToken(c.Request().Context(), secret.HashToken(token))
	if errors.Is(err, pg.ErrNotFound) {
		return l, usedLink()
	}
	s.limiter.GiveBack(limits)
	return l, err
}

func usedLink() error {
	return httpx.NewProblem(http.StatusNotFound, httpx.CodeNotFound,
		"This link was used, replaced by a newer one, or has expired. Ask an administrator for a new one.")
}

func (s *Server) readLink(c echo.Context) error {
	if err := s.fromPages(c); err != nil {
		return err
	}
	var in linkInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	l, err := s.linkOf(c, in.Token)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, linkView{Kind: l.Kind, Name: l.Name, Email: l.Email, ExpiresAt: l.ExpiresAt.UTC()})
}

// linkPassword: {"token": "swl_…", "password": "…"}
type linkPassword struct {
	Token    string `json:"token"`
	Password string `json:"password"`
}

// useLink sets the password of the person whom the link was for. It signs nobody in:
// who has a second factor must show it.
func (s *Server) useLink(c echo.Context) error {
	if err := s.fromPages(c); err != nil {
		return err
	}
	var in linkPassword
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	l, err := s.linkOf(c, in.Token)
	if err != nil {
		return err
	}
	if why := secret.Weakness(in.Password, l.Name, l.Email); why != "" {
		return httpx.Invalid(httpx.FieldError{Field: "password", Reason: why})
	}
	hash, err := s.hash(c.Request().Context(), in.Password)
	if err != nil {
		return err
	}
	err = s.Store.Identity.UseLink(c.Request().Context(), core.OriginOf(c), secret.HashToken(in.Token), hash)
	if errors.Is(err, pg.ErrNotFound) {
		return usedLink()
	} else if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
