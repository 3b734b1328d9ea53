package activities

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
)

// A greeting names the customer and rules ask for the name, so the profile is
// asked for before a new conversation is routed. Nobody waits long for it: a
// provider that is slow or away is left alone for a while, and of a flood only
// some are asked for. Who was left out is asked for once an agent is to see them.
const (
	firstWithin = time.Second
	firstRest   = 30 * time.Second
	firstAtOnce = 16
)

// firstAsked is who is asked at the moment, and which accounts did not answer.
type firstAsked struct {
	mu    sync.Mutex
	asked int
	rests map[uuid.UUID]time.Time
}

func (f *firstAsked) begin(account uuid.UUID, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.asked >= firstAtOnce || now.Before(f.rests[account]) {
		return false
	}
	delete(f.rests, account)
	f.asked++
	return true
}

func (f *firstAsked) end(account uuid.UUID, failed bool, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked--
	if failed {
		if f.rests == nil {
			f.rests = map[uuid.UUID]time.Time{}
		}
		f.rests[account] = now.Add(firstRest)
	}
}

// askFirst asks for the profile of a new conversation's customer before it is
// routed. What goes wrong is left to Profile.
func (a *Profiles) askFirst(ctx context.Context, conversation uuid.UUID) {
	ref, err := a.Store.Contact.CustomerProfile(ctx, conversation)
	if err != nil || !ref.New || !ref.Stale || !a.first.begin(ref.Account, time.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, firstWithin)
	defer cancel()
	err = a.Profile(ctx, conversation)
	a.first.end(ref.Account, err != nil, time.Now())
}
