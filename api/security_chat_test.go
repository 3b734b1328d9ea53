package api_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/test/tier"
)

// chatKey signs visitors' places in these tests.
var chatKey = []byte("a key of thirty-two bytes or more")

// signedPlace is a place as the server itself would write it: whoever had the key
// must still be told nothing.
func (c *chatBench) signedPlace(token, place string) string {
	c.Helper()
	h := hmac.New(sha256.New, chatKey)
	fmt.Fprintf(h, "%s\n%s", c.visitorOf(token), place)
	return place + ";" + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

func (c *chatBench) visitorOf(token string) uuid.UUID {
	c.Helper()
	var id uuid.UUID
	require.NoError(c, c.db.SQL.Get(&id, `SELECT visitor_id FROM visitor_token WHERE token_hash = sha256($1::bytea)`, []byte(token)))
	return id
}

// notForCustomers fills a thread with all that its customer must not see, and
// returns its last seq. Every such text, name and value has the word SECRET.
func (c *chatBench) notForCustomers(conv string) int64 {
	c.Helper()
	const insert = `WITH m AS (UPDATE conversation SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq, account_id)
		INSERT INTO message (conversation_id, seq, account_id, direction, type, text, data, agent_id, automated, visible_to, status, redacted_at)
		SELECT $1, last_seq, account_id, $2, 'text', 'SECRET ' || $2, '{"note":"SECRET"}', $3, $4, $5, $6, CASE WHEN $7 THEN now() END FROM m RETURNING id`
	for _, m := range []struct {
		direction string
		automated any
		visible   string
		status    any
		redacted  bool
	}{
		{"internal", nil, "both", nil, false}, {"internal", nil, "both", nil, true}, {"internal", nil, "agent", "sent", false},
		{"out", "inactivity", "agent", "sent", false}, {"out", "inactivity", "agent", nil, false}, {"out", "inactivity", "agent", "queued", false},
		{"out", nil, "both", "failed", false}, {"out", nil, "both", "queued", false}, {"out", nil, "both", "sending", false},
		{"out", nil, "both", nil, false}, {"out", nil, "both", "sent", true}, {"in", nil, "both", nil, true},
	} {
		var id string
		require.NoError(c, c.db.SQL.Get(&id, insert, conv, m.direction, c.agents[0], m.automated, m.visible, m.status, m.redacted))
		c.db.SQL.MustExec(`INSERT INTO attachment (conversation_id, message_id, position, state, name, content_type, size, sha256, blob)
			VALUES ($1, $2, 0, 'stored', 'SECRET.txt', 'text/plain', 1, ''::bytea, 'none')`, conv, id)
	}
	var last int64
	require.NoError(c, c.db.SQL.Get(&last, `SELECT last_seq FROM conversation WHERE id = $1`, conv))
	return last
}

func (c *chatBench) numberOf(conv string) (n int64) {
	c.Helper()
	require.NoError(c, c.db.SQL.Get(&n, `SELECT number FROM conversation WHERE id = $1`, conv))
	return n
}

// A place that a client made up shows nothing that is not for customers, whatever
// seqs it names and however it is sent, even if it is signed.
func TestSecurity_C1_NoPlaceShowsWhatIsNotForCustomers(t *testing.T) {
	c := setupChat(t, "live", generous)
	token, conv := c.startedLive()
	c.write(token, "Am I in trouble?").is(201)
	theirs, other := c.startedLive()
	c.write(theirs, "SECRET of somebody else").is(201)
	last, n, m := c.notForCustomers(conv), c.numberOf(conv), c.numberOf(other)
	c.notForCustomers(other)

	all := make([]string, 0, last+3)
	for seq := range last + 3 {
		all = append(all, fmt.Sprint(seq))
	}
	every := strings.Join(all, ".")
	places := []string{
		"0;", fmt.Sprintf("%d;", n), fmt.Sprintf("%d;", m), "x", "1;;", ";", "-1;", fmt.Sprintf("%d;%d:-1", n, n), fmt.Sprintf("%d;%d:1-", n, n),
		fmt.Sprintf("%d;%d:0-%s", n, n, every), fmt.Sprintf("%d;%d:3-%s", n, n, every), fmt.Sprintf("%d;%d:%d-%s", n, n, last, every), fmt.Sprintf("%d;%d:9999999-%s", n, n, every),
		c.signedPlace(theirs, fmt.Sprintf("%d;%d:0-%s", m, m, every)),
		fmt.Sprintf("%d;%d:0-%s", m, m, every), fmt.Sprintf("%d;%d:0-%s,%d:0-%s", m, m, every, n, every), fmt.Sprintf("%d;%d:0", m, m), fmt.Sprintf("%d;%d:0-%s", m, n, every),
	}
	for i, place := range places {
		for _, sent := range []string{place, c.signedPlace(token, place)} {
			f := c.followBy(token, sent, i%3)
			mark := fmt.Sprintf("mark %d %s", i, sent)
			c.says(conv, mark, "sent")
			for {
				x := f.next()
				body, err := json.Marshal(x.data)
				require.NoError(t, err)
				require.NotContains(t, string(body), "SECRET", "after %q", sent)
				if x.kind == "message" && x.data["text"] == mark {
					break
				}
			}
			f.cancel()
		}
	}
}

// followBy follows with a place in the header, the query, or both.
func (c *chatBench) followBy(token, place string, how int) *follower {
	c.Helper()
	header, query := place, place
	if how == 0 {
		query = ""
	} else if how == 1 {
		header = ""
	}
	return c.followPlace(token, header, query)
}

// Every route of visitors is asked about a thread with all that is not for
// customers; a new one must be added here, with what to ask.
func TestSecurity_C1_NoReaderShowsWhatIsNotForCustomers(t *testing.T) {
	c := setupChat(t, "live", generous)
	token, conv := c.startedLive()
	last, n := c.notForCustomers(conv), c.numberOf(conv)
	asks := map[string]obj{
		"GET ": nil, "POST /start": {}, "POST /sign-in": {"token": "x"}, "POST /sign-out": {"token": "x"}, "DELETE /session": nil, "GET /thread": nil, "GET /messages": nil,
		"POST /messages": {"client_id": uuid.NewString(), "text": "hello"}, "POST /typing": nil, "POST /receipts": {"read": n*1_000_000 + last},
		"POST /files": {}, "POST /end": nil, "GET /transcript": nil, "GET /events": nil,
	}
	var leave string
	for _, r := range api.RouteTable() {
		rest, ours := strings.CutPrefix(r.Path, "/v1/chat/{key}")
		if !ours {
			continue
		}
		name := r.Method + " " + rest
		body, known := asks[name]
		require.True(t, known, "%s is new: say here how it is asked, and see that it shows customers only what is theirs", name)
		delete(asks, name)
		if name == "DELETE /session" || name == "GET /events" {
			leave = rest // the stream has a test of its own, and whoever left reads nothing
			continue
		}
		paths := []string{rest}
		if rest == "/messages" && r.Method == http.MethodGet {
			for seq := range last + 2 {
				place := n*1_000_000 + seq
				paths = append(paths, fmt.Sprintf("/messages?limit=1&before=%d", place), fmt.Sprintf("/messages?limit=1&after=%d", place), fmt.Sprintf("/messages?after=%d", seq))
			}
		}
		if rest == "/transcript" {
			paths = append(paths, "/transcript?format=json", "/transcript?format=json&after=0")
		}
		for _, path := range paths {
			var in any
			if body != nil {
				in = body
			}
			got := c.send(c.request(r.Method, c.path(path), token, in))
			require.NotContains(t, got.Body.String(), "SECRET", "%s %s", r.Method, path)
		}
	}
	require.Empty(t, asks, "these routes are gone")
	require.NotEmpty(t, leave)
	var attachments []string
	require.NoError(t, c.db.SQL.Select(&attachments, `SELECT id FROM attachment WHERE conversation_id = $1`, conv))
	for _, id := range attachments {
		c.get("/v1/attachments/"+id, token).is(401)
		c.get("/media/"+id+"/99999999999/AAAA/SECRET.txt", "").is(404)
	}
}

// What visitors send is stored and answered before anything is made of it, and
// holds nobody up.
func TestSecurity_H1_UploadsWaitForNoPreview(t *testing.T) {
	c := setupChat(t, "live", generous)
	token, conv := c.startedLive()
	picture := func(token string) string {
		var b bytes.Buffer
		require.NoError(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64)), nil))
		r := c.request("POST", c.path("/files"), token, b.String())
		r.Header.Set("Content-Type", "image/jpeg")
		r.Header.Set("Content-Disposition", `attachment; filename="a.jpg"`)
		return c.send(r).is(201).str("id")
	}
	c.write(token, "see").is(201)
	sent := picture(token)
	c.post(c.path("/messages"), token, obj{"client_id": uuid.NewString(), "attachments": []string{sent}}).is(201)
	kept := picture(token)
	require.Eventually(t, func() bool {
		return c.count(`SELECT count(*) FROM attachment WHERE id = $1 AND preview_blob IS NOT NULL`, sent) == 1 &&
			c.count(`SELECT count(*) FROM visitor_file WHERE id = $1 AND preview_blob IS NOT NULL`, kept) == 1
	}, tier.Patience(30*time.Second), 5*time.Millisecond, "a preview, sent or not")

	c.stopChat() // from here on no preview is ever made
	for range 8 {
		picture(token)
	}
	r := c.request("POST", "/v1/conversations/"+conv+"/attachments", c.agent, "")
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64)), nil))
	r.Body = io.NopCloser(&b)
	r.Header.Set("Content-Type", "image/jpeg")
	r.Header.Set("Content-Disposition", `attachment; filename="b.jpg"`)
	require.NotNil(t, c.send(r).is(201).get("preview_url"), "agents' pictures have theirs at once")
}
