package shop

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHandler_ServesThePagesAndTheirSettings(t *testing.T) {
	t.Parallel()
	h, err := Handler(Config{API: "http://127.0.0.1:8080", Live: "demo-live", Persistent: `quote"d`})
	require.NoError(t, err)
	for path, want := range map[string]string{
		"/shop/": "shop.js", "/shop/teapot.html": "shop.js", "/shop/account.html": "shop.js",
		"/shop/settings.js": `window.SHOP = {"api":"http://127.0.0.1:8080","live":"demo-live","persistent":"quote\"d"};`,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		body, err := io.ReadAll(w.Result().Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, w.Code, path)
		require.Contains(t, string(body), want, path)
	}
}
