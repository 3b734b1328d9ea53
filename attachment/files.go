// Package attachment keeps attachments in a blob store (a folder by default, S3 and
// friends by URL) and makes the links by which providers fetch them.
package attachment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/gabriel-vasile/mimetype"
	"github.com/google/uuid"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // file:///folder
	_ "gocloud.dev/blob/s3blob"   // s3://bucket
	"gocloud.dev/gcerrors"
)

// ErrTooLarge says that a file is larger than allowed.
var ErrTooLarge = errors.New("file is too large")

// ErrNotFound says that nothing is stored under a key.
var ErrNotFound = errors.New("file is not stored")

// Stored is what was stored of a file. ContentType is sniffed from its first
// bytes; PreviewKey is "" where no preview can be made.
type Stored struct {
	Key, ContentType, PreviewKey string
	Size                         int64
	SHA256                       []byte
}

// Files stores attachments.
type Files struct {
	bucket   *blob.Bucket
	base     string
	keys     [][]byte      // the one that signs first
	previews chan struct{} // as many pictures are decoded at once
	folder   string        // where the files are, if on a disk here
	later    chan struct{} // and as many of PreviewOf, which never hold up the others
}

// How many pictures are decoded at once: with maxMemory each that bounds the
// memory that previews take.
const (
	decodeAtOnce = 2
	decodeLater  = 1
)

// Open opens the blob store at a URL (FolderURL for a folder on disk). Links are
// made on publicBase and signed with key, which has at least 32 bytes; links that
// earlier keys signed are good until they expire.
func Open(ctx context.Context, storeURL, publicBase string, key []byte, earlier ...[]byte) (*Files, error) {
	keys := append([][]byte{key}, earlier...)
	for _, k := range keys {
		if len(k) < 32 {
			return nil, fmt.Errorf("open files: key for links has %d bytes, not at least 32", len(k))
		}
	}
	b, err := blob.OpenBucket(ctx, storeURL)
	if err != nil {
		return nil, fmt.Errorf("open files: %w", err)
	}
	var folder string
	if u, err := url.Parse(storeURL); err == nil && u.Scheme == "file" {
		folder = filepath.FromSlash(u.Path)
	}
	return &Files{bucket: b, folder: folder, base: strings.TrimRight(publicBase, "/"), keys: keys,
		previews: make(chan struct{}, decodeAtOnce), later: make(chan struct{}, decodeLater)}, nil
}

// FolderURL is the URL of a folder on disk, made if it does not exist. Unfinished
// files lie beside the finished ones, because a rename between disks fails.
func FolderURL(folder string) (string, error) {
	abs, err := filepath.Abs(folder)
	if err != nil {
		return "", fmt.Errorf("folder of files: %w", err)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: "create_dir=true&no_tmp_dir=true&metadata=skip"}
	return u.String(), nil
}

// Size writes a number of bytes for people: "5 MB", "300 kB", "12 bytes".
func Size(bytes int64) string {
	switch {
	case bytes >= 1_000_000:
		return strconv.FormatFloat(float64(bytes/100_000)/10, 'f', -1, 64) + " MB"
	case bytes >= 1000:
		return strconv.FormatInt(bytes/1000, 10) + " kB"
	}
	return strconv.FormatInt(bytes, 10) + " bytes"
}

// Free is how many bytes the disk has left where the files are; false: they are
// not on a disk of this machine, or it cannot be told.
func (f *Files) Free() (int64, bool) {
	var st syscall.Statfs_t
	if f.folder == "" || syscall.Statfs(f.folder, &st) != nil {
		return 0, false
	}
	return int64(st.Bavail) * st.Bsize, true //nolint:unconvert // their types differ by platform
}

// Close closes the blob store.
func (f *Files) Close() error { return f.bucket.Close() }

// sniffed is how much of a file says what it is.
const sniffed = 3072

// Put stores what r has with a preview, as Keep and PreviewOf do.
func (f *Files) Put(ctx context.Context, r io.Reader, limit int64) (Stored, error) {
	st, err := f.Keep(ctx, r, limit)
	if err != nil {
		return Stored{}, err
	}
	if st.PreviewKey, err = f.preview(ctx, st, f.previews); err != nil {
		_ = f.Delete(context.WithoutCancel(ctx), st.Key)
		return Stored{}, err
	}
	return st, nil
}

// PreviewOf makes and stores a preview of what Keep stored, and returns its key;
// "": it is no picture, or one that is too much work. It waits for others of its
// kind only: what strangers send does not hold up what agents do.
func (f *Files) PreviewOf(ctx context.Context, st Stored) (string, error) {
	return f.preview(ctx, st, f.later)
}

// Keep stores what r has, up to limit bytes; more is ErrTooLarge and leaves
// nothing behind. The content is streamed and never held in memory as a whole.
func (f *Files) Keep(ctx context.Context, r io.Reader, limit int64) (Stored, error) {
	head := make([]byte, sniffed)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Stored{}, fmt.Errorf("put file: %w", err)
	}
	head = head[:n]
	id := uuid.NewString()
	st := Stored{Key: id[:2] + "/" + id, ContentType: sniff(head)}
	if err := f.write(ctx, &st, io.MultiReader(bytes.NewReader(head), r), limit); err != nil {
		return Stored{}, err
	}
	return st, nil
}

func sniff(head []byte) string {
	typ, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	return typ
}

func (f *Files) write(ctx context.Context, st *Stored, r io.Reader, limit int64) error {
	ctx, abandon := context.WithCancel(ctx)
	defer abandon()
	w, err := f.bucket.NewWriter(ctx, st.Key, &blob.WriterOptions{ContentType: st.ContentType})
	if err != nil {
		return fmt.Errorf("put file: %w", err)
	}
	sum := sha256.New()
	st.Size, err = io.Copy(io.MultiWriter(w, sum), io.LimitReader(r, limit+1))
	if err == nil && st.Size > limit {
		err = ErrTooLarge
	}
	if err != nil {
		abandon() // a writer whose context ended keeps nothing
		_ = w.Close()
		return fmt.Errorf("put file: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("put file: %w", err)
	}
	st.SHA256 = sum.Sum(nil)
	return nil
}

// A Content is an open file. It can seek, for range requests.
type Content interface {
	io.ReadSeekCloser
	Size() int64
}

// Reader opens a stored file, or fails with ErrNotFound. The caller closes it.
func (f *Files) Reader(ctx context.Context, key string) (Content, error) {
	r, err := f.bucket.NewReader(ctx, key, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, ErrNotFound
	} else if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return r, nil
}

// Delete removes stored files; one that is not there is no error.
func (f *Files) Delete(ctx context.Context, keys ...string) error {
	var errs []error
	for _, k := range keys {
		if k == "" {
			continue
		}
		if err := f.bucket.Delete(ctx, k); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			errs = append(errs, fmt.Errorf("delete file: %w", err))
		}
	}
	return errors.Join(errs...)
}
