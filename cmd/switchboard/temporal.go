package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/contrib/opentelemetry"
)

const (
	defaultTemporalAddress   = "127.0.0.1:7233"
	defaultTemporalNamespace = "switchboard"
)

// temporalOptions say how Temporal is reached: by our settings, and for what they
// do not say by those that all of Temporal's programs know: TEMPORAL_ADDRESS,
// TEMPORAL_TLS, TEMPORAL_API_KEY and so on. The file of the same settings is read
// only when it is named: what a person keeps for their own tools is not ours.
func (b *backends) temporalOptions() (client.Options, error) {
	file := os.Getenv("TEMPORAL_CONFIG_FILE") != "" || os.Getenv("TEMPORAL_PROFILE") != ""
	o, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{DisableFile: !file, ConfigFileStrict: true})
	if err != nil {
		return o, fmt.Errorf("settings of Temporal (TEMPORAL_…): %w", err)
	}
	o.HostPort = cmp.Or(b.TemporalAddress, o.HostPort, defaultTemporalAddress)
	o.Namespace = cmp.Or(b.TemporalNamespace, o.Namespace, defaultTemporalNamespace)
	return o, nil
}

// temporalMetrics puts what Temporal's client and workers measure into a registry:
// by task queue, type and operation, never by workflow.
func temporalMetrics(reg prometheus.Registerer) (client.MetricsHandler, error) {
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(reg),
		otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("metrics of Temporal: %w", err)
	}
	seconds := metric.AggregationExplicitBucketHistogram{Boundaries: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}}
	view := metric.NewView(metric.Instrument{Name: "*", Kind: metric.InstrumentKindHistogram}, metric.Stream{Aggregation: seconds})
	meter := metric.NewMeterProvider(metric.WithReader(exporter), metric.WithView(view)).Meter("temporal")
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{Meter: meter, UseMonotonicCounters: true}), nil
}

// serveMetrics serves the metrics of a process that has no HTTP side until ctx ends.
func (p *deps) serveMetrics(ctx context.Context, address string) error {
	for _, c := range []prometheus.Collector{collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := p.metrics.Register(c); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen for metrics: %w; choose another address with --metrics-listen or SWITCHBOARD_METRICS_LISTEN", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}
