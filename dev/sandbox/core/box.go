// Package core is what the sandbox's providers have in common: accounts, the
// customers' phones, calls of the product and webhooks to it, faults, files, and
// a journal that brings all of it back after a restart. It knows no provider.
package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config says how a box runs; the zero value works in memory.
type Config struct {
	Log          *slog.Logger
	JournalFile  string           // append-only JSON lines, read again at start; "" keeps everything in memory
	Client       *http.Client     // for webhooks and for fetching media; nil has a 10 s timeout
	PublicURL    string           // where the sandbox itself is reached; "" takes the host of the last request
	ReceiptDelay time.Duration    // between two status callbacks of a message; 0 sends them at once
	RetryDelay   time.Duration    // before the first redelivery of a failed webhook, doubling; 0 is one second
	Now          func() time.Time // nil is the clock; tests use it to let reply tokens and windows expire
}

// Box is one set of accounts, phones and their history. Accounts, phones and
// entries are guarded by its lock, which providers take too.
type Box struct {
	cfg       Config
	log       *slog.Logger
	client    *http.Client // follows no redirect
	fetch     *http.Client
	ctx       context.Context //nolint:containedctx // ends background work on Close
	stop      context.CancelFunc
	work      sync.WaitGroup
	blobs     *blobs
	hub       *hub
	providers []Provider

	mu       sync.Mutex
	closed   bool
	public   string
	file     *journalFile
	accounts map[string]*Account
	order    []string
	phones   map[string]*Phone // by ID
	events   map[string]*Event // webhooks by event ID, for Redeliver
	links    map[string]Link
	busy     int
	idle     chan struct{}
}

// New starts a box with its providers and reads its journal, if there is one.
func New(cfg Config, providers ...Provider) (*Box, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.RetryDelay <= 0 {
		cfg.RetryDelay = time.Second
	}
	if cfg.Client == nil {
		cfg.Client = defaultClient()
	}
	hooks := *cfg.Client
	hooks.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b := &Box{
		cfg: cfg, log: cfg.Log, client: &hooks, fetch: cfg.Client, providers: providers,
		hub: newHub(), public: strings.TrimRight(cfg.PublicURL, "/"),
		accounts: map[string]*Account{}, phones: map[string]*Phone{},
		events: map[string]*Event{}, links: map[string]Link{}, idle: make(chan struct{}),
	}
	close(b.idle)
	b.ctx, b.stop = context.WithCancel(context.Background())
	folder := ""
	if cfg.JournalFile != "" {
		folder = cfg.JournalFile + ".media"
	}
	var err error
	if b.blobs, err = newBlobs(folder); err != nil {
		return nil, err
	}
	if cfg.JournalFile != "" {
		if b.file, err = openJournal(cfg.JournalFile, b.apply); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func defaultClient() *http.Client {
	tr, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return &http.Client{Timeout: 10 * time.Second}
	}
	tr = tr.Clone()
	tr.MaxIdleConnsPerHost, tr.MaxIdleConns = 128, 512
	return &http.Client{Timeout: 10 * time.Second, Transport: tr}
}

// Routes adds the APIs of all providers to mux.
func (b *Box) Routes(mux *http.ServeMux) {
	for _, p := range b.providers {
		p.Routes(b, mux)
	}
}

// Lock guards everything that the box holds.
func (b *Box) Lock() { b.mu.Lock() }

// Unlock ends Lock.
func (b *Box) Unlock() { b.mu.Unlock() }

// Close ends background work and closes the journal.
func (b *Box) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	b.mu.Unlock()
	b.stop()
	b.work.Wait()
	b.hub.close()
	b.fetch.CloseIdleConnections()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file == nil {
		return nil
	}
	if err := b.file.close(); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}

// SetPublicURL says where the sandbox is reached once its listener is known.
func (b *Box) SetPublicURL(u string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.public = strings.TrimRight(u, "/")
}

// LearnPublicURL takes the sandbox's own address from a request when none was configured.
func (b *Box) LearnPublicURL(r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.public != "" || r.Host == "" {
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	b.public = scheme + "://" + r.Host
}

// PublicURL is where the sandbox is reached, without a slash at its end. The lock must be held.
func (b *Box) PublicURL() string { return b.public }

// errClosed is what work started after Close gets.
var errClosed = errors.New("sandbox is closed")

// Background runs f until done or Close; Settle waits for it. The lock must be held.
func (b *Box) Background(f func(context.Context)) {
	if b.closed {
		return
	}
	if b.busy == 0 {
		b.idle = make(chan struct{})
	}
	b.busy++
	b.work.Go(func() {
		defer func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.busy--; b.busy == 0 {
				close(b.idle)
			}
		}()
		f(b.ctx)
	})
}

// Settle waits until no media fetch, status callback or redelivery is under way.
func (b *Box) Settle(ctx context.Context) error {
	b.mu.Lock()
	idle := b.idle
	b.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for background work: %w", ctx.Err())
	}
}

// Now is the box's time, in UTC.
func (b *Box) Now() time.Time { return b.cfg.Now().UTC() }

// ReceiptDelay is how long a provider waits between two receipts of a message.
func (b *Box) ReceiptDelay() time.Duration { return b.cfg.ReceiptDelay }

// RetryDelay is how long a provider waits before it repeats a webhook that failed.
func (b *Box) RetryDelay() time.Duration { return b.cfg.RetryDelay }

// Pause waits, and tells whether the wait ran to its end.
func Pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
