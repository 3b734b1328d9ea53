package main

import (
	"context"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"switchboard/ingest"
	"switchboard/relay"
	"switchboard/store"
)

// pendingDeliveries tells how much outside systems have not been told yet; not a
// number while the database is away.
func pendingDeliveries(s *store.Store) prometheus.Collector {
	opts := prometheus.GaugeOpts{Name: "switchboard_webhook_deliveries_pending", Help: "Announcements that outside systems have not taken yet."}
	return prometheus.NewGaugeFunc(opts, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		n, err := s.Webhook.PendingDeliveries(ctx)
		if err != nil {
			return math.NaN()
		}
		return float64(n)
	})
}

// intake tells what became of webhooks.
type intake struct {
	receiver *ingest.Receiver
	journal  *ingest.Journal
}

func ingestMetrics(r *ingest.Receiver, j *ingest.Journal) prometheus.Collector { return intake{r, j} }

func outcomes() *prometheus.Desc {
	return prometheus.NewDesc("switchboard_webhooks_total", "Webhooks by what became of them.", []string{"outcome"}, nil)
}

func messages() *prometheus.Desc {
	return prometheus.NewDesc("switchboard_messages_stored_total", "Customers' messages that were new.", nil, nil)
}

func journalBytes() *prometheus.Desc {
	return prometheus.NewDesc("switchboard_journal_bytes", "What the journal holds for when the database is back.", nil, nil)
}

func pressure() *prometheus.Desc {
	return prometheus.NewDesc("switchboard_ingest_pressure", "Share of time in which webhooks were being committed, 0 to 1.", nil, nil)
}

// Describe implements prometheus.Collector.
func (i intake) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{outcomes(), messages(), journalBytes(), pressure()} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (i intake) Collect(ch chan<- prometheus.Metric) {
	c := &i.receiver.Counts
	for outcome, n := range map[string]int64{
		"taken": c.Received.Load(), "journalled": c.Journaled.Load(), "bad_signature": c.Refused.Load(), "unknown_account": c.Unknown.Load(),
		"malformed": c.Malformed.Load(), "busy": c.Busy.Load(), "failed": c.Failed.Load(), "replayed": c.Replayed.Load(),
		"dropped": c.Dropped.Load(), "put_aside": c.PutAside.Load(),
	} {
		ch <- prometheus.MustNewConstMetric(outcomes(), prometheus.CounterValue, float64(n), outcome)
	}
	ch <- prometheus.MustNewConstMetric(messages(), prometheus.CounterValue, float64(c.Stored.Load()))
	ch <- prometheus.MustNewConstMetric(journalBytes(), prometheus.GaugeValue, float64(i.journal.Bytes()))
	ch <- prometheus.MustNewConstMetric(pressure(), prometheus.GaugeValue, i.receiver.Utilization())
}

// comparison tells what comparing conversations with their workflows found.
type comparison struct{ *relay.Comparison }

func comparisonMetrics(c *relay.Comparison) prometheus.Collector { return comparison{c} }

func differencesFound() *prometheus.Desc {
	help := "Conversations whose row and workflow differed, each time it was seen."
	return prometheus.NewDesc("switchboard_differences_found_total", help, []string{"kind"}, nil)
}

func differencesMended() *prometheus.Desc {
	help := "Workflows that were told to read their row, or started from it."
	return prometheus.NewDesc("switchboard_differences_mended_total", help, []string{"kind"}, nil)
}

func differencesStanding() *prometheus.Desc {
	help := "Conversations whose row and workflow differed in this process's last comparison."
	return prometheus.NewDesc("switchboard_differences", help, nil, nil)
}

func compared() *prometheus.Desc {
	help := "Conversations that this process's last comparison looked at."
	return prometheus.NewDesc("switchboard_compared_conversations", help, nil, nil)
}

func comparedAt() *prometheus.Desc {
	help := "When this process's last comparison ended; of all processes one compares at a time."
	return prometheus.NewDesc("switchboard_compared_timestamp_seconds", help, nil, nil)
}

func stuckEnded() *prometheus.Desc {
	help := "Workflows that were ended, to be started again from their rows, because their task kept failing."
	return prometheus.NewDesc("switchboard_stuck_workflows_ended_total", help, nil, nil)
}

// Describe implements prometheus.Collector.
func (c comparison) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{differencesFound(), differencesMended(), differencesStanding(), compared(), comparedAt(), stuckEnded()} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c comparison) Collect(ch chan<- prometheus.Metric) {
	n := &c.Counts
	for i, kind := range relay.Differences() {
		ch <- prometheus.MustNewConstMetric(differencesFound(), prometheus.CounterValue, float64(n.Found[i].Load()), string(kind))
		ch <- prometheus.MustNewConstMetric(differencesMended(), prometheus.CounterValue, float64(n.Mended[i].Load()), string(kind))
	}
	ch <- prometheus.MustNewConstMetric(differencesStanding(), prometheus.GaugeValue, float64(n.Standing.Load()))
	ch <- prometheus.MustNewConstMetric(compared(), prometheus.GaugeValue, float64(n.Compared.Load()))
	ch <- prometheus.MustNewConstMetric(comparedAt(), prometheus.GaugeValue, float64(n.LastRound.Load()))
	ch <- prometheus.MustNewConstMetric(stuckEnded(), prometheus.CounterValue, float64(n.Stuck.Load()))
}
