package ingest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/ingest"
	"switchboard/test/tier"
)

func TestAway_WebhooksAreJournaledAndComeBackInOrder(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]proxyMode{"refuses": refuse, "hangs": hang} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := site(t)
			p := b.through(t)
			b.start(t)
			require.NoError(t, b.send(t, text("U1", "0", "0")))
			b.drained(t)
			trips := b.Counts.Trips.Load()
			p.set(mode)
			want := []string{"0"}
			for i := 1; i <= 40; i++ {
				require.NoError(t, b.send(t, text("U1", fmt.Sprint(i), fmt.Sprint(i))))
				want = append(want, fmt.Sprint(i))
			}
			require.Equal(t, trips+1, b.Counts.Trips.Load(), "only the first finds out")
			require.NoError(t, b.send(t, text("U1", "40", "40")), "a repeat while it is journalled")
			require.ErrorIs(t, must2(b.Receive(t.Context(), "line", b.key, request("wrong", text("U1", "x", "x")))), channel.ErrSignature)
			require.True(t, b.Away())
			require.Equal(t, 1, b.count(t, `SELECT count(*) FROM message`))
			files, err := os.ReadFile(must(filepath.Glob(filepath.Join(b.dir, "*.journal")))[0])
			require.NoError(t, err)
			require.NotContains(t, string(files), `"Text"`, "the journal is sealed")
			p.set(up)
			b.drained(t)
			require.Equal(t, want, b.thread(t, "U1"))
			require.NoError(t, b.send(t, text("U1", "41", "41")))
			require.Equal(t, append(want, "41"), b.thread(t, "U1"))
			require.Empty(t, must(filepath.Glob(filepath.Join(b.dir, "*.journal"))))
		})
	}
}

func must2(_ ingest.Result, err error) error { return err }

// Customers write one message after the other while the database comes and goes.
func TestAway_OrderIsKeptWhileTheDatabaseFlaps(t *testing.T) {
	t.Parallel()
	b := site(t)
	p := b.through(t)
	b.start(t)
	const customers, messages = 16, 60
	p.set(refuse) // whoever writes first finds it away
	var writers sync.WaitGroup
	for c := range customers {
		writers.Go(func() {
			for i := range messages {
				from := fmt.Sprint("U", c)
				require.NoError(t, b.send(t, text(from, fmt.Sprintf("%s-%d", from, i), fmt.Sprint(i))))
			}
		})
	}
	written := make(chan struct{})
	go func() { writers.Wait(); close(written) }()
	flap := time.NewTicker(30 * time.Millisecond)
	defer flap.Stop()
	for i := 0; ; i++ {
		select {
		case <-flap.C:
			p.set([]proxyMode{refuse, up, hang, up}[i%4])
			continue
		case <-written:
		}
		break
	}
	p.set(up)
	b.drained(t)
	var want []string
	for i := range messages {
		want = append(want, fmt.Sprint(i))
	}
	for c := range customers {
		require.Equal(t, want, b.thread(t, fmt.Sprint("U", c)))
	}
	require.Positive(t, b.Counts.Trips.Load())
	require.Positive(t, b.Counts.Journaled.Load())
}

func TestAway_TrafficWhileDraining(t *testing.T) {
	t.Parallel()
	b := site(t)
	p := b.through(t)
	b.start(t)
	require.NoError(t, b.send(t, text("U0", "warm", "warm")))
	p.set(refuse)
	var wg sync.WaitGroup
	for c := range 32 {
		wg.Go(func() {
			for i := range 100 {
				if c == 0 && i == 50 {
					p.set(up)
				}
				require.NoError(t, b.send(t, text(fmt.Sprint("U", c), fmt.Sprintf("%d-%d", c, i), fmt.Sprintf("%03d", i))))
			}
		})
	}
	wg.Wait()
	b.drained(t)
	require.Equal(t, 3201, b.count(t, `SELECT count(*) FROM message`))
	require.Zero(t, b.count(t, `SELECT count(*) FROM (SELECT text < lag(text) OVER (PARTITION BY conversation_id ORDER BY seq) AS wrong
		FROM message WHERE text <> 'warm') t WHERE wrong`))
}

// A process that starts without a database knows no accounts.
func TestAway_ColdStartChecksSignaturesAtReplay(t *testing.T) {
	t.Parallel()
	b := site(t)
	p := b.through(t)
	b.cfg.Deadline = tier.Patience(time.Minute) // what is refused needs none
	p.set(refuse)
	b.start(t)
	require.NoError(t, b.send(t, text("U1", "1", "good")))
	require.NoError(t, must2(b.Receive(t.Context(), "line", b.key, request("wrong", text("U1", "2", "forged")))), "nobody can tell yet")
	require.NoError(t, must2(b.Receive(t.Context(), "line", "nobody", request(secret, text("U1", "3", "to nobody")))))
	require.NoError(t, must2(b.Receive(t.Context(), "line", b.key, channel.Request{Method: "POST", URL: request(secret).URL, Header: map[string][]string{"X-Signature": {signature(secret, []byte("{"))}}, Body: []byte("{")})))
	p.set(up)
	b.drained(t)
	require.Equal(t, []string{"good"}, b.thread(t, "U1"))
	require.EqualValues(t, 2, b.Counts.Dropped.Load())
	require.EqualValues(t, 1, b.Counts.PutAside.Load(), "signed, but no document")
	require.ErrorIs(t, must2(b.Receive(t.Context(), "line", "nobody", request(secret))), ingest.ErrUnknownAccount)
}

func TestAway_JournalFullIsUnavailable(t *testing.T) {
	t.Parallel()
	b := site(t)
	p := b.through(t)
	b.cfg.Deadline = tier.Patience(time.Minute) // what is refused needs none
	b.cfg.Journal = b.journal(t, ingest.JournalConfig{MaxBytes: 5000})
	b.start(t)
	require.NoError(t, b.send(t, text("U1", "0", "0")))
	p.set(refuse)
	taken, refused := 0, 0
	for i := range 30 {
		switch err := b.send(t, text("U1", fmt.Sprint("full", i), "hi")); {
		case err == nil:
			taken++
		default:
			require.ErrorIs(t, err, ingest.ErrUnavailable)
			refused++
		}
	}
	require.Positive(t, taken)
	require.Positive(t, refused)
	p.set(up)
	b.drained(t)
	require.Equal(t, 1+taken, b.count(t, `SELECT count(*) FROM message`), "what was taken, and nothing else")
}

func TestAway_NoJournalIsUnavailable(t *testing.T) {
	t.Parallel()
	b := site(t)
	p := b.through(t)
	b.cfg.Deadline = tier.Patience(time.Minute) // what is refused needs none
	j := b.journal(t, ingest.JournalConfig{})
	b.cfg.Journal = j
	b.start(t)
	require.NoError(t, b.send(t, text("U1", "0", "0")))
	require.NoError(t, j.Close())
	p.set(refuse)
	for i := range 3 {
		require.ErrorIs(t, b.send(t, text("U1", fmt.Sprint(1+i), "hi")), ingest.ErrUnavailable)
	}
	p.set(up)
	eventually(t, "back", func() bool { return !b.Away() })
	require.NoError(t, b.send(t, text("U1", "4", "4")))
}

// What a killed process left is brought in by the next, once, also when the
// first had stored a part of it.
func TestAway_CrashInTheMiddleOfAReplay(t *testing.T) {
	t.Parallel()
	b := site(t)
	p := b.through(t)
	b.cfg.Deadline = tier.Patience(time.Minute) // what is refused needs none
	b.cfg.Journal = b.journal(t, ingest.JournalConfig{SegmentBytes: 4000})
	b.start(t)
	require.NoError(t, b.send(t, text("U1", "warm", "00")))
	p.set(refuse)
	want := []string{"00"}
	for i := 1; i <= 30; i++ {
		require.NoError(t, b.send(t, text("U1", fmt.Sprint(i), fmt.Sprintf("%02d", i))))
		want = append(want, fmt.Sprintf("%02d", i))
	}
	image := t.TempDir() // the disk as the crash leaves it
	require.NoError(t, os.CopyFS(image, os.DirFS(b.dir)))
	segments := must(filepath.Glob(filepath.Join(image, "*.journal")))
	require.Greater(t, len(segments), 2)
	last := segments[len(segments)-1]
	f, err := os.OpenFile(last, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("SBJ1\x00\x00\x01\x00half a record")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	p.set(up)
	b.drained(t)
	b.stop() // all is stored; now the image comes again

	b.dir = image
	b.start(t)
	require.NoError(t, b.send(t, text("U1", "31", "31")), "waits for the leftovers")
	b.drained(t)
	require.Equal(t, append(want, "31"), b.thread(t, "U1"))
	require.Empty(t, must(filepath.Glob(filepath.Join(image, "*.journal"))))
}

func TestReceive_FullQueuePushesBack(t *testing.T) {
	t.Parallel()
	b := site(t)
	p := b.through(t)
	b.cfg.Lanes, b.cfg.Queue, b.cfg.QueueWait, b.cfg.Deadline = 1, 1, 10*time.Millisecond, tier.Patience(time.Minute)
	b.start(t)
	require.NoError(t, b.send(t, text("U1", "0", "0")))
	p.set(hang)
	var wg sync.WaitGroup
	busy, sent := make(chan error, 1000), 0
	eventually(t, "somebody is pushed back", func() bool { // how many share the batch that hangs depends on the machine
		if sent < cap(busy) {
			sent++
			event := text("U1", fmt.Sprint(sent), "hi")
			wg.Go(func() {
				if err := b.send(t, event); err != nil {
					busy <- err
				}
			})
		}
		return len(busy) > 0
	})
	require.ErrorIs(t, <-busy, ingest.ErrBusy)
	require.Greater(t, b.Utilization(), 0.05)
	p.set(up)
	wg.Wait()
	require.Equal(t, sent-len(busy), b.count(t, `SELECT count(*) FROM message`), "taken and stored are the same")
}

func TestRun_LeavesNoGoroutines(t *testing.T) { // not parallel: it looks at all goroutines
	b := site(t)
	p := b.through(t)
	b.start(t)
	require.NoError(t, b.send(t, text("U1", "0", "0")))
	p.set(hang)
	require.NoError(t, b.send(t, text("U1", "1", "1")))
	p.set(refuse)
	b.stop()
	eventually(t, "goroutines end", func() bool {
		buf := make([]byte, 1<<20)
		stacks := string(buf[:runtime.Stack(buf, true)])
		return !strings.Contains(stacks, "switchboard/ingest.")
	})
	require.ErrorIs(t, b.send(t, text("U1", "2", "2")), ingest.ErrUnavailable, "stopped")
}
