package visitorchat

import (
	"context"

	"github.com/google/uuid"
)

// How much work waits to be done for visitors after they were answered.
const (
	laterAll = 200 // of all
	laterOne = 5   // of one
)

// task is work for one visitor.
type task struct {
	visitor uuid.UUID
	do      func(context.Context) error
}

// Later does something for a visitor after the answer, one at a time. It says
// false where too much waits already: the work is not done then.
func (h *Hub) Later(visitor uuid.UUID, do func(context.Context) error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waits[visitor] >= laterOne {
		return false
	}
	select {
	case h.tasks <- task{visitor, do}:
		h.waits[visitor]++
		return true
	default:
		return false
	}
}

func (h *Hub) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-h.tasks:
			if err := t.do(ctx); err != nil && ctx.Err() == nil {
				h.log.Warn("work for a visitor was not done", "error", err)
			}
			h.mu.Lock()
			if h.waits[t.visitor]--; h.waits[t.visitor] == 0 {
				delete(h.waits, t.visitor)
			}
			h.mu.Unlock()
		}
	}
}
