package activities

import (
	"context"
	"io"
	"time"

	"go.temporal.io/sdk/activity"
)

const (
	stallAfter = 20 * time.Second
	aliveEvery = 5 * time.Second
)

// watcher ends a download that stands still, so that it does not keep its place
// from others, and keeps one that goes on, however slowly, from being given up.
type watcher struct {
	ctx     context.Context
	abandon context.CancelFunc
	timer   *time.Timer
	stall   time.Duration
	told    time.Time // when Temporal was last told that it goes on
	r       io.Reader
}

// watch begins; the context ends when nothing has come for so long.
func watch(ctx context.Context, stall time.Duration) (context.Context, *watcher) {
	fctx, abandon := context.WithCancel(ctx)
	return fctx, &watcher{ctx: ctx, abandon: abandon, timer: time.AfterFunc(stall, abandon), stall: stall, told: time.Now()}
}

func (w *watcher) body(r io.Reader) io.Reader {
	w.r = r
	return w
}

// Read implements io.Reader.
func (w *watcher) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.timer.Reset(w.stall)
	}
	if now := time.Now(); now.Sub(w.told) > aliveEvery {
		w.told = now
		beat(w.ctx)
	}
	return n, err
}

func (w *watcher) stop() {
	w.timer.Stop()
	w.abandon()
}

// beat tells Temporal that an activity is alive.
func beat(ctx context.Context) {
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx)
	}
}
