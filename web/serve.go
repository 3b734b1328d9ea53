package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"
)

// unbuilt is what the pages of a program say that was built without them.
const unbuilt = "This page was not built into the program: run `make web`, build the program again, and start it."

var (
	// hashed matches names that change with the content, which may be kept for ever.
	hashed = regexp.MustCompile(`^assets/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$`)
	// dense matches what is compressed already.
	dense = regexp.MustCompile(`\.(woff2?|png|jpe?g|webp|gif|mp3|ogg)$`)
)

// server serves files that do not change while the program runs.
type server struct {
	files fs.FS
	known sync.Map // name → *file
}

type file struct {
	plain, packed []byte // packed: gzip, nil if that is no shorter
	kind, etag    string
}

func (s *server) serve(w http.ResponseWriter, r *http.Request, name string) {
	f, err := s.open(name)
	if err != nil {
		w.Header().Set("Cache-Control", "no-store")
		if _, err := fs.Stat(s.files, "."); errors.Is(err, fs.ErrNotExist) {
			http.Error(w, unbuilt, http.StatusServiceUnavailable)
			return
		}
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache") // is asked for again, and answered by its ETag
	if hashed.MatchString(name) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Type", f.kind)
	data, etag := f.plain, f.etag
	if f.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		data, etag = f.packed, f.etag+"-gzip"
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

func (s *server) open(name string) (*file, error) {
	if f, ok := s.known.Load(name); ok {
		return f.(*file), nil
	}
	data, err := fs.ReadFile(s.files, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	f := &file{plain: data, kind: mime.TypeByExtension(path.Ext(name)), etag: hex.EncodeToString(sum[:8])}
	if f.kind == "" {
		f.kind = http.DetectContentType(data)
	}
	if !dense.MatchString(name) {
		f.packed = pack(data)
	}
	s.known.Store(name, f)
	return f, nil
}

func pack(data []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err = z.Write(data); err == nil {
		err = z.Close()
	}
	if err != nil || b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}
