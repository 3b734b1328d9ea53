package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// serveIdentity is a certified OpenID provider for the product at base, with its own
// sign-in page and the people of its example.
func serveIdentity(t *testing.T, base string) string {
	t.Helper()
	var h http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	clients := map[string]*storage.Client{"switchboard": storage.WebClient("switchboard", "its secret", base+"/v1/sso/callback")}
	h = exampleop.SetupServer(srv.URL, storage.NewStorageWithClients(storage.NewUserStore(srv.URL), clients), nil, false,
		op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	return srv.URL
}
