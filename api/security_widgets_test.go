package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/api/core"
)

// No order of changes makes a persistent chat that anybody begins unseen: not of
// the widget, of its workstream's style, of its address, and not two at once.
func TestFault_D15_PersistentThreadsNeedASignIn(t *testing.T) {
	c := setupChat(t, "live")
	site := newSigner(t)
	stream := func(style string) string {
		return c.post("/v1/workstreams", c.admin, obj{"name": uuid.NewString(), "style": style, "mode": "push", "queue_id": c.site.Queue, "fallback_queue_id": c.site.Queue}).is(201).str("id")
	}
	live, persistent := stream("live"), stream("persistent")
	made := c.post("/v1/widgets", c.admin, obj{"name": "x", "workstream_id": live}).is(201)
	widget, address := "/v1/widgets/"+made.str("id"), "/v1/accounts/"+made.str("account_id")+"/addresses/"+made.str("address_id")

	for _, style := range []string{"persistent", "messaging"} {
		refused := c.patch("/v1/workstreams/"+live, c.admin, obj{"style": style}).problem(422, "invalid")
		require.Equal(t, "style", refused.str("errors.0.field"))
	}
	c.patch(address, c.admin, obj{"workstream_id": persistent}).problem(422, "invalid")
	c.patch(widget, c.admin, obj{"workstream_id": persistent}).problem(422, "invalid")
	c.patch("/v1/workstreams/"+live, c.admin, obj{"name": "another"}).is(200)

	c.patch(widget, c.admin, obj{"authentication": "required", "public_key": site.pem}).is(200)
	c.patch("/v1/workstreams/"+live, c.admin, obj{"style": "persistent"}).is(200)
	c.patch(widget, c.admin, obj{"authentication": "optional"}).problem(422, "invalid")
	known := c.patch(widget, c.admin, obj{"authentication": "optional", "anonymous_threads": true}).is(200)
	require.Equal(t, true, known.get("anonymous_threads"))
	c.patch(widget, c.admin, obj{"anonymous_threads": false}).problem(422, "invalid")
	c.patch("/v1/workstreams/"+live, c.admin, obj{"style": "live"}).is(200)
	c.patch(widget, c.admin, obj{"anonymous_threads": false}).is(200)

	// Both sides at once: one of them is refused, whichever is first.
	c.patch(widget, c.admin, obj{"authentication": "required"}).is(200)
	for range 5 {
		codes := make(chan int, 2)
		go func() { codes <- c.patchCode("/v1/workstreams/"+live, obj{"style": "persistent"}) }()
		go func() { codes <- c.patchCode(widget, obj{"authentication": "none"}) }()
		require.ElementsMatch(t, []int{200, 422}, []int{<-codes, <-codes})
		c.db.SQL.MustExec(`UPDATE workstream SET style = 'live' WHERE id = $1`, live)
		c.db.SQL.MustExec(`UPDATE widget SET authentication = 'required'`)
	}
}

func (b *bench) patchCode(path string, in obj) int { return b.codeOf("PATCH", path, in) }

func (b *bench) postCode(path string, in obj) int { return b.codeOf("POST", path, in) }

func (b *bench) codeOf(method, path string, in obj) int {
	w := httptest.NewRecorder()
	b.e.ServeHTTP(w, b.request(method, path, b.admin, in))
	return w.Code
}

// Keys that are none cost no look-up; of those that could be one, few
// are looked up for one address, and a site's own is always found.
func TestSecurity_M1_UnknownWidgetsCostNothing(t *testing.T) {
	c := setupChat(t, "live", generous, func(cfg *api.Config) {
		cfg.ChatLimits.Unknown = core.ChatLimit{Burst: 20, Every: time.Minute}
	})
	options := func(path string) int {
		r := c.request("OPTIONS", path, "", nil)
		r.Header.Set("Origin", shop)
		w := httptest.NewRecorder()
		c.e.ServeHTTP(w, r)
		return w.Code
	}
	require.Equal(t, http.StatusNoContent, options(c.path("/messages")))
	for i := range 200 {
		require.Equal(t, http.StatusNotFound, options("/v1/chat/"+strings.Repeat("x", 60_000-i)))
		require.Equal(t, http.StatusNotFound, options(fmt.Sprintf("/v1/chat/k%%20%d", i)))
	}
	codes := map[int]int{}
	for i := range 60 {
		codes[options(fmt.Sprintf("/v1/chat/unknown-%d", i))]++
	}
	require.Equal(t, map[int]int{404: 20, 429: 40}, codes)
	for range 50 {
		require.Equal(t, http.StatusNoContent, options(c.path("/messages")), "who knows the key is not held up")
	}
	c.from("https://"+strings.Repeat("a", 300)+".example", "GET", c.path(""), "", nil).problem(403, "origin_not_allowed")
}
