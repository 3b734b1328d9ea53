package identitydb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/outbox"
)

// Origin is where a request comes from: a network, which is a truncated address,
// and a browser as it names itself. It is empty for the command line.
type Origin struct {
	Address   string
	UserAgent string
}

// changes is the origin as the audit log keeps it, with what else is to be said.
func (o Origin) changes(more map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range map[string]string{"address": o.Address, "user_agent": o.UserAgent} {
		if v != "" {
			out[name] = v
		}
	}
	for name, v := range more {
		out[name] = v
	}
	return out
}

// audit records what happened with somebody's sign-in.
func audit(ctx context.Context, tx sqlx.ExecerContext, by auditdb.Actor, from Origin, typ, action string, agent uuid.UUID, more map[string]any) error {
	return auditdb.WriteAudit(ctx, tx, by, action, typ, agent.String(), from.changes(more))
}

// self is a person who acts for themselves.
func self(agent uuid.UUID) auditdb.Actor { return auditdb.Actor{Agent: outbox.NullUUID(agent)} }

// Record writes an entry about somebody's sign-in that changes nothing else. agent is
// uuid.Nil for an e-mail address that nobody has; the address itself is not kept.
func (s *Store) Record(ctx context.Context, from Origin, typ, action string, agent uuid.UUID, more map[string]any) error {
	by, id := auditdb.Actor{}, ""
	if agent != uuid.Nil {
		by, id = self(agent), agent.String()
	}
	if err := auditdb.WriteAudit(ctx, s.SQL, by, action, typ, id, from.changes(more)); err != nil {
		return fmt.Errorf("record %s %s: %w", typ, action, err)
	}
	return nil
}
