package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
)

func (b *bench) write(conv uuid.UUID, token, key string, in obj) answer {
	b.Helper()
	r := b.request("POST", "/v1/conversations/"+conv.String()+"/messages", token, in)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return b.send(r)
}

func TestConversations_ViewsAndPermission(t *testing.T) {
	b := setup(t)
	id := b.waiting()
	other := b.newPerson("agent").str("id")
	stranger := b.token(uuid.MustParse(other))
	path := "/v1/conversations/" + id.String()
	require.Equal(t, id.String(), b.get("/v1/conversations?view=open", b.agent).is(200).str("items.0.id"))
	require.Equal(t, "Hello?", b.get(path, b.agent).is(200).str("last_message.text"))
	require.Equal(t, "Hello?", b.get(path+"/messages", b.agent).is(200).str("items.0.text"))
	require.Equal(t, "messaging", b.get(path, b.super).is(200).str("style"), "so that one knows whether it can be parked")
	// Whoever is not in the queue does not even learn that it exists.
	b.get(path, stranger).problem(404, "not_found")
	b.get(path+"/messages", stranger).problem(404, "not_found")
	b.post(path+"/pick", stranger, nil).problem(404, "not_found")
	require.Empty(t, b.get("/v1/conversations?view=open", stranger).is(200).get("items"))

	b.post(path+"/pick", b.agent, nil).is(200)
	require.Equal(t, id.String(), b.get("/v1/conversations?view=mine", b.agent).is(200).str("items.0.id"))
	b.post(path+"/end", b.agent, nil).is(200)
	b.post(path+"/close", b.agent, nil).is(200)
	require.Equal(t, id.String(), b.get("/v1/conversations?view=closed", b.agent).is(200).str("items.0.id"))
	// D19: today is where the agent is. It closed a minute before an hour began: before midnight where that is midnight.
	b.clock.stop()
	now := b.clock.now().UTC()
	b.db.SQL.MustExec(`UPDATE conversation SET closed_at = $2 WHERE id = $1`, id, now.Truncate(time.Hour).Add(-time.Minute))
	for ago, n := range []int{0, 1} { // hours since midnight there
		behind := now.Hour() - ago
		if behind > 12 {
			behind -= 24
		}
		zone := fmt.Sprintf("Etc%%2FGMT%%2B%d", behind)
		if behind < 0 {
			zone = fmt.Sprintf("Etc%%2FGMT%d", behind)
		}
		require.Len(t, b.get("/v1/conversations?view=closed&time_zone="+zone, b.agent).is(200).get("items"), n, zone)
	}
	for _, zone := range []string{"Local", "Mars%2FBase", "..%2F..%2Fetc"} {
		b.get("/v1/conversations?view=closed&time_zone="+zone, b.agent).problem(400, "malformed")
	}
	b.get("/v1/conversations?view=all", b.agent).problem(400, "malformed")
}

func TestCommands_RefusedWithReason(t *testing.T) {
	b := setup(t)
	id := b.active()
	path := "/v1/conversations/" + id.String()
	b.post(path+"/pick", b.colleague, nil).problem(409, conversation.OfferGone)
	b.post(path+"/end", b.colleague, nil).problem(409, conversation.NotPrimary)
	b.post(path+"/close", b.agent, nil).problem(409, conversation.WrongState)
	b.post(path+"/accept", b.agent, obj{"offer_id": uuid.NewString()}).problem(409, conversation.OfferGone)
	b.post(path+"/accept", b.agent, obj{}).problem(422, "invalid")
	b.write(id, b.colleague, "k", obj{"text": "hi"}).problem(409, conversation.NotPrimary)
	b.post(path+"/end", b.admin, nil).problem(409, conversation.NotPrimary)
	for _, cmd := range []string{"end", "close"} {
		b.post(path+"/"+cmd, b.agent, nil).is(200)
	}
	b.post(path+"/end", b.agent, nil).problem(409, conversation.WrongState)
	require.Equal(t, 0, b.count(`SELECT count(*) FROM message WHERE direction = 'out'`), "nothing half-done")
}

// An accept was written and its task lost with the answer; when it is given
// again the workflow finds the offer gone. Whoever has it by that offer is told so.
func TestCommands_AcceptAfterItsAnswerWasLost(t *testing.T) {
	b := setup(t)
	id := b.waiting()
	offer := uuid.New()
	b.db.SQL.MustExec(`INSERT INTO assignment_decision (conversation_id, cause, offer_id, agent_id, candidates) VALUES ($1, 'arrival', $2, $3, '[]')`, id, offer, b.agents[0])
	accept := func(token string, offer uuid.UUID) answer {
		return b.post("/v1/conversations/"+id.String()+"/accept", token, obj{"offer_id": offer})
	}
	accept(b.agent, offer).problem(409, conversation.OfferGone)
	b.post("/v1/conversations/"+id.String()+"/pick", b.agent, nil).is(200)
	require.Equal(t, "active", accept(b.agent, offer).is(200).str("state"))
	accept(b.agent, uuid.New()).problem(409, conversation.OfferGone)
	accept(b.colleague, offer).problem(409, conversation.OfferGone)
	b.post("/v1/conversations/"+id.String()+"/end", b.agent, nil).is(200)
	accept(b.agent, offer).problem(409, conversation.WrongState)
}

// A repeated command has the first one's effect and answer, and another agent's
// equal key is another command.
func TestCommands_Repeated(t *testing.T) {
	b := setup(t)
	id := b.waiting()
	pick := func(token string) answer {
		r := b.request("POST", "/v1/conversations/"+id.String()+"/pick", token, nil)
		r.Header.Set("Idempotency-Key", "once")
		return b.send(r)
	}
	first := pick(b.agent).is(200)
	require.Equal(t, first.get("version"), pick(b.agent).is(200).get("version"))
	pick(b.colleague).problem(409, conversation.OfferGone)
}

func TestSend_Idempotency(t *testing.T) {
	b := setup(t)
	id := b.active()
	first := b.write(id, b.agent, "key-1", obj{"text": "Hi"}).is(201)
	again := b.write(id, b.agent, "key-1", obj{"text": "Hi"}).is(200)
	require.Equal(t, first.str("id"), again.str("id"))
	b.write(id, b.agent, "key-1", obj{"text": "Other"}).problem(409, "idempotency_key_reused")
	b.write(id, b.agent, "", obj{"text": "Hi"}).problem(400, "malformed")
	b.write(id, b.agent, "with space", obj{"text": "Hi"}).problem(400, "malformed")
	require.Equal(t, 1, b.count(`SELECT count(*) FROM message WHERE direction = 'out'`))
}

func TestSend_ErrContent(t *testing.T) {
	b := setup(t)
	id := b.active()
	for name, in := range map[string]obj{
		"empty": {}, "blank": {"text": " \n"}, "too long": {"text": strings.Repeat("ü", 21)},
		"no such file": {"text": "x", "attachments": []string{uuid.NewString()}},
	} {
		t.Log(name)
		b.write(id, b.agent, uuid.NewString(), in).problem(422, "invalid")
	}
	b.write(id, b.agent, uuid.NewString(), obj{"text": strings.Repeat("ü", 20)}).is(201)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM message WHERE direction = 'out'`))
}

// A 503 promises nothing of what was to change: what does not answer may have
// done it. Of what only reads it says so.
func TestFault_F10_UnavailableDatabase(t *testing.T) {
	b := setup(t)
	b.db.SQL.MustExec(`CREATE FUNCTION down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'down' USING ERRCODE = '57P01'; END $$`)
	b.db.SQL.MustExec(`CREATE TRIGGER down BEFORE INSERT ON queue FOR EACH ROW EXECUTE FUNCTION down()`)
	require.Contains(t, b.post("/v1/queues", b.admin, obj{"name": "x"}).problem(503, "unavailable").str("detail"), "may have happened")
	b.db.SQL.MustExec(`ALTER TABLE queue RENAME TO gone`)
	b.db.SQL.MustExec(`CREATE FUNCTION away() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'down' USING ERRCODE = '57P01'; END $$`)
	b.db.SQL.MustExec(`CREATE VIEW queue AS SELECT * FROM gone WHERE away()`)
	require.NotContains(t, b.get("/v1/queues", b.admin).problem(503, "unavailable").str("detail"), "happen")
}

// While Temporal is away an answer is stored and said to be so; a command is not.
func TestSend_TemporalAway(t *testing.T) {
	b := setup(t)
	id := b.active()
	b.flows.set(func(f *flows) { f.away = true })
	kept := b.write(id, b.agent, "k", obj{"text": "later"}).is(202)
	require.Equal(t, "queued", kept.str("status"))
	ended := b.post("/v1/conversations/"+id.String()+"/end", b.agent, nil).problem(503, "unavailable")
	require.Contains(t, ended.str("detail"), "may still happen", "Temporal may have it, and hand it out when it is back")
	b.get("/readyz", "").is(503)
	b.get("/healthz", "").is(200)
	b.flows.set(func(f *flows) { f.away = false })
	require.Equal(t, kept.str("id"), b.write(id, b.agent, "k", obj{"text": "later"}).is(200).str("id"))
	b.get("/readyz", "").is(200)
}

// A workflow that does not run, although its conversation lives, is rung first.
func TestCommands_WorkflowMissing(t *testing.T) {
	b := setup(t)
	id := b.waiting()
	b.flows.set(func(f *flows) { f.missing = true })
	b.post("/v1/conversations/"+id.String()+"/pick", b.agent, nil).is(200)
	require.Equal(t, 1, b.flows.rings)
}

// An agent's reply window is shown and kept, to the instant.
func TestConversation_Window(t *testing.T) {
	b := setup(t)
	id := b.active()
	b.db.SQL.MustExec(`UPDATE conversation SET channel = 'whatsapp', last_inbound_at = $2 WHERE id = $1`, id, time.Now().Add(time.Minute-window))
	path := "/v1/conversations/" + id.String()
	open := b.get(path, b.agent).is(200)
	require.Equal(t, true, open.get("window.open"))
	b.write(id, b.agent, "in-time", obj{"text": "x"}).is(201)
	b.clock.forward(time.Minute)
	closed := b.get(path, b.agent).is(200)
	require.Equal(t, false, closed.get("window.open"))
	require.Empty(t, closed.get("window.allowed"))
	b.write(id, b.agent, "late", obj{"text": "x"}).problem(409, conversation.WindowClosed)
}

// onePixel is the smallest PNG.
const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func (b *bench) upload(conv uuid.UUID, token, contentType string, data []byte) answer {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), "POST", "/v1/conversations/"+conv.String()+"/attachments", bytes.NewReader(data))
	r.Header.Set("Authorization", "Bearer "+token)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("Content-Disposition", `attachment; filename="../../etc/pixel.png"`)
	return b.send(r)
}

func TestAttachments_UpAndDown(t *testing.T) {
	b := setup(t)
	id := b.active()
	png, err := base64.StdEncoding.DecodeString(onePixel)
	require.NoError(t, err)
	up := b.upload(id, b.agent, "text/html", png).is(201)
	require.Equal(t, "image/png", up.str("content_type"), "the bytes decide, not what was claimed")
	require.Equal(t, "pixel.png", up.str("name"))
	down := b.get("/v1/attachments/"+up.str("id"), b.agent).is(200)
	require.Equal(t, png, down.Body.Bytes())
	require.Equal(t, "nosniff", down.Header().Get("X-Content-Type-Options"))
	b.get("/v1/attachments/"+up.str("id"), b.token(uuid.MustParse(b.newPerson("agent").str("id")))).problem(404, "not_found")
	b.write(id, b.agent, "k", obj{"attachments": []string{up.str("id")}}).is(201)
	b.write(id, b.agent, "k2", obj{"attachments": []string{up.str("id")}}).problem(422, "invalid") // it went already

	b.upload(id, b.agent, "", png).problem(415, "unsupported_media_type")
	b.upload(id, b.agent, "image/png", bytes.Repeat([]byte{1}, 200_000)).problem(413, "too_large")
	b.upload(id, b.colleague, "image/png", png).problem(409, conversation.NotPrimary)
}

// A workstream decides what its agents may send, and says what was wrong.
func TestAttachments_ErrNotTaken(t *testing.T) {
	b := setup(t)
	id := b.active()
	png, err := base64.StdEncoding.DecodeString(onePixel)
	require.NoError(t, err)
	b.db.SQL.MustExec(`UPDATE workstream SET max_file_bytes = 20`)
	b.upload(id, b.agent, "image/png", png).problem(413, "too_large")
	b.db.SQL.MustExec(`UPDATE workstream SET max_file_bytes = NULL, blocked_files = '{image/*}'`)
	require.Contains(t, b.upload(id, b.agent, "application/pdf", png).problem(415, "unsupported_media_type").str("detail"), "image/png")
	b.db.SQL.MustExec(`UPDATE workstream SET blocked_files = '{}', agent_files = false`)
	require.NotEmpty(t, b.upload(id, b.agent, "image/png", png).problem(409, "files_off").str("detail"))
	require.Zero(t, b.count(`SELECT count(*) FROM attachment`), "nothing was kept")
	b.db.SQL.MustExec(`UPDATE workstream SET agent_files = true`)
	b.upload(id, b.agent, "image/png", png).is(201)
}
