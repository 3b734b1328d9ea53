package oracle

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/dev/sandbox"
)

func startSandbox(t *testing.T) (*sandbox.Sandbox, string) {
	t.Helper()
	box, err := sandbox.New(sandbox.Config{})
	require.NoError(t, err)
	server := httptest.NewServer(box.Handler())
	box.SetPublicURL(server.URL)
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, box.Close())
	})
	return box, server.URL
}

// receive serves webhooks and hands each on as our adapters get it.
func receive(t *testing.T, take func(channel.Request)) string {
	t.Helper()
	var base *url.URL
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		u := *base
		u.Path, u.RawQuery = r.URL.Path, r.URL.RawQuery
		take(channel.Request{Method: r.Method, URL: &u, Header: r.Header, Body: body})
	}))
	t.Cleanup(server.Close)
	base, _ = url.Parse(server.URL)
	return server.URL + "/hook"
}

// sent is a request to a provider.
type sent struct {
	Method, Path, Query string
	Header              http.Header
	Body                []byte
}

// record answers every request in the same way and keeps what was asked.
func record(t *testing.T, answer string) (seen func() []sent, address string) {
	t.Helper()
	var mu sync.Mutex
	var all []sent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		all = append(all, sent{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Clone(), body})
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return func() []sent {
		mu.Lock()
		defer mu.Unlock()
		return all
	}, server.URL
}

// same demands that what the library sent and what we sent is one request, in all
// but the body, and returns both.
func same(t *testing.T, seen []sent, headers ...string) (theirs, ours sent) {
	t.Helper()
	require.Len(t, seen, 2, "one request of theirs, one of ours")
	theirs, ours = seen[0], seen[1]
	require.Equal(t, theirs.Method+" "+theirs.Path, ours.Method+" "+ours.Path)
	require.NotEmpty(t, ours.Header.Get("Authorization"))
	for _, name := range append(headers, "Authorization") {
		require.Equal(t, theirs.Header.Values(name), ours.Header.Values(name), name)
	}
	return theirs, ours
}

// withoutNulls is a JSON document without members that say nothing: null, false,
// "" and empty lists.
func withoutNulls(t *testing.T, doc []byte) string {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(doc, &v))
	b, err := json.Marshal(prune(v))
	require.NoError(t, err)
	return string(b)
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if x = prune(x); x == nil || x == false || x == "" {
				delete(v, k)
			} else {
				v[k] = x
			}
		}
	case []any:
		if len(v) == 0 {
			return nil
		}
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}
