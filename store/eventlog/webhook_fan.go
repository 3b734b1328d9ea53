package eventlog

import (
	"context"
	"fmt"

	"switchboard/store/webhookdb"
)

// PrepareWebhooks makes the event log and the places in it fit to be read. It is
// called before reading begins and does nothing when nothing is to be done.
func (s *Store) PrepareWebhooks(ctx context.Context) error {
	if err := s.PrepareEvents(ctx); err != nil {
		return err
	}
	if _, err := s.SQL.ExecContext(ctx, webhookdb.RebaseCursors); err != nil {
		return fmt.Errorf("prepare webhooks: %w", err)
	}
	return nil
}
