package admindb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// ChangeOperatingHours lets change edit locked operating hours and writes what
// it left. An error of change is returned and nothing is written.
func (s *Store) ChangeOperatingHours(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*configdb.OperatingHours) error) (configdb.OperatingHours, error) {
	var after configdb.OperatingHours
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before configdb.OperatingHours
		if err := pg.GetOne(ctx, tx, &before, configdb.LockHours, id); err != nil {
			return err
		}
		h := before
		if err := change(&h); err != nil {
			return err
		}
		values, err := h.Values()
		if err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, configdb.UpdateHours, append([]any{id}, values...)...); err != nil {
			return configdb.HoursConstraint(err)
		}
		if _, err := tx.ExecContext(ctx, assigndb.DutyOfHours, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditHours, id.String(), before, after, nil)
	})
	if err != nil {
		return configdb.OperatingHours{}, fmt.Errorf("change operating hours: %w", err)
	}
	return after, s.Conversation.Recheck(ctx, id)
}
