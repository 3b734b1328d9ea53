package api_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/api/core"
)

func (c *chatBench) from(origin, method, path, token string, body any) answer {
	c.Helper()
	r := c.request(method, path, token, body)
	r.Header.Set("Origin", origin)
	return c.send(r)
}

func TestChat_OriginsAndPreflight(t *testing.T) {
	c := setupChat(t, "live")
	c.makeWidget(obj{"origins": []string{shop, "https://*.shops.example"}})
	for origin, allowed := range map[string]bool{
		shop: true, "https://a.shops.example": true, publicURL: true, "https://shops.example": false, "http://a.shops.example": false,
		"https://evil.example": false, shop + ".evil.example": false, "https://evilshops.example": false, "null": false, "https://a.shops.example:8443": false,
	} {
		got := c.from(origin, "GET", c.path(""), "", nil)
		r := c.request("OPTIONS", c.path("/messages"), "", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		c.e.ServeHTTP(w, r) // a browser's question is no route of the contract
		ask := answer{w, t}
		if !allowed {
			got.problem(403, "origin_not_allowed")
			ask.problem(403, "origin_not_allowed")
			require.Empty(t, got.Header().Get("Access-Control-Allow-Origin"), origin)
			continue
		}
		got.is(200)
		ask.is(204)
		for _, a := range []answer{got, ask} {
			require.Equal(t, origin, a.Header().Get("Access-Control-Allow-Origin"))
			require.Empty(t, a.Header().Get("Access-Control-Allow-Credentials"), "cookies are never read")
			require.Contains(t, a.Header().Values("Vary"), "Origin")
		}
		require.Contains(t, ask.Header().Get("Access-Control-Allow-Headers"), "Authorization")
	}
	c.from("https://evil.example", "POST", c.path("/start"), "", obj{}).problem(403, "origin_not_allowed")
	require.Zero(t, c.count(`SELECT count(*) FROM visitor`))
	c.get("/v1/chat/nobody", "").problem(404, "not_found")
}

// A visitor's token opens their own thread at their own widget, and nothing else.
func TestChat_TokensOpenOneThread(t *testing.T) {
	c := setupChat(t, "live")
	mine, theirs := c.start(obj{}), c.start(obj{})
	secretText := "my number is 12345"
	line := uuid.NewString()
	first := c.post(c.path("/messages"), theirs, obj{"client_id": line, "text": secretText}).is(201)
	file := c.uploadTo(theirs, "theirs.txt", []byte("private"))

	require.NotContains(t, c.get(c.path("/messages"), mine).is(200).Body.String(), secretText)
	require.NotContains(t, c.get(c.path("/messages?after=0"), mine).is(200).Body.String(), secretText)
	require.NotContains(t, c.get(c.path("/transcript"), mine).is(200).Body.String(), secretText)
	own := c.post(c.path("/messages"), mine, obj{"client_id": line, "text": "mine"}).is(201)
	require.NotEqual(t, first.str("id"), own.str("id"), "an id of theirs is not theirs here")
	c.post(c.path("/messages"), mine, obj{"client_id": uuid.NewString(), "attachments": []string{file}}).problem(422, "invalid")
	c.post(c.path("/messages"), theirs, obj{"client_id": uuid.NewString(), "attachments": []string{file}}).is(201)
	c.post(c.path("/messages"), theirs, obj{"client_id": uuid.NewString(), "attachments": []string{file}}).problem(422, "invalid")
	tab := c.follow(theirs, "")
	cursor := tab.last
	stranger := c.follow(mine, cursor)
	require.Equal(t, "reset", stranger.next().kind, "a place in their thread is none in mine")

	for _, path := range []string{"/v1/me", "/v1/conversations?view=mine", "/v1/contacts", "/v1/widgets"} {
		c.get(path, mine).problem(401, "unauthenticated")
	}
	for _, token := range []string{c.admin, c.agent, "x", ""} {
		c.get(c.path("/messages"), token).problem(401, "unauthenticated")
	}
	key := c.key
	c.makeWidget(obj{})
	c.get(c.path("/messages"), mine).problem(401, "unauthenticated") // of the other widget
	c.key = key
	c.send(c.request("DELETE", c.path("/session"), mine, nil)).is(204)
	c.get(c.path("/messages"), mine).problem(401, "unauthenticated")
	require.Equal(t, "bye", stranger.until("bye").kind, "and its stream ends")
	require.Zero(t, c.count(`SELECT count(*) FROM visitor_token WHERE token_hash::text LIKE '%' || $1 || '%'`, theirs), "kept as a hash only")
	require.NotContains(t, c.log.String(), theirs)
	require.NotContains(t, c.log.String(), secretText)
	c.send(c.request("POST", "/webhooks/webchat/"+c.key, "", obj{})).is(503) // no webhook is served here, whatever its key
}

func (c *chatBench) uploadTo(token, name string, data []byte) string {
	c.Helper()
	r := c.request("POST", c.path("/files"), token, string(data))
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return c.send(r).is(201).str("id")
}

func TestChat_Limits(t *testing.T) {
	few := core.ChatLimit{Burst: 3, Every: time.Minute}
	c := setupChat(t, "live", func(cfg *api.Config) {
		cfg.ChatLimits = core.ChatLimits{Starts: core.ChatLimit{Burst: 6, Every: time.Minute}, Origin: few, Messages: few, Requests: core.ChatLimit{Burst: 20, Every: time.Second}}
	})
	c.clock.stop()
	token := c.start(obj{})
	for range 3 {
		c.write(token, "again").is(201)
	}
	slow := c.write(token, "too much").problem(429, "too_many_requests")
	require.Equal(t, "60", slow.Header().Get("Retry-After"))
	c.clock.forward(time.Minute)
	c.write(token, "one more").is(201)
	require.Equal(t, 4, c.count(`SELECT count(*) FROM message WHERE type = 'text'`))

	for range 3 {
		c.from(shop, "POST", c.path("/start"), "", obj{}).is(201)
	}
	c.from(shop, "POST", c.path("/start"), "", obj{}).problem(429, "too_many_requests") // of this site
	c.start(obj{})
	for range 6 {
		c.get(c.path("/thread"), "guess").is(401)
	}
	c.get(c.path("/thread"), "guess").problem(429, "too_many_requests")
	c.get(c.path("/thread"), token).is(200) // whoever has a token is not held up by who guesses
	refused := false
	for range 30 {
		refused = refused || c.get(c.path("/thread"), token).Code == 429
	}
	require.True(t, refused, "all requests of one visitor together")
}

// signer is a site that says who its visitors are.
type signer struct {
	key *rsa.PrivateKey
	pem string
}

func newSigner(t *testing.T) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	b, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	return signer{key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b}))}
}

func (s signer) token(t *testing.T, subject string, until time.Time) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": subject, "aud": shop, "name": "Sam", "iat": until.Add(-time.Hour).Unix(), "exp": until.Unix(),
		"lwicontexts": `{"orderId":"1042","deep":{"no":1}}`}).SignedString(s.key)
	require.NoError(t, err)
	return text
}

func TestChat_SignIn(t *testing.T) {
	c := setupChat(t, "persistent")
	site, other := newSigner(t), newSigner(t)
	c.makeWidget(obj{"authentication": "required", "public_key": site.pem})
	soon := c.clock.now().Add(30 * time.Minute)
	c.post(c.path("/start"), "", obj{}).problem(403, "sign_in_required")
	c.post(c.path("/start"), "", obj{"token": other.token(t, "u1", soon)}).problem(401, "bad_token")
	require.Zero(t, c.count(`SELECT count(*) FROM visitor`), "nobody becomes anonymous by a token that is refused")
	contact := c.post("/v1/contacts", c.agent, obj{"name": "Sam", "external_id": "u1"}).is(201).str("id")
	token := c.start(obj{"token": site.token(t, "u1", soon), "context": obj{"orderId": "9999"}})
	c.write(token, "hello").is(201)
	require.Equal(t, 1, c.count(`SELECT count(*) FROM contact_point WHERE contact_id = $1`, contact), "linked by the sign-in")
	require.Equal(t, 1, c.count(`SELECT count(*) FROM conversation WHERE context = '{"orderId":"1042"}'`), "what the site signed counts, not what the page says")

	c.clock.forward(time.Hour)
	c.write(token, "late").problem(401, "sign_in_expired")
	c.post(c.path("/sign-in"), token, obj{"token": site.token(t, "u2", c.clock.now().Add(time.Minute))}).problem(409, "conflict")
	token = c.post(c.path("/sign-in"), token, obj{"token": site.token(t, "u1", c.clock.now().Add(time.Minute))}).is(200).str("visitor_token")
	c.write(token, "in time").is(201)

	c.makeWidget(obj{}) // nobody signs in there
	c.post(c.path("/start"), "", obj{"token": site.token(t, "u1", soon)}).problem(401, "bad_token")
}

// Somebody who is known already and begins anonymously elsewhere has both threads
// once they sign in; no message is lost, doubled or anybody else's.
func TestChat_UpgradeToSomebodyKnown(t *testing.T) {
	c := setupChat(t, "persistent")
	site := newSigner(t)
	c.makeWidget(obj{"authentication": "optional", "public_key": site.pem})
	who := site.token(t, "u1", c.clock.now().Add(30*time.Minute))
	known := c.start(obj{"token": who})
	c.write(known, "at home").is(201)
	elsewhere := c.start(obj{})
	line := uuid.NewString()
	c.post(c.path("/messages"), elsewhere, obj{"client_id": line, "text": "on the road"}).is(201)
	tab := c.follow(elsewhere, "")
	got := c.post(c.path("/sign-in"), elsewhere, obj{"token": who}).is(200)
	require.Equal(t, true, got.get("thread.authenticated"))
	require.Equal(t, "signed_in", tab.until("bye").data["reason"])
	elsewhere = got.str("visitor_token")
	c.post(c.path("/messages"), elsewhere, obj{"client_id": line, "text": "on the road"}).is(200) // a repeat across the sign-in
	for _, token := range []string{known, elsewhere} {
		list := c.get(c.path("/messages"), token).is(200)
		require.Equal(t, []any{"at home", "on the road"}, []any{list.get("items.0.text"), list.get("items.1.text")})
	}
	both := c.follow(known, "")
	c.write(elsewhere, "one thread").is(201)
	require.Equal(t, []string{"one thread"}, both.texts(1))
}

func TestChat_Survey(t *testing.T) {
	c := setupChat(t, "live")
	label := obj{"en": "?"}
	c.post("/v1/widgets", c.admin, obj{"name": "x", "workstream_id": c.site.Workstream, "pre_chat": []obj{{"name": "ok", "type": "consent", "label": label}}}).problem(422, "invalid")
	c.makeWidget(obj{"pre_chat": []obj{
		{"name": "name", "type": "text", "label": label, "required": true, "meaning": "name"}, {"name": "mail", "type": "text", "label": label, "check": "email"},
		{"name": "phone", "type": "text", "label": label, "check": "phone"}, {"name": "why", "type": "multiline", "label": label},
		{"name": "topic", "type": "options", "label": label, "options": []string{"A", "B"}}, {"name": "ok", "type": "consent", "label": label, "required": true},
	}})
	for field, answers := range map[string]obj{
		"answers.name": {"ok": true}, "answers.ok": {"name": "Sam", "ok": false}, "answers.mail": {"name": "Sam", "ok": true, "mail": "sam"},
		"answers.phone": {"name": "Sam", "ok": true, "phone": "5555"}, "answers.topic": {"name": "Sam", "ok": true, "topic": "C"},
		"answers.why": {"name": "Sam", "ok": true, "why": 1}, "answers.else": {"name": "Sam", "ok": true, "else": "?"},
	} {
		require.Equal(t, field, c.post(c.path("/start"), "", obj{"answers": answers}).problem(422, "invalid").str("errors.0.field"))
	}
	token := c.start(obj{"answers": obj{"name": "Sam", "ok": true, "mail": "sam@example.com", "phone": "+372 5555 5555", "why": "a\nb", "topic": "B"}})
	m := c.get(c.path("/messages"), token).is(200)
	require.Equal(t, "started", m.str("items.0.type"))
	require.Equal(t, "Sam", m.str("items.0.data.answers.0.value"))
	require.Equal(t, 1, c.count(`SELECT count(*) FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id WHERE context->>'topic' = 'B' AND p.name = 'Sam'`))
}

func TestChat_FilesMarksAndTranscript(t *testing.T) {
	c := setupChat(t, "live")
	c.db.SQL.MustExec(`UPDATE workstream SET blocked_files = '{.exe}' WHERE id = $1`, c.site.Workstream)
	c.makeWidget(obj{})
	started := c.post(c.path("/start"), "", obj{}).is(201)
	token, conv := started.str("visitor_token"), started.str("thread.conversation_id")
	c.db.SQL.MustExec(`UPDATE conversation SET state = 'active', agent_id = $2, queue_id = $3 WHERE id = $1`, conv, c.agents[0], c.site.Queue)
	c.write(token, "hello").is(201)
	file := c.uploadTo(token, "note.txt", []byte("words"))
	m := c.post(c.path("/messages"), token, obj{"client_id": uuid.NewString(), "text": "see", "attachments": []string{file}}).is(201)
	require.Equal(t, "note.txt", m.str("attachments.0.name"))
	require.Contains(t, m.str("attachments.0.url"), publicURL+"/media/")
	exe := c.request("POST", c.path("/files"), token, "MZ")
	exe.Header.Set("Content-Type", "application/octet-stream")
	exe.Header.Set("Content-Disposition", `attachment; filename="a.exe"`)
	c.send(exe).problem(415, "unsupported_media_type")

	tab := c.follow(token, "")
	c.says(conv, "answer", "sent")
	place := int64(tab.until("message").data["seq"].(float64))
	require.Equal(t, 1, int(tab.until("thread").data["unread"].(float64)))
	c.post(c.path("/receipts"), token, obj{"delivered": place}).is(204)
	require.Equal(t, 1, c.count(`SELECT count(*) FROM message WHERE text = 'answer' AND status = 'delivered'`))
	c.post(c.path("/receipts"), token, obj{"read": place}).is(204)
	c.post(c.path("/receipts"), token, obj{"delivered": place}).is(204)
	require.Equal(t, 1, c.count(`SELECT count(*) FROM message WHERE text = 'answer' AND status = 'read'`), "only forward")
	for int(tab.until("thread").data["unread"].(float64)) != 0 {
	}
	c.put("/v1/conversations/"+conv+"/read", c.agent, obj{"seq": 3}).is(204)
	for tab.until("thread").data["agent_read_seq"].(float64) != m.get("seq").(float64) {
	}
	c.post("/v1/conversations/"+conv+"/typing", c.agent, nil).is(204)
	require.Equal(t, "typing", tab.until("typing").kind)
	c.post(c.path("/typing"), token, nil).is(204)
	require.Equal(t, 1, c.count(`SELECT count(*) FROM event WHERE kind = 'customer.typing' AND agent_id = $1`, c.agents[0]))
	text := c.get(c.path("/transcript"), token).is(200)
	require.Contains(t, text.Header().Get("Content-Disposition"), "attachment")
	require.Contains(t, text.Body.String(), "visitor: see [note.txt]")
	require.Equal(t, http.StatusOK, c.get(c.path("/transcript?format=json"), token).Code)
}
