package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"switchboard/channel"
	"switchboard/channel/line"
	"switchboard/channel/twilio"
	"switchboard/channel/webchat"
	"switchboard/files"
	"switchboard/secret"
	"switchboard/store"
)

// backends are where the data and the processes live.
type backends struct {
	DatabaseURL       string        `help:"PostgreSQL, as postgres://user:password@host/database." required:"" env:"SWITCHBOARD_DATABASE_URL"`
	TemporalAddress   string        `help:"Temporal's frontend." default:"127.0.0.1:7233" env:"SWITCHBOARD_TEMPORAL_ADDRESS"`
	TemporalNamespace string        `help:"Temporal namespace." default:"switchboard" env:"SWITCHBOARD_TEMPORAL_NAMESPACE"`
	Key               string        `help:"32 random bytes in base64 (openssl rand -base64 32). Encrypts providers' credentials and signs links; losing it loses them." required:"" env:"SWITCHBOARD_KEY"`
	WhatsAppWindow    time.Duration `help:"Reply window of WhatsApp. Shorter only to see what happens when it closes; WhatsApp keeps its own." default:"24h" env:"SWITCHBOARD_WHATSAPP_WINDOW"`
}

// parts are what several commands need, opened.
type parts struct {
	store     *store.Store
	temporal  client.Client
	box       *secret.Box
	dsn       string
	linkKey   []byte
	placeKey  []byte // of visitors' places in their threads
	providers *channel.Registry
	log       *slog.Logger
}

// open connects lazily: a database or Temporal that is away does not keep the
// process from starting, because webhooks must be taken in meanwhile.
func (b *backends) open(log *slog.Logger) (*parts, error) {
	key, err := base64.StdEncoding.DecodeString(b.Key)
	if err != nil || len(key) != 32 {
		return nil, errors.New("SWITCHBOARD_KEY must be 32 bytes in base64; make one with: openssl rand -base64 32")
	}
	tw := twilio.New()
	tw.Window = b.WhatsAppWindow
	p := &parts{log: log, dsn: b.DatabaseURL, providers: channel.NewRegistry(line.New(), tw, webchat.New())}
	if p.box, err = secret.NewBox(key); err != nil {
		return nil, err
	}
	if p.linkKey, err = hkdf.Key(sha256.New, key, nil, "links to attachments", 32); err != nil {
		return nil, fmt.Errorf("derive link key: %w", err)
	}
	if p.placeKey, err = hkdf.Key(sha256.New, key, nil, "places of visitors", 32); err != nil {
		return nil, fmt.Errorf("derive key for visitors' places: %w", err)
	}
	if p.store, err = store.Open(b.DatabaseURL, p.box); err != nil {
		return nil, err
	}
	p.temporal, err = client.NewLazyClient(client.Options{
		HostPort: b.TemporalAddress, Namespace: b.TemporalNamespace,
		Logger: sdklog.NewStructuredLogger(log.With("part", "temporal")),
	})
	if err != nil {
		return nil, fmt.Errorf("temporal client: %w", err)
	}
	return p, nil
}

func (p *parts) close() {
	p.temporal.Close()
	_ = p.store.Close()
}

// public is how the world reaches us and where attachments are.
type public struct {
	PublicURL string `help:"Where providers and browsers reach this service, as https://desk.example.com. Providers sign it." required:"" env:"SWITCHBOARD_PUBLIC_URL"`
	FilesURL  string `help:"Where attachments are kept: a folder, or s3://bucket?region=… ." default:"data/files" env:"SWITCHBOARD_FILES_URL"`
}

func (p *public) files(ctx context.Context, linkKey []byte) (*files.Files, error) {
	location := p.FilesURL
	if !strings.Contains(location, "://") {
		var err error
		if location, err = files.FolderURL(location); err != nil {
			return nil, err
		}
	}
	return files.Open(ctx, location, p.PublicURL, linkKey)
}
