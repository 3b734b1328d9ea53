package templatedb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/channel"
	"switchboard/store/pg"
)

// Only what was read before is changed: the next reading finds what is new, with
// its text.
const changeApproval = `
UPDATE message_template_text x SET approval = $4, approval_reason = $5, synced_at = now()
FROM message_template t
WHERE t.account_id = $1 AND t.channel = $2 AND x.template_id = t.id AND x.content_sid = $3
  AND (x.approval, x.approval_reason) IS DISTINCT FROM ($4, $5)`

// ChangeApproval keeps what a provider tells of one text's approval, so that nobody
// waits for the next reading.
func ChangeApproval(ctx context.Context, tx *sqlx.Tx, account uuid.UUID, p *channel.ProviderTemplate) error {
	if p == nil {
		return nil
	}
	reason := pg.Clean(p.Reason[:min(len(p.Reason), maxReason)])
	if _, err := tx.ExecContext(ctx, changeApproval, account, p.Channel, pg.Clean(p.ContentSID), p.Approval, reason); err != nil {
		return fmt.Errorf("change approval of a template: %w", err)
	}
	return nil
}
