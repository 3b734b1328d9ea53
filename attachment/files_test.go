package attachment_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/attachment"
)

func open(t *testing.T) (*attachment.Files, string) {
	t.Helper()
	dir := t.TempDir()
	u, err := attachment.FolderURL(filepath.Join(dir, "a b", "attachments"))
	require.NoError(t, err)
	f, err := attachment.Open(t.Context(), u, "https://desk.example/", bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f, dir
}

// noise is a picture that compresses badly.
func noise(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32())
	}
	return img
}

func encoded(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func read(t *testing.T, f *attachment.Files, key string) []byte {
	t.Helper()
	r, err := f.Reader(t.Context(), key)
	require.NoError(t, err)
	defer r.Close()
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	require.EqualValues(t, len(data), r.Size())
	return data
}

func TestPut_OK(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	for name, c := range map[string]struct {
		data []byte
		typ  string
	}{
		"empty": {nil, "text/plain"},
		"text":  {[]byte("hello"), "text/plain"},
		"html":  {[]byte("<!DOCTYPE html><script>alert(1)</script>"), "text/html"},
		"svg":   {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "image/svg+xml"},
		"pdf":   {[]byte("%PDF-1.7\n" + strings.Repeat("x", 10_000)), "application/pdf"},
	} {
		st, err := f.Put(t.Context(), bytes.NewReader(c.data), 10<<20)
		require.NoError(t, err, name)
		sum := sha256.Sum256(c.data)
		require.Equal(t, sum[:], st.SHA256, name)
		require.EqualValues(t, len(c.data), st.Size, name)
		require.Equal(t, c.typ, st.ContentType, name)
		require.Empty(t, st.PreviewKey, name)
		require.True(t, bytes.Equal(c.data, read(t, f, st.Key)), name)
	}
}

func TestPut_Preview_OK(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	st, err := f.Put(t.Context(), bytes.NewReader(encoded(t, noise(1600, 800))), 10<<20)
	require.NoError(t, err)
	require.Equal(t, "image/png", st.ContentType)
	small := read(t, f, st.PreviewKey)
	require.LessOrEqual(t, len(small), 1_000_000)
	conf, format, err := image.DecodeConfig(bytes.NewReader(small))
	require.NoError(t, err)
	require.Equal(t, "jpeg", format)
	require.Equal(t, []int{1024, 512}, []int{conf.Width, conf.Height})
}

// A phone's portrait: stored lying down, orientation 6 says "turn it clockwise".
func TestPut_PreviewIsUpright_OK(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	img := image.NewRGBA(image.Rect(0, 0, 64, 32))
	for y := range 32 {
		for x := range 64 {
			c := color.RGBA{A: 255}
			if x < 32 {
				c.R = 255 // the left half, which is the top of the upright picture
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, nil))
	exif := "\xFF\xE1\x00\x22Exif\x00\x00MM\x00\x2A\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	data := append([]byte("\xFF\xD8"+exif), b.Bytes()[2:]...)
	st, err := f.Put(t.Context(), bytes.NewReader(data), 10<<20)
	require.NoError(t, err)
	small, err := jpeg.Decode(bytes.NewReader(read(t, f, st.PreviewKey)))
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, 32, 64), small.Bounds())
	top, _, _, _ := small.At(16, 8).RGBA()
	bottom, _, _, _ := small.At(16, 56).RGBA()
	require.Greater(t, top, uint32(60000))
	require.Less(t, bottom, uint32(5000))
}

func TestPut_BrokenPictureHasNoPreview_OK(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	st, err := f.Put(t.Context(), bytes.NewReader(encoded(t, noise(64, 64))[:200]), 10<<20)
	require.NoError(t, err)
	require.Equal(t, "image/png", st.ContentType)
	require.Empty(t, st.PreviewKey)
}

func TestPut_ErrTooLarge(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	_, err := f.Put(t.Context(), bytes.NewReader(make([]byte, 10_001)), 10_000)
	require.ErrorIs(t, err, attachment.ErrTooLarge)
	_, err = f.Put(t.Context(), bytes.NewReader(make([]byte, 10_000)), 10_000)
	require.NoError(t, err)
	n := 0
	require.NoError(t, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	require.Equal(t, 1, n, "nothing is left of what was refused")
}

type brokenReader struct{ after io.Reader }

func (b *brokenReader) Read(p []byte) (int, error) {
	n, err := b.after.Read(p)
	if err == io.EOF {
		err = errors.New("connection lost")
	}
	return n, err
}

func TestPut_ErrReader(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	for _, size := range []int{10, 5000} {
		_, err := f.Put(t.Context(), &brokenReader{after: bytes.NewReader(make([]byte, size))}, 10_000)
		require.ErrorContains(t, err, "connection lost")
	}
}

func TestReader_ErrNotFound(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	_, err := f.Reader(t.Context(), "no/such")
	require.ErrorIs(t, err, attachment.ErrNotFound)
	require.NoError(t, f.Delete(t.Context(), "no/such", ""))
}

func TestLink_OK(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	id := uuid.New()
	for _, c := range []struct {
		name    string
		preview bool
	}{{"ä b/c?.png", false}, {"photo.jpg", true}, {"", false}, {"../../etc/passwd", false}} {
		u, err := url.Parse(f.PublicURL(id, c.name, c.preview, time.Hour))
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(u.String(), "https://desk.example/media/"+id.String()+"/"))
		p := strings.SplitN(strings.TrimPrefix(u.Path, attachment.LinkPath), "/", 4)
		preview, ok := f.CheckLink(p[0], p[1], p[2], p[3], time.Now())
		require.True(t, ok)
		require.Equal(t, c.preview, preview)
	}
}

// Links that were given out before the key was replaced are good until they expire.
func TestSecurity_M12_LinksOfTheEarlierKey(t *testing.T) {
	t.Parallel()
	old, fresh := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	opened := func(keys ...[]byte) *attachment.Files {
		where, err := attachment.FolderURL(t.TempDir())
		require.NoError(t, err)
		f, err := attachment.Open(t.Context(), where, "https://desk.example.com", keys[0], keys[1:]...)
		require.NoError(t, err)
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	both, now := opened(fresh, old), opened(fresh)
	for signer, good := range map[*attachment.Files]bool{opened(old): false, both: true} {
		link := strings.Split(signer.PublicURL(uuid.New(), "a.png", true, time.Hour), "/")
		n := len(link)
		preview, ok := both.CheckLink(link[n-4], link[n-3], link[n-2], link[n-1], time.Now())
		require.True(t, ok && preview)
		_, ok = now.CheckLink(link[n-4], link[n-3], link[n-2], link[n-1], time.Now())
		require.Equal(t, good, ok, "the new key is what signs")
	}
}

func TestLink_ErrChanged(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	u, err := url.Parse(f.PublicURL(uuid.New(), "a.png", false, time.Hour))
	require.NoError(t, err)
	p := strings.SplitN(strings.TrimPrefix(u.Path, attachment.LinkPath), "/", 4)
	now := time.Now()
	for name, c := range map[string]struct {
		id, expiry, sig, name string
		now                   time.Time
	}{
		"other file":    {uuid.NewString(), p[1], p[2], p[3], now},
		"later expiry":  {p[0], "99999999999", p[2], p[3], now},
		"other sign":    {p[0], p[1], "x" + p[2][1:], p[3], now},
		"no signature":  {p[0], p[1], "", p[3], now},
		"other name":    {p[0], p[1], p[2], "b.html", now},
		"expired":       {p[0], p[1], p[2], p[3], now.Add(2 * time.Hour)},
		"not a time":    {p[0], "soon", p[2], p[3], now},
		"not base64url": {p[0], p[1], "!!", p[3], now},
	} {
		_, ok := f.CheckLink(c.id, c.expiry, c.sig, c.name, c.now)
		require.False(t, ok, name)
	}
}
