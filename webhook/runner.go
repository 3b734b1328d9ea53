package webhook

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"switchboard/store/webhookdb"
)

// Of a delivery that failed.
const (
	window     = 24 * time.Hour // it is tried so long
	firstPause = 5 * time.Second
	mostPause  = 30 * time.Minute
	mostHold   = time.Hour // of a whole webhook that asked to be left alone
)

// gather is how long after a commit the log is read: others join it meanwhile.
const gather = 10 * time.Millisecond

// runner serves one webhook as it was when the runner began.
type runner struct {
	*Dispatcher
	hook   webhookdb.Webhook
	sender *Sender
	ctx    context.Context // ends when nothing more is to be begun
	stop   context.CancelFunc
	tries  context.Context // ends some time later
	cut    context.CancelFunc
	slots  chan struct{}
	free   chan struct{} // a try has ended
	hold   atomic.Int64  // until when the subscriber wants no more, in ns
	done   chan struct{}
}

func (d *Dispatcher) newRunner(ctx context.Context, w webhookdb.Webhook) *runner {
	r := &runner{Dispatcher: d, hook: w, sender: NewSender(w, d.Timeout, d.PrivateHosts), slots: make(chan struct{}, d.Slots), free: make(chan struct{}, 1), done: make(chan struct{})}
	r.tries, r.cut = context.WithCancel(context.WithoutCancel(ctx))
	r.ctx, r.stop = context.WithCancel(ctx)
	return r
}

func (r *runner) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// run makes deliveries of events and tries what is due, until the runner is
// stopped and its tries have ended.
func (r *runner) run() {
	defer close(r.done)
	defer r.sender.Close()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer r.stop()
	context.AfterFunc(r.ctx, func() { // what is under way has a moment to end
		t := time.AfterFunc(graceStop, r.cut)
		<-r.done
		t.Stop()
		r.cut()
	})
	wake, unwatch := r.Store.Events().Watch()
	defer unwatch()
	poll := time.NewTicker(r.Poll)
	defer poll.Stop()
	for {
		more, err := r.round(&wg)
		if r.ctx.Err() != nil {
			return
		}
		if err != nil {
			r.level(err)("announce", "webhook_id", r.hook.ID, "error", err)
			if !sleep(r.ctx, r.Poll) {
				return
			}
			continue
		}
		if more {
			continue
		}
		select {
		case <-r.ctx.Done():
			return
		case <-wake:
			if !sleep(r.ctx, gather) {
				return
			}
		case <-r.free:
		case <-poll.C:
		}
	}
}

// round looks once for events and once for what is due; more: there is likely
// something left that can be done at once.
func (r *runner) round(wg *sync.WaitGroup) (more bool, err error) {
	read, err := r.Store.Webhook.FanOut(r.ctx, r.hook.ID, r.Batch)
	if err != nil {
		return false, err
	}
	more = read == r.Batch
	room := cap(r.slots) - len(r.slots)
	if room == 0 || r.Now().UnixNano() < r.hold.Load() {
		return more, nil
	}
	jobs, err := r.Store.Webhook.ClaimDeliveries(r.ctx, r.hook.ID, room, r.Lease)
	if err != nil {
		return false, err
	}
	for _, job := range jobs {
		r.slots <- struct{}{} // there is room, and nobody else takes it
		wg.Go(func() {
			r.try(job)
			<-r.slots
			select {
			case r.free <- struct{}{}:
			default:
			}
		})
	}
	return more, nil
}

// try makes one try and records what came of it, also while the process ends.
func (r *runner) try(job webhookdb.WebhookJob) {
	result := webhookdb.WebhookResult{Failed: true, Code: CodeAddress}
	if data, err := body(job); err != nil {
		r.Log.Error("announcement cannot be written", "webhook_id", r.hook.ID, "delivery_id", job.ID)
	} else {
		result = r.judge(job, r.sender.Send(r.tries, r.hook, job.ID, data))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.tries), writeMost)
	defer cancel()
	if err := r.Store.Webhook.DeliveryTried(ctx, job, result); err != nil { // the lease runs out, and it is tried again
		r.Log.Warn("delivery was not recorded", "webhook_id", r.hook.ID, "delivery_id", job.ID, "error", err)
	}
	if !result.Delivered {
		r.Log.Info("not delivered", "webhook_id", r.hook.ID, "delivery_id", job.ID, "attempt", job.Attempts,
			"status", result.Status, "code", result.Code, "given_up", result.Failed)
	}
	if result.Code != CodeGone {
		return
	}
	if err := r.Store.Webhook.WebhookIsGone(ctx, r.hook.ID, r.hook.URL); err != nil {
		r.Log.Warn("webhook was not disabled", "webhook_id", r.hook.ID, "error", err)
		return
	}
	r.stop()
}

// judge decides what follows from an answer.
func (r *runner) judge(job webhookdb.WebhookJob, a Answer) webhookdb.WebhookResult {
	out := webhookdb.WebhookResult{Status: a.Status, Code: a.Code}
	now := r.Now()
	switch {
	case a.OK():
		out.Delivered = true
		return out
	case a.Code == CodeGone:
		out.Failed, out.Last = true, true
		return out
	case a.Code == CodeStopped: // not the subscriber's fault: at once, by whoever goes on
		return out
	}
	if a.RetryAfter > 0 && (a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable) {
		r.hold.Store(now.Add(min(a.RetryAfter, mostHold)).UnixNano())
	}
	left := job.Since.Add(window).Sub(now)
	out.Pause = pause(job.Attempts, rand.Float64())
	out.Failed = out.Pause > left
	out.Pause = max(out.Pause, min(a.RetryAfter, left))
	return out
}

// pause grows threefold from try to try up to half an hour, and is up to a fifth
// shorter or longer, so that what failed together is not tried together. jitter
// is from 0 to 1.
func pause(attempt int, jitter float64) time.Duration {
	d := firstPause
	for i := 1; i < attempt && d < mostPause; i++ {
		d *= 3
	}
	return time.Duration(float64(min(d, mostPause)) * (0.8 + 0.4*jitter))
}
