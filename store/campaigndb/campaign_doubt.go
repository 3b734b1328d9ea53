package campaigndb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// Whoever waited for another try of a message that may have been taken gets none
// once the campaign is canceled: it stays unknown.
const settleDoubts = `
WITH moved AS (
  UPDATE campaign_recipient SET status = 'unknown', in_doubt = false, status_at = now()
  WHERE campaign_id = $1 AND in_doubt AND status = 'pending' AND EXISTS (SELECT FROM campaign c WHERE c.id = $1 AND c.state = 'canceled')
  RETURNING variant, code
)
INSERT INTO campaign_count (campaign_id, variant, status, code, n)
SELECT $1, variant, 'unknown', code, count(*) FROM moved GROUP BY variant, code ORDER BY variant, code
ON CONFLICT (campaign_id, variant, status, code) DO UPDATE SET n = campaign_count.n + EXCLUDED.n`

// SettleDoubts says of a canceled campaign's recipients who wait although their
// message may have been taken that it is not known. Who cancels does so, and
// everybody who puts such recipients back afterwards.
func (s *Store) SettleDoubts(ctx context.Context, id uuid.UUID) error {
	if _, err := s.SQL.ExecContext(ctx, settleDoubts, id); err != nil {
		return fmt.Errorf("settle doubts of a campaign: %w", err)
	}
	return nil
}

func settle(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) error {
	_, err := tx.ExecContext(ctx, settleDoubts, id)
	return err
}

const anyPending = `
SELECT EXISTS (SELECT FROM campaign_recipient WHERE campaign_id = $1 AND seq BETWEEN $2 AND $3 AND status = 'pending')`

// AnyPending reports whether somebody of a range is still to be written to.
func (s *Store) AnyPending(ctx context.Context, id uuid.UUID, lo, hi int) (bool, error) {
	var found bool
	if err := pg.GetOne(ctx, s.SQL, &found, anyPending, id, lo, hi); err != nil {
		return false, fmt.Errorf("read who is left: %w", err)
	}
	return found, nil
}
