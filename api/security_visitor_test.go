package api_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// gone says that a token opens nothing any more.
func (c *chatBench) gone(token string) {
	c.Helper()
	for _, path := range []string{"/messages", "/thread", "/transcript"} {
		c.get(c.path(path), token).problem(401, "unauthenticated")
	}
	c.write(token, "as the victim").problem(401, "unauthenticated")
	c.post(c.path("/start"), token, obj{}).problem(401, "unauthenticated")
	c.post(c.path("/end"), token, obj{}).problem(401, "unauthenticated")
}

// Whoever knew a token of the anonymous visitor, or can get one, is not signed in
// by the sign-in of who uses the visitor.
func TestSecurity_H2_SignInIsOfOneBrowser(t *testing.T) {
	c := setupChat(t, "persistent", generous)
	site := newSigner(t)
	c.makeWidget(obj{"authentication": "optional", "public_key": site.pem})
	soon := c.clock.now().Add(30 * time.Minute)
	for name, known := range map[string]bool{"known before": true, "new": false} {
		who := uuid.NewString()
		if known {
			c.write(c.start(obj{"token": site.token(t, who, soon)}), "PRIVATE: my IBAN").is(201)
		}
		for _, way := range []string{"/sign-in", "/start"} {
			client := uuid.NewString()
			planted := c.post(c.path("/start"), "", obj{"client_id": client}).is(201).str("visitor_token")
			again := c.post(c.path("/start"), "", obj{"client_id": client}).is(201).str("visitor_token")
			require.Equal(t, c.visitorOf(planted), c.visitorOf(again), "one visitor with two tokens")
			stream := c.follow(again, "")
			fresh := c.post(c.path(way), planted, obj{"token": site.token(t, who, soon)}).str("visitor_token")
			c.write(fresh, "PRIVATE: my address").is(201)
			c.gone(planted)
			c.gone(again)
			require.Equal(t, "signed_in", stream.until("bye").data["reason"], name)
			later := c.post(c.path("/start"), "", obj{"client_id": client}).is(201).str("visitor_token")
			require.NotContains(t, c.get(c.path("/messages"), later).is(200).Body.String(), "PRIVATE", "the start that made the visitor is no sign-in")
			c.post(c.path(way), planted, obj{"token": site.token(t, who, soon)}).is(401)
		}
	}
}

// A link to a chat is used once, and a sign-in on the way leaves its maker outside.
func TestSecurity_H2_LinksAreUsedOnce(t *testing.T) {
	c := setupChat(t, "live", generous)
	c.db.SQL.MustExec(`UPDATE workstream SET reconnect_for = 600 WHERE id = $1`, c.site.Workstream)
	site := newSigner(t)
	c.makeWidget(obj{"authentication": "optional", "public_key": site.pem})
	soon := c.clock.now().Add(30 * time.Minute)
	for _, known := range []bool{false, true} {
		for _, atOnce := range []bool{false, true} {
			who := uuid.NewString()
			if known {
				c.start(obj{"token": site.token(t, who, soon)})
				c.db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now() WHERE state <> 'closed'`)
			}
			attacker, conv := c.startedLive()
			link := func() string {
				return c.post("/v1/conversations/"+conv+"/reconnect-link", c.agent, nil).is(201).str("reconnect")
			}
			first, second := link(), link()
			in := obj{"reconnect": first, "client_id": uuid.NewString()}
			var victim string
			if atOnce {
				in["token"] = site.token(t, who, soon)
				victim = c.start(in)
			} else {
				victim = c.start(in)
				require.NotEqual(t, victim, c.start(in), "a repeat of the same start is no second use")
				victim = c.post(c.path("/sign-in"), victim, obj{"token": site.token(t, who, soon)}).is(200).str("visitor_token")
			}
			c.write(victim, "PRIVATE: order 1042, my address").is(201)
			c.gone(attacker)
			c.post(c.path("/start"), "", obj{"reconnect": first}).problem(409, "ended")
			c.post(c.path("/start"), "", obj{"reconnect": second}).problem(403, "sign_in_required")
			c.post(c.path("/start"), "", obj{"reconnect": second, "token": site.token(t, "attacker", soon)}).problem(403, "sign_in_required")
			c.db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now() WHERE state <> 'closed'`)
		}
	}
}

// How long somebody is signed in is of one browser; and they, or their site, end
// it in all.
func TestSecurity_H2_EveryBrowserByItself(t *testing.T) {
	c := setupChat(t, "persistent", generous)
	site := newSigner(t)
	c.makeWidget(obj{"authentication": "required", "public_key": site.pem})
	until := func(d time.Duration) string { return site.token(t, "u1", c.clock.now().Add(d)) }
	phone, laptop := c.start(obj{"token": until(30 * time.Minute)}), c.start(obj{"token": until(30 * time.Minute)})
	require.Equal(t, c.visitorOf(phone), c.visitorOf(laptop))
	c.clock.forward(time.Hour)
	renewed := c.post(c.path("/sign-in"), laptop, obj{"token": until(30 * time.Minute)}).is(200).str("visitor_token")
	c.get(c.path("/messages"), phone).problem(401, "sign_in_expired")
	c.gone(laptop)
	c.get(c.path("/messages"), renewed).is(200)
	phone = c.post(c.path("/sign-in"), phone, obj{"token": until(30 * time.Minute)}).is(200).str("visitor_token")
	c.send(c.request("DELETE", c.path("/session?everywhere=true"), phone, nil)).is(204)
	c.gone(phone)
	c.gone(renewed)

	phone, laptop = c.start(obj{"token": until(30 * time.Minute)}), c.start(obj{"token": until(30 * time.Minute)})
	c.post(c.path("/sign-out"), "", obj{"token": newSigner(t).token(t, "u1", c.clock.now().Add(time.Minute))}).problem(401, "bad_token")
	c.post(c.path("/sign-out"), phone, obj{"token": site.token(t, "u2", c.clock.now().Add(time.Minute))}).is(204)
	c.get(c.path("/messages"), phone).is(200)
	c.post(c.path("/sign-out"), "", obj{"token": until(time.Minute)}).is(204)
	c.gone(phone)
	c.gone(laptop)
}

// A start whose answer was lost, or which is pressed ten times, is one visitor and
// one conversation.
func TestFault_F6_ARepeatedStartIsOne(t *testing.T) {
	c := setupChat(t, "live", generous)
	site := newSigner(t)
	c.makeWidget(obj{"authentication": "optional", "public_key": site.pem})
	for i, in := range []obj{{}, {"token": site.token(t, "u1", c.clock.now().Add(30*time.Minute))}} {
		in["client_id"] = uuid.NewString()
		tokens := make([]string, 10)
		var wg sync.WaitGroup
		for n := range tokens {
			wg.Go(func() { tokens[n] = c.post(c.path("/start"), "", in).is(201).str("visitor_token") })
		}
		wg.Wait()
		require.Equal(t, i+1, c.count(`SELECT count(*) FROM visitor`))
		require.Equal(t, i+1, c.count(`SELECT count(*) FROM conversation`))
		require.Equal(t, i+1, c.count(`SELECT count(*) FROM message WHERE type = 'started'`))
		for n, token := range tokens {
			require.Equal(t, c.visitorOf(tokens[0]), c.visitorOf(token))
			require.NotContains(t, tokens[:n], token)
		}
	}
	client := uuid.NewString()
	c.start(obj{"client_id": client})
	c.makeWidget(obj{})
	c.start(obj{"client_id": client})
	require.Equal(t, 4, c.count(`SELECT count(*) FROM visitor`), "at another widget it is another start")
}

// The site's sign-in ends in a live chat too; what is open is gone on with.
func TestSecurity_M5_LiveSignInsEnd(t *testing.T) {
	c := setupChat(t, "live", generous)
	site := newSigner(t)
	c.makeWidget(obj{"authentication": "required", "public_key": site.pem})
	token := c.start(obj{"token": site.token(t, "u1", c.clock.now().Add(30*time.Minute))})
	c.clock.forward(time.Hour)
	c.write(token, "still here").is(201)
	c.post(c.path("/start"), token, obj{}).is(201) // goes on
	c.db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now()`)
	c.post(c.path("/start"), token, obj{}).problem(401, "sign_in_expired")
	c.get(c.path("/messages"), token).problem(401, "sign_in_expired")
	c.get(c.path("/transcript"), token).problem(401, "sign_in_expired")
	c.get(c.path("/events"), token).problem(401, "sign_in_expired")
	c.write(token, "late").problem(401, "sign_in_expired")
	c.post(c.path("/start"), token, obj{"token": site.token(t, "u1", c.clock.now().Add(time.Minute))}).is(201)
	require.Equal(t, 2, c.count(`SELECT count(*) FROM conversation`))
}

// A token says for which widget it is, and who signs with keys that others share.
func TestSecurity_M6_WidgetsNameAudienceAndIssuer(t *testing.T) {
	c := setupChat(t, "live", generous)
	site := newSigner(t)
	c.post("/v1/widgets", c.admin, obj{"name": "x", "workstream_id": c.site.Workstream, "authentication": "optional", "key_url": "https://idp.example/keys"}).problem(422, "invalid")
	made := c.post("/v1/widgets", c.admin, obj{"name": "y", "workstream_id": c.site.Workstream, "authentication": "optional", "public_key": site.pem}).is(201)
	require.Equal(t, made.str("key"), made.str("audience"), "the key unless another is given")
	c.key = made.str("key")
	token := site.token(t, "u1", c.clock.now().Add(time.Minute))
	c.post(c.path("/start"), "", obj{"token": token}).problem(401, "bad_token")
	changed := c.patch("/v1/widgets/"+made.str("id"), c.admin, obj{"audience": shop}).is(200)
	require.Equal(t, shop, changed.str("audience"))
	c.start(obj{"token": token})
}
