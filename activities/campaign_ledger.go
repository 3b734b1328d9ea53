package activities

import (
	"context"
	"fmt"
	"time"

	"switchboard/store/campaigndb"
)

const (
	writeSize  = 128
	writeEvery = 100 * time.Millisecond
	judgeEvery = time.Second
	writeFor   = 2 * time.Minute // outcomes are kept while the database is away
)

// write puts outcomes into the ledger, many at a time. What happened is written
// even if the activity was canceled meanwhile.
func (s *sender) write(ctx context.Context) error {
	keep := context.WithoutCancel(ctx)
	var batch []campaigndb.RecipientOutcome
	var judged time.Time
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	var failed error
	flush := func() {
		if len(batch) == 0 || failed != nil {
			return
		}
		failed = s.record(keep, batch)
		s.written(len(batch), failed)
		if batch = batch[:0]; failed != nil {
			return
		}
		if time.Since(judged) > judgeEvery {
			judged = time.Now()
			_, _ = s.Store.Campaign.AutoPauseIfFailing(keep, s.in.Campaign) // the next one does, and the end of the range
		}
	}
	for last := false; ; {
		select {
		case o, ok := <-s.outcomes:
			if !ok {
				flush()
				return failed
			}
			// At the end of a range its last outcomes wait for nothing.
			if batch = append(batch, o); len(batch) >= writeSize || last && len(s.outcomes) == 0 {
				flush()
			}
		case <-s.last:
			last = true
			flush()
		case <-tick.C:
			last = false
			flush()
		}
	}
}

func (s *sender) written(n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open, s.broken = s.open-n, s.broken || err != nil
}

func (s *sender) record(ctx context.Context, batch []campaigndb.RecipientOutcome) error {
	ctx, cancel := context.WithTimeout(ctx, writeFor)
	defer cancel()
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := s.Store.Campaign.FinishRecipients(ctx, s.frozen, s.in.Campaign, batch)
		if err == nil {
			return nil
		}
		if sleepUntil(ctx, time.Now().Add(wait)) != nil {
			return fmt.Errorf("write ledger: %w", err)
		}
	}
}
