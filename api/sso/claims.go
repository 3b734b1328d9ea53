package sso

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"switchboard/domain/permission"
	"switchboard/store/ssodb"
)

// claims are what a provider says of somebody, by name.
type claims map[string]any

// claimsOf reads a verified token, and checks what its verifier does not: that it
// answers our request, and is for us where it is for several (OpenID Connect Core
// 1.0, section 3.1.3.7).
func claimsOf(token *oidc.IDToken, clientID, nonce string) (claims, error) {
	out := claims{}
	if err := token.Claims(&out); err != nil {
		return nil, errors.Join(refusedToken, err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 || token.Subject == "" {
		return nil, refusedToken
	}
	party := out.text("azp")
	if party != "" && party != clientID || party == "" && len(token.Audience) > 1 {
		return nil, refusedToken
	}
	return out, nil
}

func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return strings.ReplaceAll(s, "\x00", "")
}

// needsMore says that the token lacks something that the provider may say elsewhere.
func (c claims) needsMore(p ssodb.Provider) bool {
	return c.text("email") == "" || p.RoleClaim != "" && len(c.values(p.RoleClaim)) == 0
}

// addUserInfo adds what the provider's user info endpoint says besides, if it has one.
func (c claims) addUserInfo(ctx context.Context, at client, answer *oauth2.Token) error {
	if at.provider.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := at.provider.UserInfo(ctx, oauth2.StaticTokenSource(answer))
	if err != nil {
		return errors.Join(errAway, err)
	}
	if info.Subject != c.text("sub") { // somebody else's must not be taken (section 5.3.2)
		return refusedToken
	}
	more := claims{}
	if err := info.Claims(&more); err != nil {
		return errors.Join(refusedToken, err)
	}
	for name, v := range more {
		if _, known := c[name]; !known {
			c[name] = v
		}
	}
	return nil
}

// values are the texts of a claim, one or several. A path reads within objects, but
// a claim of just that name comes first: names may be addresses.
func (c claims) values(path string) []string {
	var at any = map[string]any(c)
	if v, ok := c[path]; ok {
		at = v
	} else {
		for part := range strings.SplitSeq(path, ".") {
			object, _ := at.(map[string]any)
			at = object[part]
		}
	}
	switch v := at.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// role is the one that may do most of those that the provider's mapping gives; "" if it
// gives none. sets are what the roles allow; one that is not there any more gives nothing.
func (c claims) role(p ssodb.Provider, sets map[string]permission.Set) string {
	best := ""
	for _, v := range c.values(p.RoleClaim) {
		role := p.Roles[v]
		if set, known := sets[role]; known && (best == "" || set.MoreThan(sets[best])) {
			best = role
		}
	}
	if best == "" && p.DefaultRole != nil {
		return *p.DefaultRole
	}
	return best
}

// verified says that the e-mail address is this person's. Some providers send the
// mark as text.
func (c claims) verified() bool {
	switch v := c["email_verified"].(type) {
	case bool:
		return v
	case string:
		return v == "true"
	case json.Number:
		return v.String() == "1"
	}
	return false
}

const maxName = 100

// person is who signs in, as the store takes it.
func (c claims) person(p ssodb.Provider, sets map[string]permission.Set) ssodb.Person {
	email := strings.ToLower(strings.TrimSpace(c.text("email")))
	if !strings.Contains(email, "@") || len(email) > 254 {
		email = ""
	}
	name := strings.TrimSpace(c.text("name"))
	if name == "" {
		name = strings.TrimSpace(c.text("given_name") + " " + c.text("family_name"))
	}
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	if r := []rune(name); len(r) > maxName {
		name = string(r[:maxName])
	}
	return ssodb.Person{Subject: c.text("sub"), Name: name, Email: email, Verified: c.verified() || p.TrustEmail, Role: c.role(p, sets)}
}
