// Package sandbox stands in for LINE and Twilio: it answers their APIs as
// strictly as they do, plays the customers' phones and can fail on demand, so
// that demos and tests need no provider account. It shares no code with the
// product, which makes it an independent check of the product's wire formats.
package sandbox

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config says how a sandbox runs; the zero value works in memory.
type Config struct {
	Log          *slog.Logger
	JournalFile  string           // append-only JSON lines, read again at start; "" keeps everything in memory
	Client       *http.Client     // for webhooks and for fetching media; nil has a 10 s timeout
	PublicURL    string           // where the sandbox itself is reached; "" takes the host of the last request
	ReceiptDelay time.Duration    // between two status callbacks of a message; 0 sends them at once
	RetryDelay   time.Duration    // before the first redelivery of a failed webhook, doubling; 0 is one second
	ShopKey      string           // private RSA key of the demo's shop, PEM; "": there is no shop
	Now          func() time.Time // nil is the clock; tests use it to let reply tokens and windows expire
}

// Sandbox is one set of accounts, phones and their history.
type Sandbox struct {
	cfg    Config
	log    *slog.Logger
	client *http.Client // follows no redirect
	fetch  *http.Client
	ctx    context.Context //nolint:containedctx // ends background work on Close
	stop   context.CancelFunc
	work   sync.WaitGroup
	slots  chan struct{} // bounds the status callbacks under way
	blobs  *blobs
	hub    *hub
	shop   *rsa.PrivateKey // nil: there is no shop

	mu       sync.Mutex
	closed   bool
	public   string
	file     *journalFile
	accounts map[string]*account
	order    []string
	tokens   map[string]*account // LINE access token → account
	phones   map[string]*Phone   // by ID
	events   map[string]*event   // webhooks by event ID, for Redeliver
	links    map[string]mediaLink
	busy     int
	idle     chan struct{}
}

// mediaLink is where the bytes that a customer or the product sent are kept.
type mediaLink struct {
	Account, Message, SHA256, ContentType string
	Gone                                  bool
}

// New starts a sandbox and reads its journal, if there is one.
func New(cfg Config) (*Sandbox, error) {
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
	s := &Sandbox{
		cfg: cfg, log: cfg.Log, client: &hooks, fetch: cfg.Client,
		slots: make(chan struct{}, 64), hub: newHub(), public: strings.TrimRight(cfg.PublicURL, "/"),
		accounts: map[string]*account{}, tokens: map[string]*account{}, phones: map[string]*Phone{},
		events: map[string]*event{}, links: map[string]mediaLink{}, idle: make(chan struct{}),
	}
	close(s.idle)
	s.ctx, s.stop = context.WithCancel(context.Background())
	var err error
	if cfg.ShopKey != "" {
		if s.shop, err = parseShopKey(cfg.ShopKey); err != nil {
			return nil, err
		}
	}
	folder := ""
	if cfg.JournalFile != "" {
		folder = cfg.JournalFile + ".media"
	}
	if s.blobs, err = newBlobs(folder); err != nil {
		return nil, err
	}
	if cfg.JournalFile != "" {
		if s.file, err = openJournal(cfg.JournalFile, s.apply); err != nil {
			return nil, err
		}
	}
	return s, nil
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

// Close ends background work and closes the journal.
func (s *Sandbox) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.work.Wait()
	s.hub.close()
	s.fetch.CloseIdleConnections()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	if err := s.file.close(); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}

// SetPublicURL says where the sandbox is reached once its listener is known.
func (s *Sandbox) SetPublicURL(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.public = strings.TrimRight(u, "/")
}

// errClosed is what work started after Close gets.
var errClosed = errors.New("sandbox is closed")

// background runs f until done or Close; Settle waits for it. s.mu must be held.
func (s *Sandbox) background(f func(context.Context)) {
	if s.closed {
		return
	}
	if s.busy == 0 {
		s.idle = make(chan struct{})
	}
	s.busy++
	s.work.Go(func() {
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.busy--; s.busy == 0 {
				close(s.idle)
			}
		}()
		f(s.ctx)
	})
}

// Settle waits until no media fetch, status callback or redelivery is under way.
func (s *Sandbox) Settle(ctx context.Context) error {
	s.mu.Lock()
	idle := s.idle
	s.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for background work: %w", ctx.Err())
	}
}

func (s *Sandbox) now() time.Time { return s.cfg.Now().UTC() }

// pause waits, and tells whether the wait ran to its end.
func pause(ctx context.Context, d time.Duration) bool {
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
