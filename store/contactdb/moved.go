package contactdb

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

const movePoint = `
UPDATE contact_point SET send_to = NULLIF($4, external_id) WHERE account_id = $1 AND channel = $2
  AND external_id = COALESCE((SELECT a.external_id FROM contact_point_alias a WHERE a.account_id = $1 AND a.channel = $2 AND a.alias = $3), $3)`

// MovePoint keeps where a customer is written to who goes by another number or id
// from now on. The thread stays, because LinkAliases knows both as one.
func MovePoint(ctx context.Context, tx *sqlx.Tx, in Inbound) error {
	e := in.Event
	if e.MovedTo == "" || e.From == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, movePoint, in.Account, e.Channel, e.From, e.MovedTo); err != nil {
		return fmt.Errorf("move a customer: %w", err)
	}
	return nil
}
