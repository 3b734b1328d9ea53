package activities

import (
	"context"

	"github.com/google/uuid"

	"switchboard/store/presencedb"
	"switchboard/workflows/contract"
)

// Presence settles what is due of agents' presences. Its method is a local
// activity: short, and idempotent because the row decides.
type Presence struct {
	Store *presencedb.Presence
}

// SettlePresence does what is due and returns the deadlines that remain.
func (a *Presence) SettlePresence(ctx context.Context, agent uuid.UUID) (contract.Deadlines, error) {
	return a.Store.Settle(ctx, agent)
}
