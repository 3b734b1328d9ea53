package activities

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A download of which nothing comes any more ends by itself and gives its place
// to another; what asked for it goes on.
func TestMedia_StalledDownloadEnds(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"before the answer": "", "within the file": "some"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if body != "" {
					_, _ = io.WriteString(w, body)
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			}))
			defer srv.Close()
			ctx, w := watch(t.Context(), 100*time.Millisecond)
			defer w.stop()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
			require.NoError(t, err)
			resp, err := srv.Client().Do(req)
			if err == nil {
				defer resp.Body.Close()
				_, err = io.ReadAll(w.body(resp.Body))
			}
			require.Error(t, err)
			require.NoError(t, t.Context().Err())
		})
	}
}
