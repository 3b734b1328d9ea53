package campaigndb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/campaign"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// CampaignRun is what a campaign's workflow must know.
type CampaignRun struct {
	State   campaign.State `db:"state"`
	StartAt time.Time      `db:"start_at"`
	Last    int            `db:"last_seq"`
	Kind    string         `db:"kind"`
}

const selectCampaignRun = `SELECT state, COALESCE(start_at, now()) AS start_at, last_seq, kind FROM campaign WHERE id = $1`

// CampaignRun reads it.
func (s *Store) CampaignRun(ctx context.Context, id uuid.UUID) (CampaignRun, error) {
	var r CampaignRun
	if err := pg.GetOne(ctx, s.SQL, &r, selectCampaignRun, id); err != nil {
		return r, fmt.Errorf("read campaign: %w", err)
	}
	return r, nil
}

// A start that was missed by an hour and more asks: it may be wrong by now, as
// in a database that was restored.
const openCampaign = `
UPDATE campaign SET state = CASE WHEN start_at < now() - interval '1 hour' THEN 'paused' ELSE 'running' END,
       pause_reason = CASE WHEN start_at < now() - interval '1 hour' THEN '` + campaign.PastDue + `' ELSE '' END,
       started_at = COALESCE(started_at, now()), updated_at = now()
WHERE id = $1 AND state = 'scheduled' AND start_at <= now() + interval '1 second' RETURNING state`

// OpenCampaign lets a campaign begin whose start has come, and returns what is so
// then.
func (s *Store) OpenCampaign(ctx context.Context, id uuid.UUID) (CampaignRun, error) {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var state campaign.State
		if err := pg.GetOne(ctx, tx, &state, openCampaign, id); errors.Is(err, pg.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		return tellCampaign(ctx, tx, id, string(state))
	})
	if err != nil {
		return CampaignRun{}, fmt.Errorf("open campaign: %w", err)
	}
	return s.CampaignRun(ctx, id)
}

// CampaignCommand is what a person does with a campaign.
type CampaignCommand struct {
	Campaign uuid.UUID
	Kind     campaign.Command
	By       auditdb.Actor
	Rate     *int // of change; 0: no limit of its own
	StartAt  *time.Time
}

const commandCampaign = `
UPDATE campaign SET state = $2, pause_reason = $3, rate = $4, start_at = $5, judged_all = $6, judged_bad = $7, updated_at = now(),
       started_at = CASE WHEN $2 = 'running' THEN COALESCE(started_at, now()) ELSE started_at END,
       finished_at = CASE WHEN $2 = 'canceled' THEN now() ELSE finished_at END
WHERE id = $1 RETURNING ` + campaignColumns

// CommandCampaign carries a command out, or fails with a *Conflict that says why
// not. A command that was carried out before changes nothing.
func (s *Store) CommandCampaign(ctx context.Context, c CampaignCommand) (CampaignRun, error) {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var before, after Campaign
		if err := pg.GetOne(ctx, tx, &before, lockCampaign, c.Campaign); err != nil {
			return err
		}
		if before.State == done(c.Kind) {
			return nil
		}
		if why := before.State.May(c.Kind); why != "" {
			return &pg.Conflict{Reason: why}
		}
		var j failureStats
		if err := pg.GetOne(ctx, tx, &j, judgeCampaign, c.Campaign); err != nil {
			return err
		}
		to := before
		if err := to.command(c); err != nil {
			return err
		}
		judgedAll, judgedBad := j.AllNow-j.All, j.BadNow-j.Bad
		if c.Kind == campaign.Resume {
			judgedAll, judgedBad = j.AllNow, j.BadNow
		}
		if err := pg.GetOne(ctx, tx, &after, commandCampaign, to.ID, to.State, to.PauseReason, to.Rate, to.StartAt, judgedAll, judgedBad); err != nil {
			return err
		}
		if after.State == campaign.Canceled {
			if err := settle(ctx, tx, to.ID); err != nil {
				return err
			}
		}
		if err := auditdb.AuditDiff(ctx, tx, c.By, string(c.Kind), auditdb.AuditCampaign, to.ID.String(), before, after, nil); err != nil {
			return err
		}
		return tellCampaign(ctx, tx, to.ID, string(after.State))
	})
	if err != nil {
		return CampaignRun{}, fmt.Errorf("command campaign: %w", err)
	}
	return s.CampaignRun(ctx, c.Campaign)
}

// done is the state that a command leads to, if it is always the same.
func done(k campaign.Command) campaign.State {
	switch k {
	case campaign.Pause:
		return campaign.Paused
	case campaign.Cancel:
		return campaign.Canceled
	}
	return ""
}

// startYears is how far ahead a start may be moved. What is further is a slip of
// the pen, and no timer runs for centuries.
const startYears = 5

// command is what a command makes of a campaign.
func (c *Campaign) command(in CampaignCommand) error {
	switch in.Kind {
	case campaign.Pause:
		c.State, c.PauseReason = campaign.Paused, campaign.ByHand
	case campaign.Cancel:
		c.State, c.PauseReason = campaign.Canceled, ""
	case campaign.Resume:
		c.State, c.PauseReason = campaign.Running, ""
		if c.StartedAt == nil && c.StartAt != nil && c.StartAt.After(time.Now()) {
			c.State = campaign.Scheduled
		}
	case campaign.Change:
		if in.Rate != nil {
			c.Rate = in.Rate
			if *in.Rate == 0 {
				c.Rate = nil
			}
		}
		if in.StartAt != nil {
			if c.StartedAt != nil {
				return &pg.Conflict{Reason: "It has begun; its start cannot be moved any more."}
			}
			if in.StartAt.After(time.Now().AddDate(startYears, 0, 0)) {
				return &pg.Conflict{Reason: "The start must be within five years."}
			}
			c.StartAt = in.StartAt
		}
	}
	return nil
}

// What is left: somebody to be written to, or a row that a try left behind.
const selectZonesLeft = `
SELECT DISTINCT zone FROM campaign_recipient WHERE campaign_id = $1 AND status IN ('pending', 'sending')`

const selectOpen = `SELECT total - (SELECT COALESCE(sum(n), 0) FROM campaign_count WHERE campaign_id = $1
  AND status IN ('sent', 'delivered', 'read', 'refused', 'failed', 'unknown')) FROM campaign WHERE id = $1`

// ZonesLeft returns how many recipients are still to be written to, and in which
// time zones they are.
func (s *Store) ZonesLeft(ctx context.Context, id uuid.UUID) (open int, zones []string, err error) {
	if err = pg.GetOne(ctx, s.SQL, &open, selectOpen, id); err == nil && open > 0 {
		err = s.SQL.SelectContext(ctx, &zones, selectZonesLeft, id)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read who is left: %w", err)
	}
	return open, zones, nil
}

const finishCampaign = `
UPDATE campaign SET state = 'finished', finished_at = now(), updated_at = now() WHERE id = $1 AND state = 'running'
  AND NOT EXISTS (SELECT FROM campaign_recipient WHERE campaign_id = $1 AND status IN ('pending', 'sending')) RETURNING state`

// FinishCampaign ends a campaign that has nobody left to write to, and returns
// what is so then.
func (s *Store) FinishCampaign(ctx context.Context, id uuid.UUID) (CampaignRun, error) {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var state campaign.State
		if err := pg.GetOne(ctx, tx, &state, finishCampaign, id); errors.Is(err, pg.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		return tellCampaign(ctx, tx, id, string(state))
	})
	if err != nil {
		return CampaignRun{}, fmt.Errorf("finish campaign: %w", err)
	}
	return s.CampaignRun(ctx, id)
}

const selectUnannounced = `
SELECT id FROM campaign WHERE state = 'scheduled' AND announced_at IS NULL ORDER BY created_at LIMIT 100`

// UnannouncedCampaigns returns those that were started and have no workflow yet.
func (s *Store) UnannouncedCampaigns(ctx context.Context) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &ids, selectUnannounced); err != nil {
		return nil, fmt.Errorf("read campaigns to start: %w", err)
	}
	return ids, nil
}

const selectLiveCampaigns = `
SELECT id FROM campaign WHERE state IN ('scheduled', 'running', 'paused') AND announced_at IS NOT NULL ORDER BY id LIMIT 1000`

// LiveCampaigns returns those that were given to a workflow and are not over.
func (s *Store) LiveCampaigns(ctx context.Context) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &ids, selectLiveCampaigns); err != nil {
		return nil, fmt.Errorf("read live campaigns: %w", err)
	}
	return ids, nil
}

const announceCampaign = `UPDATE campaign SET announced_at = COALESCE(announced_at, now()) WHERE id = $1`

// CampaignAnnounced notes that a campaign's workflow runs.
func (s *Store) CampaignAnnounced(ctx context.Context, id uuid.UUID) error {
	_, err := s.SQL.ExecContext(ctx, announceCampaign, id)
	if err != nil {
		return fmt.Errorf("note start of campaign: %w", err)
	}
	return nil
}
