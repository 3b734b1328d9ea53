package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func get(t *testing.T, h http.Handler, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}

func pages() fstest.MapFS {
	return fstest.MapFS{
		"index.html":             {Data: []byte("<title>Desk</title>")},
		"loader.js":              {Data: []byte(strings.Repeat("load();", 100))},
		"assets/app-Ab3_-x9Z.js": {Data: []byte(strings.Repeat("chat();", 100))},
	}
}

func TestDesk_IsOnePage(t *testing.T) {
	t.Parallel()
	h := desk(pages(), "/desk/")
	for _, path := range []string{"/desk/", "/desk/conversations/42", "/desk/../../etc/passwd"} {
		resp := get(t, h, path)
		require.Equal(t, http.StatusOK, resp.StatusCode, path)
		require.Equal(t, "<title>Desk</title>", body(t, resp.Body), path)
		require.Contains(t, resp.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
		require.Equal(t, "no-cache", resp.Header.Get("Cache-Control"))
	}
	require.Equal(t, http.StatusNotFound, get(t, h, "/desk/assets/gone-12345678.js").StatusCode, "an old file is not the page")
}

func TestWidget_IsForAllOrigins(t *testing.T) {
	t.Parallel()
	h := widget(pages(), "/widget/")
	loader := get(t, h, "/widget/loader.js")
	require.Equal(t, "*", loader.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "no-cache", loader.Header.Get("Cache-Control"))
	require.Contains(t, loader.Header.Get("Content-Type"), "javascript")
	require.Equal(t, http.StatusNotModified, get(t, h, "/widget/loader.js", "If-None-Match", loader.Header.Get("ETag")).StatusCode)
	app := get(t, h, "/widget/assets/app-Ab3_-x9Z.js", "Accept-Encoding", "gzip, br")
	require.Contains(t, app.Header.Get("Cache-Control"), "immutable")
	require.Equal(t, "gzip", app.Header.Get("Content-Encoding"))
	plain, err := gzip.NewReader(app.Body)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("chat();", 100), body(t, plain))
	require.Equal(t, http.StatusNotFound, get(t, h, "/widget/").StatusCode)
}

func TestPages_SayThatTheyWereNotBuilt(t *testing.T) {
	t.Parallel()
	empty := fstest.MapFS{".keep": {}}
	missing, err := empty.Sub("site")
	require.NoError(t, err)
	for _, h := range []http.Handler{desk(missing, "/desk/"), widget(missing, "/widget/")} {
		resp := get(t, h, "/desk/")
		require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
		require.Contains(t, body(t, resp.Body), "make web")
	}
}
