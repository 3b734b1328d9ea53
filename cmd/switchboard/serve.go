package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"switchboard/activities"
	"switchboard/api"
	"switchboard/api/agent"
	"switchboard/api/core"
	"switchboard/ingest"
	"switchboard/live/agentstream"
	"switchboard/live/visitorchat"
	"switchboard/relay"
	"switchboard/store/pg"
	"switchboard/store/presencedb"
	"switchboard/webhook"
	"switchboard/worker"
)

// httpConfig is what only the HTTP side needs to know.
type httpConfig struct {
	Listen         string         `help:"Address to listen on." default:":8080" env:"SWITCHBOARD_LISTEN"`
	JournalDir     string         `help:"Folder where webhooks are kept while the database is away; one process each." default:"data/journal" env:"SWITCHBOARD_JOURNAL_DIR"`
	JournalBytes   int64          `help:"Most that the journal may hold." default:"1073741824" env:"SWITCHBOARD_JOURNAL_BYTES"`
	PresenceGrace  time.Duration  `help:"How long the offers and the presence of an agent who lost the connection are kept." default:"150s" env:"SWITCHBOARD_PRESENCE_GRACE"`
	CompareEvery   time.Duration  `help:"Pause between two comparisons of all open conversations with their workflows." default:"15s" env:"SWITCHBOARD_COMPARE_EVERY"`
	TrustedProxies []netip.Prefix `help:"Networks of reverse proxies whose X-Forwarded-For is believed." env:"SWITCHBOARD_TRUSTED_PROXIES"`
	StreamsPerIP   int            `help:"Event streams that one network address may have open; a proxy that is not trusted is one address." name:"streams-per-address" default:"100" env:"SWITCHBOARD_STREAMS_PER_ADDRESS"`
}

type serveCommand struct {
	backends
	public
	httpConfig
}

type apiCommand struct {
	backends
	public
	httpConfig
}

type workerCommand struct {
	backends
	public
	MetricsListen string `help:"Address for /metrics and /healthz of this process, as 127.0.0.1:9090; empty: none." env:"SWITCHBOARD_METRICS_LISTEN"`
}

// stopWithin bounds how long requests and activities under way may take once
// the process shall end.
const stopWithin = 15 * time.Second

func (c *serveCommand) Run(ctx context.Context, log *slog.Logger) error {
	return run(ctx, log, &c.backends, &c.public, process{side: &c.httpConfig, work: true})
}

func (c *apiCommand) Run(ctx context.Context, log *slog.Logger) error {
	return run(ctx, log, &c.backends, &c.public, process{side: &c.httpConfig})
}

func (c *workerCommand) Run(ctx context.Context, log *slog.Logger) error {
	return run(ctx, log, &c.backends, &c.public, process{work: true, metrics: c.MetricsListen})
}

// process says what runs in it.
type process struct {
	side    *httpConfig
	work    bool
	metrics string // where they are served apart from the HTTP side
}

// run runs the HTTP side, the worker, or both, until ctx ends.
func run(ctx context.Context, log *slog.Logger, b *backends, pub *public, what process) error {
	p, err := b.open(log)
	if err != nil {
		return err
	}
	defer p.close()
	g, gctx := errgroup.WithContext(ctx)
	if err := p.checkSessions(ctx, firstCheck); errors.Is(err, pg.ErrSharedSessions) {
		return err
	} else if err != nil { // away: webhooks are taken in all the same
		g.Go(func() error { return p.checkSessionsLater(gctx) })
	}
	g.Go(func() error { return p.store.Notify(gctx) })
	if what.side != nil {
		s, err := p.newAPIProcess(ctx, pub, what.side)
		if err != nil {
			return err
		}
		g.Go(func() error { return s.run(gctx) })
	}
	if what.metrics != "" {
		g.Go(func() error { return p.serveMetrics(gctx, what.metrics) })
	}
	letters, err := p.mailer(pub)
	if err != nil {
		return fmt.Errorf("SWITCHBOARD_SMTP_URL, SWITCHBOARD_MAIL_FROM: %w", err)
	}
	if what.work && letters != nil {
		g.Go(func() error { return letters.Run(gctx) })
	}
	if what.work {
		w, err := p.workerConfig(ctx, pub)
		if err != nil {
			return err
		}
		g.Go(func() error { return worker.Run(gctx, w) })
		outside := webhook.New(webhook.Config{PrivateHosts: p.private, Store: p.store, Log: log.With("part", "announce")})
		g.Go(func() error { return outside.Run(gctx) })
	}
	return g.Wait()
}

// firstCheck bounds how long the start waits for the database.
const firstCheck = 5 * time.Second

func (p *deps) checkSessions(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return p.store.CheckSessions(ctx)
}

// checkSessionsLater looks again until the database is there. A pooler that
// shares sessions ends the process: it would give wrong answers.
func (p *deps) checkSessionsLater(ctx context.Context) error {
	for {
		err := p.checkSessions(ctx, time.Minute)
		if err == nil || errors.Is(err, pg.ErrSharedSessions) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(firstCheck):
		}
	}
}

// mediaLimit is the most that a file of a customer's may be.
const mediaLimit = 200 << 20

func (p *deps) workerConfig(ctx context.Context, pub *public) (worker.Config, error) {
	f, err := pub.files(ctx, p.linkKeys)
	if err != nil {
		return worker.Config{}, err
	}
	profiles := &activities.Profiles{Store: p.store, Accounts: p.store.Config, Registry: p.providers}
	return worker.Config{
		Temporal: p.temporal, Store: p.store, Log: p.log.With("part", "worker"), Providers: p.providers.Types(),
		Conversations: &activities.Conversations{Store: p.store, Registry: p.providers, Profiles: profiles},
		Delivery:      &activities.Delivery{Store: p.store, Accounts: p.store.Config, Registry: p.providers, Links: f, Contents: f, PublicURL: pub.PublicURL},
		Profiles:      profiles,
		Media:         &activities.Media{Store: p.store, Accounts: p.store.Config, Registry: p.providers, Files: f, Limit: mediaLimit},
		Presence:      &activities.Presence{Store: &presencedb.Presence{Store: p.store.Presence, Available: p.takeWork}},
		Campaigns:     &activities.Campaigns{Store: p.store, Accounts: p.store.Config, Registry: p.providers, PublicURL: pub.PublicURL},
		Templates:     &activities.Templates{Store: p.store, Accounts: p.store.Config, Registry: p.providers},
	}, nil
}

// apiProcess is the HTTP side, put together.
type apiProcess struct {
	log      *slog.Logger
	listener net.Listener
	echo     *echo.Echo
	journal  *ingest.Journal
	receiver *ingest.Receiver
	relay    *relay.Relay
	compare  *relay.Comparison
	waits    *relay.Deadlines
	starts   *relay.Campaigns
	hub      *agentstream.Hub
	roster   *agentstream.ConnRegistry
	chat     *visitorchat.Hub
}

func (p *deps) newAPIProcess(ctx context.Context, pub *public, cfg *httpConfig) (*apiProcess, error) {
	f, err := pub.files(ctx, p.linkKeys)
	if err != nil {
		return nil, err
	}
	s := &apiProcess{log: p.log}
	s.journal, err = ingest.OpenJournal(ingest.JournalConfig{Dir: cfg.JournalDir, MaxBytes: cfg.JournalBytes, Sealer: p.box,
		Log: p.log.With("part", "journal"), Patience: 2 * stopWithin}) // the one before may still be answering
	if err != nil {
		return nil, err
	}
	s.receiver = ingest.New(ingest.Config{Store: ingest.Database(p.store), Registry: p.providers, Journal: s.journal, Log: p.log.With("part", "ingest")})
	s.relay = relay.New(relay.Config{Store: p.store, Temporal: p.temporal, Log: p.log.With("part", "relay"), Saturation: s.receiver.Saturation})
	s.compare = &relay.Comparison{Relay: s.relay, Node: node(), Every: cfg.CompareEvery}
	s.hub = agentstream.NewHub(p.store, agentstream.Options{DSN: p.dsn, Log: p.log.With("part", "stream")})
	s.starts = &relay.Campaigns{Store: p.store, Temporal: p.temporal, Schedules: p.temporal, Log: p.log.With("part", "campaigns")}
	s.waits = relay.NewDeadlines(p.temporal, p.log.With("part", "presence"))
	presence := &presencedb.Presence{Store: p.store.Presence, Grace: cfg.PresenceGrace, Available: p.takeWork, Deadline: s.waits.Tell}
	s.roster = agentstream.NewConnRegistry(presence, node(), p.log.With("part", "presence"))
	s.chat = visitorchat.NewHub(p.store, s.hub, node(), p.log.With("part", "chat"))
	s.chat.Files, s.chat.Key = f, p.placeKey
	events := &agent.EventStream{Hub: s.hub, Roster: s.roster, Log: p.log.With("part", "stream")}
	webhooks := &api.WebhookIntake{Receiver: s.receiver, Providers: p.providers, PublicURL: pub.PublicURL}
	for _, c := range []prometheus.Collector{ingestMetrics(s.receiver, s.journal), pendingDeliveries(p.store), comparisonMetrics(s.compare)} {
		if err := p.metrics.Register(c); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	s.echo, err = api.New(api.Config{
		Store: p.store, Workflows: p.temporal, Ringer: s.relay, Campaigns: s.starts, Providers: p.providers, Files: f, PublicURL: pub.PublicURL, Log: p.log.With("part", "api"),
		Presence: presence, Chat: s.chat, CapacityChanged: p.takeWork, Webhooks: webhooks.Receive, Events: events.Events, Metrics: p.metrics, TrustedProxies: cfg.TrustedProxies, PrivateHosts: p.private,
		DeviceKey: p.deviceKey, Mail: pub.SMTPURL != "",
		Streams: core.StreamLimits{Address: cfg.StreamsPerIP},
	})
	if err != nil {
		return nil, err
	}
	if s.listener, err = listen(cfg.Listen); err != nil {
		return nil, err
	}
	return s, nil
}

// listen listens for HTTP. Whose network is gone without a word is noticed: else
// agents would look present, and be offered work, for a quarter of an hour.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w; choose another address with --listen or SWITCHBOARD_LISTEN", err)
	}
	return agentstream.Listener(l), nil
}

// takeWork gives an agent who has room the conversations that wait longest.
func (p *deps) takeWork(ctx context.Context, agent uuid.UUID) {
	if _, err := p.store.Assignment.AssignFor(ctx, agent); err != nil {
		p.log.Warn("offer waiting conversations", "agent_id", agent, "error", err) // the sweep finds them
	}
}

// node names this process among those that share the database.
func node() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// run serves until ctx ends. Then the listener closes and requests under way are
// answered, and only after that what they need ends.
func (s *apiProcess) run(ctx context.Context) error {
	below, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, below := errgroup.WithContext(below)
	g.Go(func() error { return s.receiver.Run(below) })
	g.Go(func() error { return s.relay.Run(below) })
	g.Go(func() error { return s.compare.Run(below) })
	g.Go(func() error { return s.waits.Run(below) })
	g.Go(func() error { return s.starts.Run(below) })
	g.Go(func() error { return s.roster.Run(below) })
	streams, endStreams := context.WithCancel(ctx)
	defer endStreams()
	g.Go(func() error { return s.hub.Run(streams) })
	g.Go(func() error { return s.chat.Run(streams) })
	g.Go(func() error {
		s.log.Info("listening", "address", s.listener.Addr().String())
		s.echo.Server.Handler = s.echo
		if err := s.echo.Server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	select {
	case <-ctx.Done():
	case <-below.Done(): // a part has failed
	}
	endStreams()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := s.echo.Server.Shutdown(grace); err != nil {
		s.log.Warn("requests were cut off", "error", err)
		_ = s.echo.Server.Close()
	}
	stop()
	return errors.Join(g.Wait(), s.journal.Close())
}
