package ingest

import (
	"context"
	"time"
)

// compareChangesEvery is how often changes of messages are compared with the messages.
const compareChangesEvery = 5 * time.Second

// compareChanges applies once more what customers took back or changed a moment ago: two
// processes that stored a message and its change at the same moment did not see
// each other's.
func (r *Receiver) compareChanges(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, compareChangesEvery)
		if m, _, _ := r.gate.now(); m != direct || ctx.Err() != nil {
			continue
		}
		if err := r.call(ctx, r.cfg.Store.SettleChanges); err != nil && ctx.Err() == nil {
			r.log.Warn("changes of messages are compared later", "error", err)
		}
	}
}
