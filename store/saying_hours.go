package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/hours"
	"switchboard/wording"
)

const selectHoursFor = `
SELECT h.id, h.name, h.time_zone, h.calendar, h.created_at, h.updated_at, now() AS at
FROM conversation c JOIN address d ON d.id = c.address_id LEFT JOIN queue q ON q.id = c.queue_id
JOIN operating_hours h ON h.id IN (d.operating_hours_id, q.operating_hours_id) WHERE c.id = $1`

// sayClosed tells a customer who begins while the address or the queue is closed
// when somebody will be there. The conversation waits either way.
func sayClosed(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID) error {
	var list []struct {
		OperatingHours
		At time.Time `db:"at"`
	}
	if err := tx.SelectContext(ctx, &list, selectHoursFor, conversation); err != nil {
		return fmt.Errorf("read operating hours: %w", err)
	}
	for _, h := range list {
		s, err := h.Schedule()
		if err != nil {
			return err
		}
		st := s.Open(h.At)
		if st.Open {
			continue
		}
		trigger, opens := wording.OutOfHours, ""
		if st.Why == hours.OnHoliday {
			trigger = wording.Holiday
		}
		if at, ok := s.NextOpening(h.At); ok {
			if zone, err := time.LoadLocation(h.TimeZone); err == nil {
				opens = at.In(zone).Format("2006-01-02 15:04")
			}
		}
		return say(ctx, tx, Saying{Conversation: conversation, Trigger: trigger, Values: map[string]string{"OpensAt": opens, "Reason": st.Reason}})
	}
	return nil
}
