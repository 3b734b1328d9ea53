package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/api/core"
)

// upload sends a file of so many bytes and returns the status.
func (c *chatBench) upload(token, address string, size int, length bool) int {
	c.Helper()
	r := c.request("POST", c.path("/files"), token, strings.Repeat("x", size))
	if !length {
		r.ContentLength = -1
	}
	r.Header.Set("Content-Type", "text/plain")
	r.RemoteAddr = address + ":1234"
	w := httptest.NewRecorder()
	c.e.ServeHTTP(w, r)
	return w.Code
}

// What strangers upload and do not send is bounded by who, where from and for which
// widget, also while it is on its way; nobody uploads before they wrote something.
func TestSecurity_M4_UnsentUploadsAreBounded(t *testing.T) {
	c := setupChat(t, "live", generous, func(cfg *api.Config) {
		cfg.Uploads = core.UploadLimits{Visitor: 3000, Files: 4, Network: 5000, Widget: 8000}
		cfg.UploadLimit = 1000
	})
	const here, there, elsewhere = "203.0.113.1", "203.0.113.2", "203.0.113.3"
	silent := c.start(obj{})
	require.Equal(t, http.StatusConflict, c.upload(silent, here, 1, true))
	someone := func() string {
		token := c.start(obj{})
		c.write(token, "hello").is(201)
		return token
	}
	one := someone()
	for range 3 {
		require.Equal(t, 201, c.upload(one, here, 1000, true))
	}
	require.Equal(t, 429, c.upload(one, there, 1000, true), "of the visitor")
	two := someone()
	require.Equal(t, 201, c.upload(two, here, 1000, false))
	require.Equal(t, 201, c.upload(two, here, 500, false))
	require.Equal(t, 429, c.upload(two, here, 501, true), "from the address")
	require.Equal(t, 429, c.upload(two, here, 1, false), "of which the length is not known, as much as it may be")
	require.Equal(t, 413, c.upload(two, there, 1001, false))
	require.Equal(t, 201, c.upload(two, there, 1000, true), "what was refused takes no room")
	require.Equal(t, 201, c.upload(two, there, 1, true))
	require.Equal(t, 429, c.upload(two, there, 1, true), "files of the visitor")
	three, codes := someone(), make(chan int, 10)
	for range 10 {
		go func() { codes <- c.upload(three, elsewhere, 1000, true) }()
	}
	taken := map[int]int{}
	for range 10 {
		taken[<-codes]++
	}
	require.Equal(t, map[int]int{201: 2, 429: 8}, taken, "of the widget, also of ten at once")

	var file string
	require.NoError(t, c.db.SQL.Get(&file, `SELECT id FROM visitor_file WHERE visitor_id = $1 LIMIT 1`, c.visitorOf(one)))
	c.post(c.path("/messages"), one, obj{"client_id": uuid.NewString(), "attachments": []string{file}}).is(201)
	require.Equal(t, 201, c.upload(one, elsewhere, 1000, true), "what was sent is not counted")

	c.db.SQL.MustExec(`UPDATE visitor_file SET created_at = now() - interval '61 minutes'`)
	blobs, err := c.db.Webchat.PruneVisitors(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, blobs)
	require.Zero(t, c.count(`SELECT count(*) FROM visitor_file`))
}

// Before the disk is full nobody's file is taken.
func TestSecurity_M4_TheDiskIsNotFilled(t *testing.T) {
	c := setupChat(t, "live", generous, func(cfg *api.Config) { cfg.Uploads.Floor = 1 << 60 })
	token, conv := c.startedLive()
	c.write(token, "hello").is(201)
	require.Equal(t, 503, c.upload(token, "203.0.113.1", 1, true))
	r := c.request("POST", "/v1/conversations/"+conv+"/attachments", c.agent, "x")
	r.Header.Set("Content-Type", "text/plain")
	c.send(r).problem(503, "unavailable")
}

// What an agent saw is not shown from the browser's store to who comes after them.
func TestSecurity_L16_FilesDoNotOutliveTheSignIn(t *testing.T) {
	b := setup(t)
	id := b.active()
	r := b.request("POST", "/v1/conversations/"+id.String()+"/attachments", b.agent, "words")
	r.Header.Set("Content-Type", "text/plain")
	path := "/v1/attachments/" + b.send(r).is(201).str("id")
	first := b.get(path, b.agent).is(200)
	require.Equal(t, "private, no-cache", first.Header().Get("Cache-Control"))
	again := b.request("GET", path, b.agent, nil)
	again.Header.Set("If-None-Match", first.Header().Get("ETag"))
	w := httptest.NewRecorder()
	b.e.ServeHTTP(w, again)
	require.Equal(t, http.StatusNotModified, w.Code)
	out := b.del("/v1/session", b.agent).is(204)
	require.Equal(t, `"cache"`, out.Header().Get("Clear-Site-Data"))
	b.get(path, b.agent).is(401)
}
