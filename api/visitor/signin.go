package visitor

import (
	"errors"
	"net/http"
	"time"

	"switchboard/api/httpx"
	"switchboard/live/visitorchat"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/pg"
	"switchboard/store/webchatdb"
)

// newVisitorToken makes a token, and what is kept of it.
func (s *Server) newVisitorToken(signedIn *webchatdb.SignIn) (string, webchatdb.VisitorToken) {
	token, ttl := secret.NewToken(), visitorTTL
	if signedIn != nil {
		ttl = signedTTL
	}
	return token, webchatdb.VisitorToken{Hash: secret.HashToken(token), Expires: s.Now().Add(ttl)}
}

// signedInAs signs the visitor in and returns the token that replaces theirs.
func (s *Server) signedInAs(v *visit, in webchatdb.SignIn) (string, error) {
	token, kept := s.newVisitorToken(&in)
	before := v.visitor.ID
	signed, err := s.Store.Webchat.SignInVisitor(v.ctx(), v.widget, v.hash, in, kept)
	if err != nil {
		return "", err
	}
	v.visitor, v.hash = signed, kept.Hash
	s.Chat.Ring(before) // streams of the tokens that ended
	return token, nil
}

// signInBySite reads a site's token. One that is refused never makes anybody anonymous.
func (s *Server) signInBySite(v visit, token string) (*webchatdb.SignIn, error) {
	if v.widget.Authentication == admindb.AuthNone {
		return nil, httpx.NewProblem(http.StatusUnauthorized, codeBadToken, "Nobody signs in to this widget.")
	}
	claims, err := s.ChatKeys.Verify(v.ctx(), v.widget, token, s.Now())
	var bad *visitorchat.BadToken
	if errors.As(err, &bad) {
		return nil, httpx.NewProblem(http.StatusUnauthorized, codeBadToken, "The site's token is refused: "+bad.Reason+".")
	} else if err != nil {
		s.Log.WarnContext(v.ctx(), "a site's keys cannot be read", "widget_id", v.widget.ID, "error", err)
		return nil, httpx.Unavailable("The site's keys cannot be read at the moment.", 10*time.Second)
	}
	return &webchatdb.SignIn{Subject: claims.Subject, Until: claims.Expires, Name: claims.Name, Context: claims.Context}, nil
}

// signInChat says who an anonymous visitor is, or renews a sign-in.
func (s *Server) signInChat(v visit) error {
	var in struct {
		Token string `json:"token"`
	}
	if err := httpx.Decode(v.Context, &in); err != nil {
		return err
	}
	signedIn, err := s.signInBySite(v, in.Token)
	if err != nil {
		return err
	}
	token, err := s.signedInAs(&v, *signedIn)
	if err != nil {
		return err
	}
	t, _, err := s.Chat.Thread(v.ctx(), v.widget, v.visitor, s.Now())
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, chatStarted{token, t})
}

// leaveChat makes the visitor's token nobody's, or all that they have anywhere.
func (s *Server) leaveChat(v visit) error {
	var err error
	switch everywhere := v.QueryParam("everywhere"); everywhere {
	case "", "false":
		err = s.Store.Webchat.RevokeVisitorToken(v.ctx(), v.hash)
	case "true":
		err = s.Store.Webchat.RevokeVisitor(v.ctx(), v.visitor.ID)
	default:
		return httpx.BadParameter("everywhere", "must be true or false")
	}
	if err != nil {
		return err
	}
	s.Chat.Ring(v.visitor.ID)
	return v.NoContent(http.StatusNoContent)
}

// signOutChat ends, in all browsers, whom the site's token names: for the site,
// which has no visitor's token.
func (s *Server) signOutChat(v visit) error {
	if err := s.notTooMany(s.ChatLimits.Starts.Of("sign-out/" + v.RealIP())); err != nil {
		return err
	}
	var in struct {
		Token string `json:"token"`
	}
	if err := httpx.Decode(v.Context, &in); err != nil {
		return err
	}
	signedIn, err := s.signInBySite(v, in.Token)
	if err != nil {
		return err
	}
	visitor, err := s.Store.Webchat.VisitorBySubject(v.ctx(), v.widget.ID, signedIn.Subject)
	if errors.Is(err, pg.ErrNotFound) {
		return v.NoContent(http.StatusNoContent) // never was here
	} else if err != nil {
		return err
	}
	if err := s.Store.Webchat.RevokeVisitor(v.ctx(), visitor); err != nil {
		return err
	}
	s.Chat.Ring(visitor)
	return v.NoContent(http.StatusNoContent)
}
