package core

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"switchboard/api/httpx"
	"switchboard/channel/safehttp"
	"switchboard/live/visitorchat"
	"switchboard/store/auditdb"
)

// Server is what the handlers of all packages share. Each package embeds it in a
// Server of its own.
type Server struct {
	Config
	Origin      string // scheme and host of PublicURL
	Secure      bool   // PublicURL is https
	CrossOrigin *http.CrossOriginProtection
	Widgets     *WidgetCache

	tokens  *tokenCache
	used    activity
	streams streams
}

// New returns a server for a Config, with defaults for what it leaves out. It fails
// if something required is missing or the public URL is none.
func New(cfg Config) (*Server, error) {
	if cfg.Store == nil || cfg.Workflows == nil || cfg.Ringer == nil || cfg.Providers == nil || cfg.Files == nil || cfg.Log == nil {
		return nil, errors.New("store, workflows, ringer, providers, files and log are required")
	}
	u, err := url.Parse(cfg.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("public URL %q is not an http or https URL", cfg.PublicURL)
	}
	cfg = cfg.withDefaults()
	s := &Server{Config: cfg, Origin: u.Scheme + "://" + u.Host, Secure: u.Scheme == "https", CrossOrigin: http.NewCrossOriginProtection(),
		tokens: newTokenCache(cfg.Now), Widgets: NewWidgetCache(cfg.Now), streams: streams{open: map[string]int{}}}
	if err := s.CrossOrigin.AddTrustedOrigin(s.Origin); err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	return s, nil
}

func (cfg Config) withDefaults() Config {
	cfg.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	if cfg.UploadLimit == 0 {
		cfg.UploadLimit = uploadLimit
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Location == nil {
		cfg.Location = time.Local
	}
	if cfg.Metrics == nil {
		cfg.Metrics = prometheus.NewRegistry()
	}
	if cfg.DeviceKey == nil {
		cfg.DeviceKey = make([]byte, 32)
		rand.Read(cfg.DeviceKey)
	}
	if cfg.ChatKeys == nil {
		cfg.ChatKeys = visitorchat.NewKeys(safehttp.New(cfg.PrivateHosts...), cfg.Now)
	}
	cfg.ChatLimits, cfg.Streams, cfg.Uploads = cfg.ChatLimits.withDefaults(), cfg.Streams.withDefaults(), cfg.Uploads.withDefaults()
	return cfg
}

// NotifyCapacityChanged says that an agent may have room for work now. It is called
// after the commit.
func (s *Server) NotifyCapacityChanged(ctx context.Context, agent uuid.UUID) {
	if s.CapacityChanged != nil {
		s.CapacityChanged(context.WithoutCancel(ctx), agent) // it is committed, whether the client waits or not
	}
}

// Remove deletes what the path names by its id, and answers 204.
func (s *Server) Remove(c echo.Context, del func(context.Context, auditdb.Actor, uuid.UUID) error) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := del(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// RoomOnDisk refuses files before the disk is full: what is needed more is on it too.
func (s *Server) RoomOnDisk() error {
	if free, known := s.Files.Free(); known && free < s.Uploads.Floor {
		s.Log.Error("files are refused, because the disk is almost full", "free_bytes", free)
		return httpx.Unavailable("There is no room for files at the moment.", time.Minute)
	}
	return nil
}
