package conversationdb

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store/configdb"
)

// RoutePast decides with several sets of rules about a conversation of the past as
// it began: at c.Now, by its first message, and without the context variables that
// rules set then. Queues are open or closed as they were at that time by the hours
// of today; how full they were is not known, so overflow rules about that hold for
// none. Nothing is changed.
func (s *Store) RoutePast(ctx context.Context, q sqlx.QueryerContext, c Routed, decided map[string]any, sets ...configdb.Compiled) ([]routing.Decision, error) {
	env, _, err := routingFacts(ctx, q, c.ID, c.Now, true)
	if err != nil {
		return nil, err
	}
	for name, value := range decided {
		if env.Context[name] == value {
			delete(env.Context, name)
		}
	}
	var named []string
	for _, rules := range sets {
		named = append(named, rules.Queues...)
	}
	st, err := readState(ctx, q, c, named, Override{past: true})
	if err != nil {
		return nil, err
	}
	out := make([]routing.Decision, 0, len(sets))
	for _, rules := range sets {
		zone, err := time.LoadLocation(rules.Zone)
		if err != nil {
			zone = time.UTC // it was checked when the rules were saved
		}
		env.Time = RoutingTime(c.Now.In(zone))
		out = append(out, rules.Program.Decide(env, st.State))
	}
	return out, nil
}
