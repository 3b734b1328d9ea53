package conversationdb

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"switchboard/routing"
	"switchboard/store/configdb"
)

// factsFor are what conditions ask about. Without rules nothing asks.
func factsFor(ctx context.Context, q sqlx.QueryerContext, c Routed, rules configdb.Compiled, o Override) (routing.Env, error) {
	zone, err := time.LoadLocation(rules.Zone)
	if err != nil {
		zone = time.UTC // it was checked when the rules were saved
	}
	at := c.Now.In(zone)
	if o.Facts != nil {
		env := *o.Facts
		if env.Time == (routing.Time{}) {
			env.Time = RoutingTime(at)
		}
		if env.Context == nil {
			env.Context = map[string]any{}
		}
		return env, nil
	}
	if o.lock && rules.Version == 0 {
		return routing.Env{}, nil
	}
	env, _, err := routingFacts(ctx, q, c.ID, at)
	return env, err
}
