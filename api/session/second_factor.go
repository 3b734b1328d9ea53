package session

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/configdb"
)

// Wrong codes of one person from everywhere: of a million codes, three are good at a time.
const (
	codeTries = 10
	codeEvery = 3 * time.Minute
)

const issuer = "Switchboard"

func badCode() error {
	return httpx.NewProblem(http.StatusUnauthorized, httpx.CodeBadCode,
		"This code is not right, or was used before. Wait for the next one in your authenticator app.")
}

// checkCode reports whether somebody's second factor lets them in: they have none, or
// the code is right and was not taken before. Without a code it is a problem that
// asks for one.
func (s *Server) checkCode(c echo.Context, agent uuid.UUID, code string) (bool, error) {
	ctx := c.Request().Context()
	factor, err := s.Store.Identity.SecondFactorOf(ctx, agent)
	if err != nil || factor.Secret == nil {
		return err == nil, err
	}
	if code = strings.Join(strings.Fields(code), ""); code == "" {
		return false, httpx.NewProblem(http.StatusUnauthorized, httpx.CodeSecondFactor,
			"Enter the code that your authenticator app shows, or one of your recovery codes.")
	}
	limits := codeLimits(agent)
	if wait := s.limiter.Take(limits); wait > 0 {
		return false, tooManyTries(wait)
	}
	right := false
	if step, ok := secret.TOTPStep(factor.Secret, code, s.Now()); ok {
		right, err = s.Store.Identity.TakeStep(ctx, agent, step)
	} else if len(code) > totpDigits {
		right, err = s.Store.Identity.TakeRecoveryCode(ctx, agent, secret.HashRecoveryCode(code))
	}
	if err != nil || right {
		s.limiter.GiveBack(limits)
	}
	return right, err
}

const totpDigits = 6

func codeLimits(agent uuid.UUID) []httpx.Limit {
	return []httpx.Limit{{Key: "code/" + agent.String(), Most: codeTries, Every: codeEvery}}
}

// again: {"current_password": "…", "code": "287082"}, by which a person shows that it
// is still them.
type again struct {
	Current string `json:"current_password"`
	Code    string `json:"code"`
}

func (s *Server) checkAgain(c echo.Context, me admindb.Agent, in again) error {
	if err := s.checkOwnPassword(c, me, in.Current); err != nil {
		return err
	}
	factor, err := s.Store.Identity.SecondFactorOf(c.Request().Context(), me.ID)
	if err != nil || factor.Secret == nil {
		return err
	}
	wrong := httpx.Invalid(httpx.FieldError{Field: "code", Reason: "is not right, or was used before"})
	if in.Code == "" {
		return wrong
	}
	if right, err := s.checkCode(c, me.ID, in.Code); err != nil {
		return err
	} else if !right {
		s.record(c, "failed", me.ID, map[string]any{"reason": "code"})
		return wrong
	}
	return nil
}

// newFactor is an authenticator app to be set up.
type newFactor struct {
	Secret string `json:"secret"`
	URL    string `json:"url"`
	QR     string `json:"qr_code"`
}

// beginSecondFactor makes the secret of a new app. It is not asked for before its
// first code was entered. Who has to set one up has just shown their password.
func (s *Server) beginSecondFactor(c echo.Context) error {
	var in again
	me, err := s.readOwn(c, &in)
	if err != nil {
		return err
	}
	if core.IdentityOf(c).Needs != configdb.NeedsSecondFactor {
		if err := s.checkAgain(c, me, in); err != nil {
			return err
		}
	}
	key := secret.NewTOTPSecret()
	out := newFactor{Secret: secret.TOTPText(key), URL: secret.TOTPURL(key, issuer, me.Email)}
	png, err := secret.QRCode(out.URL)
	if err != nil {
		return err
	}
	out.QR = "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
	if err := s.Store.Identity.BeginSecondFactor(c.Request().Context(), me.ID, key); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, out)
}

// firstCode: {"code": "287082"}
type firstCode struct {
	Code string `json:"code"`
}

type recoveryCodes struct {
	Codes []string `json:"recovery_codes"`
}

func newCodes() (out recoveryCodes, hashes [][]byte) {
	out.Codes = secret.NewRecoveryCodes()
	for _, code := range out.Codes {
		hashes = append(hashes, secret.HashRecoveryCode(code))
	}
	return out, hashes
}

// confirmSecondFactor puts the app to use whose code is right, and answers the
// recovery codes, once.
func (s *Server) confirmSecondFactor(c echo.Context) error {
	var in firstCode
	me, err := s.readOwn(c, &in)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	factor, err := s.Store.Identity.SecondFactorOf(ctx, me.ID)
	if err != nil {
		return err
	}
	if factor.Pending == nil {
		return httpx.NewProblem(http.StatusConflict, httpx.CodeConflict, "No authenticator app is being set up. Begin again.")
	}
	limits := codeLimits(me.ID)
	if wait := s.limiter.Take(limits); wait > 0 {
		return tooManyTries(wait)
	}
	step, ok := secret.TOTPStep(factor.Pending, strings.Join(strings.Fields(in.Code), ""), s.Now())
	if !ok {
		return httpx.Invalid(httpx.FieldError{Field: "code", Reason: "is not the one that the app shows now"})
	}
	s.limiter.GiveBack(limits)
	out, hashes := newCodes()
	if err := s.Store.Identity.ConfirmSecondFactor(ctx, core.OriginOf(c), me.ID, step, hashes, core.TokenHashOf(c)); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, out)
}

func (s *Server) replaceRecoveryCodes(c echo.Context) error {
	var in again
	me, err := s.readOwn(c, &in)
	if err != nil {
		return err
	}
	if err := s.checkAgain(c, me, in); err != nil {
		return err
	}
	out, hashes := newCodes()
	if err := s.Store.Identity.ReplaceRecoveryCodes(c.Request().Context(), core.OriginOf(c), me.ID, hashes); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, out)
}

// removeSecondFactor removes one's own, where one may do without.
func (s *Server) removeSecondFactor(c echo.Context) error {
	var in again
	me, err := s.readOwn(c, &in)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	state, err := s.Store.Identity.StateOf(ctx, me.ID)
	if err != nil {
		return err
	}
	if state.Required {
		return httpx.NewProblem(http.StatusConflict, httpx.CodeConflict,
			"Your organisation requires two-step verification. You can set up another authenticator app instead.")
	}
	if err := s.checkAgain(c, me, in); err != nil {
		return err
	}
	err = s.Store.Identity.DropSecondFactor(ctx, core.IdentityOf(c).Actor(), core.OriginOf(c), me.ID, "disabled", core.TokenHashOf(c))
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// resetSecondFactor removes that of somebody who lost it, and ends their sign-ins.
func (s *Server) resetSecondFactor(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), core.IdentityOf(c)
	if err := s.Store.Admin.CheckSignIn(ctx, who.Permissions, id); err != nil {
		return err
	}
	err = s.Store.Identity.DropSecondFactor(ctx, who.Actor(), core.OriginOf(c), id, "reset", nil)
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
