package main

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// What Temporal's SDK measures has Prometheus' usual names and units; the same
// measure may come with more labels and with fewer.
func TestTemporalMetrics_Names(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	h, err := temporalMetrics(reg)
	require.NoError(t, err)
	h.Counter("temporal_request").Inc(1)
	h.WithTags(map[string]string{"task_queue": "media-line"}).Counter("temporal_request").Inc(2)
	h.Gauge("temporal_worker_task_slots_available").Update(31)
	h.Timer("temporal_activity_schedule_to_start_latency").Record(1500 * time.Millisecond)
	families, err := reg.Gather()
	require.NoError(t, err)
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			got[f.GetName()] += m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetHistogram().GetSampleSum()
		}
	}
	require.Equal(t, map[string]float64{"temporal_request_total": 3, "temporal_worker_task_slots_available": 31,
		"temporal_activity_schedule_to_start_latency_seconds": 1.5}, got)
}
