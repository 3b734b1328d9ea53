package ingest

import (
	"time"

	"switchboard/channel"
)

// Normalise makes an event storable, for tests.
func Normalise(e *channel.Event) { normalise(e, time.Now()) }

// WaitingEvents counts what waits for locks of other sessions.
func (r *Receiver) WaitingEvents() int {
	r.waiting.mu.Lock()
	defer r.waiting.mu.Unlock()
	n := 0
	for _, list := range r.waiting.events {
		n += len(list)
	}
	return n
}
