package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"switchboard/attachment"
	"switchboard/channel"
	"switchboard/channel/instagram"
	"switchboard/channel/line"
	"switchboard/channel/messenger"
	"switchboard/channel/twilio"
	"switchboard/channel/webchat"
	"switchboard/channel/wechat"
	"switchboard/channel/whatsappcloud"
	"switchboard/secret"
	"switchboard/store"
)

// backends are where the data and the processes live.
type backends struct {
	DatabaseURL       string        `help:"PostgreSQL, as postgres://user:password@host/database." required:"" env:"SWITCHBOARD_DATABASE_URL"`
	TemporalAddress   string        `help:"Temporal's frontend; else TEMPORAL_ADDRESS, or 127.0.0.1:7233. TLS and API key: TEMPORAL_TLS, TEMPORAL_API_KEY and so on." env:"SWITCHBOARD_TEMPORAL_ADDRESS"`
	TemporalNamespace string        `help:"Temporal namespace; else TEMPORAL_NAMESPACE, or switchboard." env:"SWITCHBOARD_TEMPORAL_NAMESPACE"`
	Key               string        `help:"32 random bytes in base64 (openssl rand -base64 32). Encrypts providers' credentials and signs links; losing it loses them." required:"" env:"SWITCHBOARD_KEY"`
	KeyPrevious       string        `help:"The key before, while it is replaced: what it encrypted is still read. See switchboard rekey." env:"SWITCHBOARD_KEY_PREVIOUS"`
	WhatsAppWindow    time.Duration `help:"Reply window of WhatsApp. Shorter only to see what happens when it closes; WhatsApp keeps its own." default:"24h" env:"SWITCHBOARD_WHATSAPP_WINDOW"`
	AllowPrivateHosts []string      `help:"Hosts in private networks that accounts and internal webhooks may name, as crm.internal or 10.0.0.7:8080." env:"SWITCHBOARD_ALLOW_PRIVATE_HOSTS"`
}

// deps are what several commands need, opened.
type deps struct {
	store     *store.Store
	temporal  client.Client
	box       *secret.Box
	dsn       string
	linkKeys  [][]byte // the one that signs first
	deviceKey []byte
	placeKey  []byte // of visitors' places in their threads
	providers *channel.Registry
	private   []string // hosts in private networks that may be reached
	metrics   *prometheus.Registry
	log       *slog.Logger
}

// open connects lazily: a database or Temporal that is away does not keep the
// process from starting, because webhooks must be taken in meanwhile.
func (b *backends) open(log *slog.Logger) (*deps, error) {
	keys, err := b.keys()
	if err != nil {
		return nil, err
	}
	tw := twilio.New(b.AllowPrivateHosts...)
	tw.Window = b.WhatsAppWindow
	wa := whatsappcloud.New(b.AllowPrivateHosts...)
	wa.Window = b.WhatsAppWindow
	p := &deps{log: log, dsn: b.DatabaseURL, private: b.AllowPrivateHosts, providers: channel.NewRegistry(
		instagram.New(b.AllowPrivateHosts...), line.New(b.AllowPrivateHosts...), messenger.New(b.AllowPrivateHosts...),
		tw, wa, wechat.New(b.AllowPrivateHosts...), webchat.New())}
	if p.box, err = secret.NewBox(keys[0], keys[1:]...); err != nil {
		return nil, err
	}
	for _, key := range keys {
		link, err := hkdf.Key(sha256.New, key, nil, "links to attachments", 32)
		if err != nil {
			return nil, fmt.Errorf("derive link key: %w", err)
		}
		p.linkKeys = append(p.linkKeys, link)
	}
	if p.deviceKey, err = hkdf.Key(sha256.New, keys[0], nil, "browsers that were signed in", 32); err != nil {
		return nil, fmt.Errorf("derive device key: %w", err)
	}
	if p.placeKey, err = hkdf.Key(sha256.New, keys[0], nil, "places of visitors", 32); err != nil {
		return nil, fmt.Errorf("derive key for visitors' places: %w", err)
	}
	if p.store, err = store.Open(b.DatabaseURL, p.box); err != nil {
		return nil, err
	}
	opts, err := b.temporalOptions()
	if err != nil {
		return nil, err
	}
	opts.Logger = sdklog.NewStructuredLogger(log.With("part", "temporal"))
	p.metrics = prometheus.NewRegistry()
	if opts.MetricsHandler, err = temporalMetrics(p.metrics); err != nil {
		return nil, err
	}
	p.temporal, err = client.NewLazyClient(opts)
	if err != nil {
		return nil, fmt.Errorf("temporal client: %w", err)
	}
	return p, nil
}

func (p *deps) close() {
	p.temporal.Close()
	_ = p.store.Close()
}

// public is how the world reaches us and where attachments are.
type public struct {
	mailServer
	PublicURL string `help:"Where providers and browsers reach this service, as https://desk.example.com. Providers sign it." required:"" env:"SWITCHBOARD_PUBLIC_URL"`
	FilesURL  string `help:"Where attachments are kept: a folder, or s3://bucket?region=… ." default:"data/files" env:"SWITCHBOARD_FILES_URL"`
}

func (p *public) files(ctx context.Context, linkKeys [][]byte) (*attachment.Files, error) {
	location := p.FilesURL
	if !strings.Contains(location, "://") {
		var err error
		if location, err = attachment.FolderURL(location); err != nil {
			return nil, err
		}
	}
	return attachment.Open(ctx, location, p.PublicURL, linkKeys[0], linkKeys[1:]...)
}
