package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"switchboard/store/pg"
)

// Errors of the journal.
var (
	ErrJournalFull   = errors.New("the journal is full")
	ErrJournalClosed = errors.New("the journal is closed")
	ErrJournalLocked = errors.New("another process uses the journal")
)

// Sealer encrypts what the journal keeps.
type Sealer = pg.Sealer

// JournalConfig is where and how much to keep.
type JournalConfig struct {
	Dir          string
	Sealer       Sealer // nil: records are kept readable
	MaxBytes     int64  // of all segments; 1 GiB if 0
	SegmentBytes int64  // 16 MiB if 0
	Log          *slog.Logger
	// Patience is how long to wait for a process that still uses the folder: one
	// that was told to stop answers what it has taken first.
	Patience time.Duration
}

// Journal keeps webhooks on disk while the database is away: append-only
// segments, synced before Append returns, deleted once their content is in the
// database. Where the reader stands is not kept: after a crash the oldest
// segment is read again from its start, and the database drops the repeats.
type Journal struct {
	cfg  JournalConfig
	lock *os.File

	flush sync.Mutex // held while the last segment is written

	mu       sync.Mutex // of what follows
	closed   bool
	batch    *group // collects while another is written
	size     int64  // of all segments and of what waits to be written
	segments []*segment
	nextID   uint64
	head     int64 // read and released in segments[0]
}

// group is what shares one sync.
type group struct {
	buf  []byte
	err  error
	done chan struct{}
}

// OpenJournal opens the journal in a folder, which is made if need be. Only one
// process may use it.
func OpenJournal(cfg JournalConfig) (*Journal, error) {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 1 << 30
	}
	if cfg.SegmentBytes == 0 {
		cfg.SegmentBytes = 16 << 20
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(cfg.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := lockJournal(lock, cfg); err != nil {
		_ = lock.Close()
		return nil, err
	}
	j := &Journal{cfg: cfg, lock: lock, nextID: 1}
	if j.segments, err = listSegments(cfg.Dir); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("open journal: %w", err)
	}
	for _, s := range j.segments {
		j.size += s.end
		j.nextID = s.id + 1
	}
	return j, nil
}

// lockEvery is how often a journal in use is looked at.
const lockEvery = 50 * time.Millisecond

func lockJournal(lock *os.File, cfg JournalConfig) error {
	for began, told := time.Now(), false; ; time.Sleep(lockEvery) {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return fmt.Errorf("lock journal: %w", err)
		case time.Since(began) >= cfg.Patience:
			return fmt.Errorf("%w: %s; stop it, or give this process a folder of its own", ErrJournalLocked, cfg.Dir)
		case !told:
			told = true
			cfg.Log.Warn("another process uses the journal; waiting for it to end", "folder", cfg.Dir, "patience", cfg.Patience.String())
		}
	}
}

// Close ends writing. What is kept stays for the next process.
func (j *Journal) Close() error {
	j.flush.Lock()
	defer j.flush.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.closed = true
	var err error
	if last := j.last(); last != nil && last.file != nil {
		err = last.file.Close()
		last.file = nil
	}
	return errors.Join(err, j.lock.Close())
}

// Bytes is how much the journal holds.
func (j *Journal) Bytes() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// empty reports whether nothing is kept and nothing on its way to be.
func (j *Journal) empty() bool { return j.Bytes() == 0 }

// append writes framed records in one piece and returns when they are on disk.
// Many callers share one sync: what arrives while one is under way goes with
// the next. A caller whose context ends early does not know what became of its
// records, which is as with a database.
func (j *Journal) append(ctx context.Context, frames ...[]byte) error {
	var n int64
	for _, f := range frames {
		n += int64(len(f))
	}
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return ErrJournalClosed
	}
	if j.size+n > j.cfg.MaxBytes {
		j.mu.Unlock()
		return ErrJournalFull
	}
	j.size += n
	g := j.batch
	lead := g == nil
	if lead {
		g = &group{done: make(chan struct{})}
		j.batch = g
	}
	for _, f := range frames {
		g.buf = append(g.buf, f...)
	}
	j.mu.Unlock()
	if lead {
		j.write(g)
	}
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write takes the group out of reach of further callers, writes and syncs it.
func (j *Journal) write(g *group) {
	j.flush.Lock()
	defer j.flush.Unlock()
	j.mu.Lock()
	j.batch = nil
	j.mu.Unlock()
	if g.err = j.writeSynced(g.buf); g.err != nil {
		j.mu.Lock()
		j.size -= int64(len(g.buf))
		j.mu.Unlock()
	}
	close(g.done)
}

func (j *Journal) writeSynced(buf []byte) error {
	s, err := j.writable(int64(len(buf)))
	if err != nil {
		return fmt.Errorf("journal segment: %w", err)
	}
	_, err = s.file.WriteAt(buf, s.end)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		// What the kernel still holds after a failed sync is not to be trusted:
		// cut it off and go on in a new file.
		_ = s.file.Truncate(s.end)
		_ = j.seal(s)
		return fmt.Errorf("write journal: %w", err)
	}
	j.mu.Lock()
	s.end += int64(len(buf))
	j.mu.Unlock()
	return nil
}

// writable returns the segment to write to, a new one if the last is full.
func (j *Journal) writable(n int64) (*segment, error) {
	j.mu.Lock()
	last, closed := j.last(), j.closed
	j.mu.Unlock()
	if closed {
		return nil, ErrJournalClosed
	}
	if last != nil && last.file != nil {
		if last.end == 0 || last.end+n <= j.cfg.SegmentBytes {
			return last, nil
		}
		if err := j.seal(last); err != nil {
			return nil, err
		}
	}
	s := &segment{id: j.nextID, path: segmentPath(j.cfg.Dir, j.nextID)}
	var err error
	if s.file, err = os.OpenFile(s.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	j.mu.Lock()
	j.nextID++
	j.segments = append(j.segments, s)
	j.mu.Unlock()
	return s, syncDir(j.cfg.Dir)
}

// seal ends writing to a segment. The caller holds flush.
func (j *Journal) seal(s *segment) error {
	err := s.file.Close()
	j.mu.Lock()
	s.file = nil
	j.mu.Unlock()
	return err
}

func (j *Journal) last() *segment {
	if len(j.segments) == 0 {
		return nil
	}
	return j.segments[len(j.segments)-1]
}

// syncDir makes a new file's name durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
