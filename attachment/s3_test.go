package attachment_test

import (
	"bytes"
	"crypto/md5" //nolint:gosec // what S3 calls an ETag
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/attachment"
)

// bucket speaks as much of S3 as storing and serving files takes, and refuses
// what is not signed with the key it knows.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	refused int
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key, ours := strings.CutPrefix(r.URL.Path, "/desk/")
	signed := strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=switchboard/") && strings.Contains(r.Header.Get("Authorization"), "/s3/aws4_request")
	if !ours || !signed {
		b.refused++
		w.WriteHeader(http.StatusForbidden)
		return
	}
	data, known := b.objects[key]
	switch r.Method {
	case http.MethodPut:
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		b.objects[key] = unchunk(r, body)
	case http.MethodDelete:
		delete(b.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case http.MethodGet, http.MethodHead:
		if !known {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusNotFound)
			if r.Method == http.MethodGet {
				fmt.Fprint(w, `<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>none</Message></Error>`)
			}
			return
		}
		sum := md5.Sum(data) //nolint:gosec // as above
		w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
		http.ServeContent(w, r, "", time.Unix(1, 0), bytes.NewReader(data))
	}
}

// unchunk undoes aws-chunked, in which the client sends a stream with its checksum.
func unchunk(r *http.Request, body []byte) []byte {
	if !strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
		return body
	}
	var out []byte
	for {
		line, rest, ok := bytes.Cut(body, []byte("\r\n"))
		var n int
		if !ok {
			return out
		}
		if _, err := fmt.Sscanf(string(line), "%x", &n); err != nil || n == 0 || n > len(rest) {
			return out
		}
		out = append(out, rest[:n]...)
		body = rest[min(n+2, len(rest)):]
	}
}

// Files go to S3 and whatever speaks as S3 does by setting alone.
func TestFiles_S3(t *testing.T) {
	b := &bucket{objects: map[string][]byte{}}
	srv := httptest.NewServer(b)
	defer srv.Close()
	t.Setenv("AWS_ACCESS_KEY_ID", "switchboard")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	f, err := attachment.Open(t.Context(), "s3://desk?region=eu-north-1&use_path_style=true&disable_https=true&endpoint="+srv.URL, "https://desk.example", bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	defer f.Close()
	data := bytes.Repeat([]byte("a file of a customer\n"), 10_000)
	st, err := f.Put(t.Context(), bytes.NewReader(data), 1<<20)
	require.NoError(t, err)
	require.Equal(t, int64(len(data)), st.Size)
	require.Equal(t, "text/plain", strings.Split(st.ContentType, ";")[0])
	r, err := f.Reader(t.Context(), st.Key)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.True(t, bytes.Equal(data, got))

	_, err = f.Put(t.Context(), bytes.NewReader(data), 1000)
	require.ErrorIs(t, err, attachment.ErrTooLarge)
	require.NoError(t, f.Delete(t.Context(), st.Key))
	_, err = f.Reader(t.Context(), st.Key)
	require.ErrorIs(t, err, attachment.ErrNotFound)
	require.Empty(t, b.objects, "nothing is left behind")
	require.Zero(t, b.refused)
}
