package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/store/configdb"
)

// browser is somebody's: it keeps the cookies it is given.
type browser struct {
	*bench
	addr    string
	cookies []*http.Cookie
}

func (w *browser) signIn(email, password string) answer {
	w.Helper()
	r := w.request("POST", "/v1/session", "", obj{"email": email, "password": password})
	r.RemoteAddr = w.addr
	for _, c := range w.cookies {
		r.AddCookie(c)
	}
	a := w.send(r)
	for _, c := range a.Result().Cookies() {
		if c.Name != "__Host-switchboard_session" {
			require.True(w, c.HttpOnly && c.Secure && c.SameSite == http.SameSiteStrictMode)
			w.cookies = append(w.cookies, c)
		}
	}
	return a
}

// attack makes wrong tries until one is refused.
func (w *browser) attack(email func(int) string) {
	w.Helper()
	for i := range 200 {
		if w.signIn(email(i), "wrong").Code == http.StatusTooManyRequests {
			return
		}
	}
	require.Fail(w, "guessing is not slowed down")
}

// Whoever guesses wrong passwords of others keeps nobody out but themselves.
func TestSecurity_M3_NobodyLocksAnotherOut(t *testing.T) {
	b := setup(t)
	b.clock.stop()
	email := b.newPerson(configdb.RoleAdministrator).str("email")
	same := func(int) string { return email }
	owner := &browser{bench: b, addr: "192.0.2.1:1"}
	owner.signIn(email, password).is(201)
	require.Len(t, owner.cookies, 1)

	attacker := &browser{bench: b, addr: "198.51.100.7:1"}
	attacker.attack(same)
	require.NotEmpty(t, attacker.signIn(email, password).problem(429, "too_many_tries").Header().Get("Retry-After"))
	(&browser{bench: b, addr: "203.0.113.5:1"}).signIn(email, password).is(201) // a new browser elsewhere
	owner.signIn(email, password).is(201)

	// Behind the same address as those who guess, for that address or for others.
	neighbour := &browser{bench: b, addr: owner.addr}
	neighbour.attack(same)
	neighbour.attack(func(i int) string { return fmt.Sprintf("nobody%d@example.com", i) })
	owner.signIn(email, password).is(201)

	// From everywhere: new browsers wait, the owner's never does.
	for n := 0; ; n++ {
		require.Less(t, n, 200, "guessing from many networks is not slowed down")
		if (&browser{bench: b, addr: fmt.Sprintf("10.0.%d.1:1", n)}).signIn(email, "wrong").Code == http.StatusTooManyRequests {
			break
		}
	}
	owner.signIn(email, password).is(201)
	b.clock.forward(time.Minute)
	(&browser{bench: b, addr: "203.0.113.9:1"}).signIn(email, password).is(201)
}

// The cookie of a browser is good for one address, is no password, and cannot be made.
func TestSecurity_M3_KnownBrowsersAreCountedToo(t *testing.T) {
	b := setup(t)
	b.clock.stop()
	email, other := b.newPerson(configdb.RoleAgent).str("email"), b.newPerson(configdb.RoleAgent).str("email")
	owner := &browser{bench: b, addr: "192.0.2.1:1"}
	owner.signIn(email, password).is(201)
	owner.attack(func(int) string { return email })
	owner.attack(func(int) string { return other })

	forged := &browser{bench: b, addr: "198.51.100.7:1", cookies: []*http.Cookie{{Name: owner.cookies[0].Name, Value: "x.1795262400.AAAA"}}}
	forged.attack(func(int) string { return email })
	inNetwork := func(n int) *browser { return &browser{bench: b, addr: fmt.Sprintf("[2001:db8:1:2::%d]:1", n)} }
	for n := range 5 {
		inNetwork(n).signIn(other, "wrong").problem(401, "bad_credentials")
	}
	inNetwork(9).signIn(other, "wrong").problem(429, "too_many_tries") // one network of IPv6 is one client
}

// What an agent looked at does not stay in the cache of a shared computer.
func TestSecurity_L16_SigningOutClearsTheCache(t *testing.T) {
	b := setup(t)
	require.Equal(t, `"cache"`, b.del("/v1/session", b.agent).is(204).Header().Get("Clear-Site-Data"))
}
