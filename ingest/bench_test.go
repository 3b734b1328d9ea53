package ingest_test

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

const (
	benchSenders   = 64
	benchCustomers = 2000
)

func benchRequest(run string, i int64) channel.Request {
	return request(secret, text(fmt.Sprintf("U%032d", i%benchCustomers), fmt.Sprintf("%s-%d", run, i), "hello, I have a question about my order"))
}

// The whole path without HTTP: account, signature, events, group commit.
func BenchmarkReceive(b *testing.B) {
	bu := site(b)
	bu.cfg.Deadline = 0
	bu.start(b)
	for i := range int64(benchCustomers) {
		_, err := bu.Receive(b.Context(), "line", bu.key, benchRequest("warm", i))
		require.NoError(b, err)
	}
	var n atomic.Int64
	b.SetParallelism(benchSenders / 2)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := bu.Receive(b.Context(), "line", bu.key, benchRequest("run", n.Add(1))); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "webhooks/s")
}

// What a handler would do that only checks the signature, parses and commits
// one row per request: the measure that BenchmarkReceive is held to.
func BenchmarkBareInsert(b *testing.B) {
	bu := site(b)
	bu.db.SQL.MustExec(`CREATE TABLE bare (id text PRIMARY KEY, sender text NOT NULL, body text NOT NULL)`)
	bu.db.SQL.SetMaxOpenConns(benchSenders)
	bu.db.SQL.SetMaxIdleConns(benchSenders)
	stmt, err := bu.db.SQL.Prepare(`INSERT INTO bare (id, sender, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`)
	require.NoError(b, err)
	account := channel.Account{Settings: map[string]string{"secret": secret}}
	var n atomic.Int64
	b.SetParallelism(benchSenders / 2)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req := benchRequest("run", n.Add(1))
			if err := (signed{}).Verify(account, req); err != nil {
				b.Error(err)
			}
			var body struct{ Events []channel.Event }
			if err := json.Unmarshal(req.Body, &body); err != nil {
				b.Error(err)
			}
			e := body.Events[0]
			if _, err := stmt.Exec(e.ID, e.From, e.Text); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "webhooks/s")
}
