package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/hotp"
	"github.com/stretchr/testify/require"

	"switchboard/store/configdb"
)

// person is one with an authenticator app.
type person struct {
	*bench
	id, email, token string
	secret           string // the app's
	codes            []string
}

// withFactor is a person who has set up two-step verification. The clock stands still.
func (b *bench) withFactor(role string) *person {
	b.Helper()
	b.clock.stop()
	made := b.newPerson(role)
	p := &person{bench: b, id: made.str("id"), email: made.str("email")}
	p.token = b.signIn(p.email, password).is(201).str("token")
	p.setUp(obj{"current_password": password})
	return p
}

func (p *person) setUp(in obj) {
	p.Helper()
	begun := p.post("/v1/me/second-factor", p.token, in).is(201)
	p.secret = begun.str("secret")
	require.True(p, strings.HasPrefix(begun.str("qr_code"), "data:image/png;base64,"))
	p.post("/v1/me/second-factor/confirm", p.token, obj{"code": p.code(-10)}).problem(422, "invalid")
	var out struct {
		Codes []string `json:"recovery_codes"`
	}
	p.post("/v1/me/second-factor/confirm", p.token, obj{"code": p.code(0)}).is(201).into(&out)
	require.Len(p, out.Codes, 10)
	p.codes = out.Codes
	p.clock.forward(time.Minute) // the next codes are others
}

// code is what the app shows, so many steps from now.
func (p *person) code(steps int64) string {
	p.Helper()
	code, err := hotp.GenerateCode(p.secret, uint64(p.clock.now().Unix()/30+steps))
	require.NoError(p, err)
	return code
}

func (p *person) enter(code string) answer {
	p.Helper()
	return p.post("/v1/session", "", obj{"email": p.email, "password": password, "code": code})
}

// Signing in takes the code too, and each code once.
func TestSecurity_TOTP_NoCodeTwice(t *testing.T) {
	b := setup(t)
	p := b.withFactor(configdb.RoleAgent)
	p.signIn(p.email, password).problem(401, "second_factor_required")
	p.signIn(p.email, "wrong").problem(401, "bad_credentials")
	p.enter("000000x").problem(401, "bad_code")
	now, next := p.code(0), p.code(1)
	p.enter(now[:3] + " " + now[3:]).is(201)
	p.enter(now).problem(401, "bad_code")
	p.enter(next).is(201)
	p.enter(now).problem(401, "bad_code") // one before the last that was taken
	require.Zero(t, b.count(`SELECT count(*) FROM second_factor WHERE position($1::bytea in secret) > 0`, []byte(p.secret)))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_type = 'second_factor' AND action = 'enabled' AND agent_id = $1`, p.id))
}

// Two who enter the same code at the same moment: one gets in.
func TestSecurity_TOTP_ReplayAtOnce(t *testing.T) {
	b := setup(t)
	p := b.withFactor(configdb.RoleAgent)
	in := obj{"email": p.email, "password": password, "code": p.code(0)}
	done := make(chan int, 4)
	for range 4 {
		r := b.request("POST", "/v1/session", "", in)
		go func() {
			w := &recorded{header: map[string][]string{}}
			b.e.ServeHTTP(w, r)
			done <- w.status
		}()
	}
	entered := 0
	for range 4 {
		if <-done == 201 {
			entered++
		}
	}
	require.Equal(t, 1, entered)
}

// Codes cannot be tried out, from however many networks, by whoever knows the password.
func TestSecurity_TOTP_BruteForce(t *testing.T) {
	b := setup(t)
	p := b.withFactor(configdb.RoleAgent)
	tries := 0
	for n := 0; ; n++ {
		require.Less(t, n, 50, "guessing from many networks is not slowed down")
		r := b.request("POST", "/v1/session", "", obj{"email": p.email, "password": password, "code": "000000"})
		r.RemoteAddr = "10.0." + string(rune('0'+n%10)) + ".1:1"
		if b.send(r).Code == 429 {
			break
		}
		tries++
	}
	require.LessOrEqual(t, tries, 10)
	p.enter(p.code(0)).problem(429, "too_many_tries")
	b.clock.forward(time.Hour)
	p.enter(p.code(0)).is(201)
}

// A recovery code stands in for the app, once; new ones end those before.
func TestSecurity_RecoveryCodes(t *testing.T) {
	b := setup(t)
	p := b.withFactor(configdb.RoleAgent)
	p.enter(strings.ToLower(p.codes[0])).is(201)
	p.enter(p.codes[0]).problem(401, "bad_code")
	require.InDelta(t, 9, p.get("/v1/me/sign-in", p.token).is(200).get("recovery_codes_left"), 0)
	p.post("/v1/me/recovery-codes", p.token, obj{"current_password": "wrong", "code": p.code(0)}).problem(422, "invalid")
	p.post("/v1/me/recovery-codes", p.token, obj{"current_password": password, "code": "123"}).problem(422, "invalid")
	p.post("/v1/me/recovery-codes", p.token, obj{"current_password": password, "code": p.code(0)}).is(201)
	p.enter(p.codes[1]).problem(401, "bad_code")
	require.Zero(t, b.count(`SELECT count(*) FROM recovery_code WHERE code_hash = $1`, []byte(p.codes[2])))
}

// Where it is required one can do nothing before it is set up, whichever way one
// signed in, and cannot turn it off.
func TestSecurity_SecondFactorIsRequired(t *testing.T) {
	b := setup(t)
	b.clock.stop()
	mia := b.newPerson(configdb.RoleSupervisor)
	p := &person{bench: b, id: mia.str("id"), email: mia.str("email")}
	p.token = b.signIn(p.email, password).is(201).str("token")
	b.get("/v1/queues", p.token).is(200)
	b.patch("/v1/sign-in-settings", b.admin, obj{"second_factor_roles": []string{"supervisor", "boss"}}).problem(422, "invalid")
	b.patch("/v1/sign-in-settings", b.admin, obj{"second_factor_roles": []string{"supervisor"}}).is(200)
	b.get("/v1/queues", p.token).problem(403, "must_set_up_second_factor")
	b.post("/v1/tokens", p.token, obj{"name": "way round", "role": "agent"}).problem(403, "forbidden")
	b.get("/v1/events", p.token).problem(403, "must_set_up_second_factor")
	require.Equal(t, "second_factor", b.get("/v1/me", p.token).is(200).str("needs"))
	b.get("/v1/me", b.agent).is(200)
	b.get("/v1/conversations?view=mine", b.agent).is(200)
	p.setUp(obj{}) // no password: they have just shown it
	b.get("/v1/queues", p.token).is(200)
	b.post("/v1/me/second-factor/remove", p.token, obj{"current_password": password, "code": p.code(0)}).problem(409, "conflict")
	b.patch("/v1/sign-in-settings", b.admin, obj{"second_factor_roles": []string{}}).is(200)
	b.post("/v1/me/second-factor", p.token, obj{"current_password": password}).problem(422, "invalid") // another app takes a code of this one
	b.post("/v1/me/second-factor/remove", p.token, obj{"current_password": password, "code": p.code(0)}).is(204)
	b.signIn(p.email, password).is(201)
}

// Who lost the app is helped by an administrator, which ends their sign-ins and is
// kept. A link by which the password is reset does not get round it.
func TestSecurity_SecondFactorIsReset(t *testing.T) {
	b := setup(t)
	p := b.withFactor(configdb.RoleAgent)
	b.accept(b.link(p.id, "password-reset"), "incorrect zebra").is(204)
	b.signIn(p.email, "incorrect zebra").problem(401, "second_factor_required")
	p.token = b.token(uuid.MustParse(p.id))
	b.del("/v1/agents/"+p.id+"/second-factor", b.super).problem(403, "forbidden")
	b.del("/v1/agents/"+p.id+"/second-factor", b.admin).is(204)
	b.get("/v1/me", p.token).problem(401, "unauthenticated")
	b.del("/v1/agents/"+p.id+"/second-factor", b.admin).problem(404, "not_found")
	b.signIn(p.email, "incorrect zebra").is(201)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_type = 'second_factor' AND action = 'reset' AND agent_id = $1 AND object_id = $2`, b.adminID, p.id))
}
