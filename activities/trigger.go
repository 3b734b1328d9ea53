package activities

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"switchboard/outreach"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// FireTrigger asks for what a scheduled trigger makes of this time.
type FireTrigger struct {
	Trigger uuid.UUID `json:"trigger"`
	Key     string    `json:"key"` // the same for every try
}

// TriggerFired counts what it led to. Error is that of an expression.
type TriggerFired struct {
	Accepted int    `json:"accepted"`
	Refused  int    `json:"refused"`
	Error    string `json:"error,omitempty"`
}

// eventSchedule is the name under which a schedule's expressions see it.
const eventSchedule = "schedule"

// FireTrigger stores what is to be sent; whoever starts campaigns starts it. A
// trigger that is gone or switched off sends nothing.
func (a *Campaigns) FireTrigger(ctx context.Context, in FireTrigger) (TriggerFired, error) {
	t, err := a.Store.Campaign.TriggerByID(ctx, in.Trigger)
	if errors.Is(err, pg.ErrNotFound) || err == nil && !t.Enabled {
		return TriggerFired{}, nil
	} else if err != nil {
		return TriggerFired{}, err
	}
	f, err := outreach.Fire(ctx, a.Store, auditdb.Actor{}, t, eventSchedule, t.Data, in.Key, a.now())
	out := TriggerFired{Error: f.Error}
	for _, m := range f.Messages {
		if m.Status == outreach.Accepted {
			out.Accepted++
		} else {
			out.Refused++
		}
	}
	return out, err
}
