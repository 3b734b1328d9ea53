package conversationdb

import (
	"context"
	"fmt"
	"reflect"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/configdb"
)

// Timers of a conversation that is alive stand as its workflow knew them. Where
// what they follow from is changed, its workflow is told to read the row again, in
// the transaction of the change: what people are shown is what will happen.
const (
	rereadOf = `
INSERT INTO bell (conversation_id, reread)
SELECT c.id, true FROM conversation c WHERE `
	rereadRing = ` ORDER BY c.id
ON CONFLICT (conversation_id) DO UPDATE SET reread = true, rings = nextval('bell_ring'), due_at = LEAST(bell.due_at, EXCLUDED.due_at)`

	RereadWorkstream = rereadOf + `c.workstream_id = $1 AND c.state <> 'closed'` + rereadRing
	RereadQueue      = rereadOf + `c.queue_id = $1 AND c.state = 'open'` + rereadRing
)

// Reread rings the workflows of the conversations that a statement finds by an id.
func Reread(ctx context.Context, tx *sqlx.Tx, query string, of uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, query, of); err != nil {
		return fmt.Errorf("tell live conversations: %w", err)
	}
	return nil
}

// SamePolicy says that two workstreams let conversations live alike.
func SamePolicy(a, b configdb.Workstream) bool {
	of := func(w configdb.Workstream) []any {
		return []any{w.Style, w.Mode, w.OfferTimeout, w.OpenTimeout, w.ActiveTimeout, w.WaitingTimeout, w.WrapUpTimeout, w.WrapUpBlocks,
			w.WrapUpBlockFor, w.FollowUpAfter, w.SameAgent, w.WindowNotice, w.AwayTimeout, w.ReconnectFor}
	}
	return reflect.DeepEqual(of(a), of(b))
}
