package conversationdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/conversation"
	"switchboard/store/pg"
)

// Snapshot is what a conversation's workflow must know to decide, with the slugs
// that operators see.
type Snapshot struct {
	State      conversation.State
	Channel    string
	Provider   string
	Account    uuid.UUID
	Workstream uuid.UUID
	Queue      uuid.UUID
	Priority   int
	Pushed     bool
	Waiting    time.Time // since when it waits for an agent; zero: it does not
	Outbound   int64     // seq of the last message that waits to be sent; 0: none
	Abandoned  uuid.UUID // the agent who was disconnected and did not return
	Heard      int64     // the customer's last message that the workflow had acted on
	NoProfile  bool      // the provider was not asked lately who the customer is
}

const selectSnapshot = `
SELECT c.state, c.version, c.agent_id, c.offer_id, c.offer_agent_id, c.offer_expires_at, c.inbound_seq, c.heard_seq, c.last_inbound_at,
       c.last_agent_seq, c.last_agent_at, c.unanswered_since, c.window_sent, c.last_activity_at, c.parked_at, c.wake_at, c.ended_at, c.end_reason, c.capacity_freed,
       c.window_told, c.window_over, c.rules_done, c.rules_off, c.said, c.abandoned_by, c.channel, a.provider, c.account_id, c.workstream_id,
       c.hold, c.held_until, c.entered_at, c.overflowed, w.mode = 'push' AS pushes,
       (SELECT min(o.threshold) FROM queue_overflow o WHERE o.queue_id = c.queue_id AND o.condition = 'waited') AS queue_wait,
       c.queue_id, c.priority, c.pushed, c.waiting_since, c.held_by, c.held_units, c.held_profiles, c.units, c.profile_ids,
       COALESCE((SELECT max(m.seq) FROM message m WHERE m.conversation_id = c.id AND m.status IN ('queued', 'sending')), 0) AS outbound,
       w.style, w.open_timeout, w.active_timeout, w.waiting_timeout, w.wrap_up_timeout, w.wrap_up_blocks, w.wrap_up_block_for,
       w.follow_up_after, w.same_agent, w.window_notice, w.away_timeout, w.reconnect_for, c.away_since, c.presence_no,
       (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', r.id, 'silent', r.silent, 'after', r.after * 1000000000::bigint, 'action', r.action)
               ORDER BY r.priority, r.id), '[]') FROM timeout_rule r WHERE r.workstream_id = w.id AND r.enabled) AS rules,
       EXISTS (SELECT FROM automated_message x WHERE x.trigger = '` + conversation.SayAgentAssigned + `' AND x.enabled AND x.channel IN ('', c.channel)
               AND (x.workstream_id IS NULL OR x.workstream_id = w.id)) AS says_assigned,
       COALESCE(p.profile_at < now() - interval '7 days', true) AS no_profile, w.offer_timeout,
       w.disposition_required AND c.disposition_id IS NULL AND EXISTS (SELECT FROM disposition x WHERE x.workstream_id = w.id AND NOT x.archived) AS undisposed,
       ` + participantsOf + ` AS beside
FROM conversation c JOIN workstream w ON w.id = c.workstream_id JOIN account a ON a.id = c.account_id
JOIN contact_point p ON p.id = c.contact_point_id
WHERE c.id = $1`

type snapshotRow struct {
	State        string          `db:"state"`
	Version      int64           `db:"version"`
	Agent        uuid.NullUUID   `db:"agent_id"`
	OfferID      uuid.NullUUID   `db:"offer_id"`
	OfferAgent   uuid.NullUUID   `db:"offer_agent_id"`
	OfferExpires sql.NullTime    `db:"offer_expires_at"`
	InboundSeq   int64           `db:"inbound_seq"`
	HeardSeq     int64           `db:"heard_seq"`
	InboundAt    sql.NullTime    `db:"last_inbound_at"`
	AgentSeq     int64           `db:"last_agent_seq"`
	AgentAt      sql.NullTime    `db:"last_agent_at"`
	Unanswered   sql.NullTime    `db:"unanswered_since"`
	WindowSent   int             `db:"window_sent"`
	Activity     time.Time       `db:"last_activity_at"`
	ParkedAt     sql.NullTime    `db:"parked_at"`
	WakeAt       sql.NullTime    `db:"wake_at"`
	Undisposed   bool            `db:"undisposed"` // its workstream requires a disposition, and it has none
	EndedAt      sql.NullTime    `db:"ended_at"`
	EndReason    sql.NullString  `db:"end_reason"`
	Freed        bool            `db:"capacity_freed"`
	WindowTold   sql.NullTime    `db:"window_told"`
	WindowOver   sql.NullTime    `db:"window_over"`
	RulesDone    json.RawMessage `db:"rules_done"`
	RulesOff     pq.StringArray  `db:"rules_off"`
	Said         pq.StringArray  `db:"said"`
	Abandoned    uuid.NullUUID   `db:"abandoned_by"`
	Channel      string          `db:"channel"`
	Provider     string          `db:"provider"`
	Account      uuid.UUID       `db:"account_id"`
	Workstream   uuid.UUID       `db:"workstream_id"`
	Queue        uuid.NullUUID   `db:"queue_id"`
	Priority     int             `db:"priority"`
	Pushed       bool            `db:"pushed"`
	Waiting      sql.NullTime    `db:"waiting_since"`
	HeldBy       uuid.NullUUID   `db:"held_by"`
	HeldUnits    int             `db:"held_units"`
	HeldProfiles pq.StringArray  `db:"held_profiles"`
	Units        int             `db:"units"`
	Profiles     pq.StringArray  `db:"profile_ids"`
	Outbound     int64           `db:"outbound"`
	Hold         sql.NullString  `db:"hold"`
	HeldUntil    sql.NullTime    `db:"held_until"`
	Entered      sql.NullTime    `db:"entered_at"`
	Overflowed   bool            `db:"overflowed"`
	Pushes       bool            `db:"pushes"` // its workstream does
	QueueWait    sql.NullInt64   `db:"queue_wait"`
	NoProfile    bool            `db:"no_profile"`
	Beside       json.RawMessage `db:"beside"`
	AwaySince    sql.NullTime    `db:"away_since"`
	PresenceNo   int64           `db:"presence_no"`
	policyRow
}

// policyRow is what the workstream says. Null durations are the style's.
type policyRow struct {
	Style          string          `db:"style"`
	OpenTimeout    sql.NullInt64   `db:"open_timeout"`
	ActiveTimeout  sql.NullInt64   `db:"active_timeout"`
	WaitingTimeout sql.NullInt64   `db:"waiting_timeout"`
	WrapUpTimeout  sql.NullInt64   `db:"wrap_up_timeout"`
	WrapUpBlocks   bool            `db:"wrap_up_blocks"`
	WrapUpBlockFor int             `db:"wrap_up_block_for"`
	FollowUpAfter  int             `db:"follow_up_after"`
	SameAgent      bool            `db:"same_agent"`
	WindowNotice   int             `db:"window_notice"`
	AwayTimeout    sql.NullInt64   `db:"away_timeout"`
	ReconnectFor   int             `db:"reconnect_for"`
	Rules          json.RawMessage `db:"rules"`
	SaysAssigned   bool            `db:"says_assigned"`
	OfferTimeout   int             `db:"offer_timeout"`
}

func (r policyRow) policy(pushed bool) (conversation.Policy, error) {
	style := conversation.Style(r.Style)
	d := conversation.DefaultTimeouts(style)
	p := conversation.Policy{
		Style: style, OpenTimeout: orSeconds(r.OpenTimeout, d.Open), ActiveTimeout: orSeconds(r.ActiveTimeout, d.Active),
		WaitingTimeout: orSeconds(r.WaitingTimeout, d.Waiting), WrapUpTimeout: orSeconds(r.WrapUpTimeout, d.WrapUp),
		WrapUpBlocks: r.WrapUpBlocks, WrapUpBlockFor: seconds(r.WrapUpBlockFor), FollowUpAfter: seconds(r.FollowUpAfter),
		SameAgent: r.SameAgent && pushed, WindowNotice: seconds(r.WindowNotice), SaysAssigned: r.SaysAssigned,
		OfferTimeout: seconds(r.OfferTimeout),
	}
	if style == conversation.Live {
		p.AwayTimeout, p.ReconnectFor = orSeconds(r.AwayTimeout, conversation.DefaultAwayTimeout), seconds(r.ReconnectFor)
	}
	err := json.Unmarshal(r.Rules, &p.Rules)
	if len(p.Rules) == 0 {
		p.Rules = nil
	}
	return p, err
}

func orSeconds(n sql.NullInt64, otherwise time.Duration) time.Duration {
	if !n.Valid {
		return otherwise
	}
	return time.Duration(n.Int64) * time.Second
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func (r snapshotRow) snapshot() (Snapshot, error) {
	policy, err := r.policy(r.Pushes)
	policy.QueueWait = orSeconds(r.QueueWait, 0)
	if err != nil {
		return Snapshot{}, fmt.Errorf("read timeout rules: %w", err)
	}
	f := Snapshot{
		Channel: r.Channel, Provider: r.Provider, Account: r.Account, Workstream: r.Workstream, Queue: r.Queue.UUID,
		Priority: r.Priority, Pushed: r.Pushed, Waiting: r.Waiting.Time, Outbound: r.Outbound, Abandoned: r.Abandoned.UUID, NoProfile: r.NoProfile, Heard: r.HeardSeq,
		State: conversation.State{
			Phase: conversation.Phase(r.State), Version: r.Version, InboundSeq: r.InboundSeq, InboundAt: r.InboundAt.Time,
			AgentSeq: r.AgentSeq, AgentAt: r.AgentAt.Time, Unanswered: r.Unanswered.Time, Sent: r.WindowSent,
			Activity: r.Activity, ParkedAt: r.ParkedAt.Time, WakeAt: r.WakeAt.Time, EndedAt: r.EndedAt.Time, EndReason: r.EndReason.String, Freed: r.Freed,
			WindowTold: r.WindowTold.Time, WindowOver: r.WindowOver.Time, Away: r.AwaySince.Time, Presence: r.PresenceNo, Policy: policy,
			Hold: conversation.Deferral(r.Hold.String), HeldUntil: r.HeldUntil.Time, Entered: r.Entered.Time, Overflowed: r.Overflowed,
		},
	}
	if err := json.Unmarshal(r.RulesDone, &f.State.Done); err != nil {
		return Snapshot{}, fmt.Errorf("read applied rules: %w", err)
	}
	if len(f.State.Done) == 0 {
		f.State.Done = nil
	}
	if f.State.Beside, err = readParticipants(r.Beside); err != nil {
		return Snapshot{}, err
	}
	if len(r.RulesOff) > 0 {
		f.State.Off = r.RulesOff
	}
	if len(r.Said) > 0 {
		f.State.Said = r.Said
	}
	if r.Agent.Valid {
		f.State.Agent = r.Agent.UUID.String()
	}
	if r.OfferID.Valid {
		f.State.Offer = &conversation.Offer{ID: r.OfferID.UUID.String(), Agent: r.OfferAgent.UUID.String(), Until: r.OfferExpires.Time}
	}
	return f, nil
}

// Snapshot reads what a workflow must know of its conversation.
func (s *Store) Snapshot(ctx context.Context, id uuid.UUID) (Snapshot, error) {
	_, f, err := s.readSnapshot(ctx, nil, selectSnapshot, id)
	return f, err
}

const lockSnapshot = selectSnapshot + ` FOR NO KEY UPDATE OF c`

// readSnapshot runs selectFacts or lockFacts, in tx if that is not nil.
func (s *Store) readSnapshot(ctx context.Context, tx *sqlx.Tx, query string, id uuid.UUID) (snapshotRow, Snapshot, error) {
	var row snapshotRow
	err := sqlx.GetContext(ctx, s.Within(tx), &row, query, id)
	if errors.Is(err, sql.ErrNoRows) {
		return row, Snapshot{}, pg.ErrNotFound
	} else if err != nil {
		return row, Snapshot{}, fmt.Errorf("read conversation: %w", err)
	}
	f, err := row.snapshot()
	return row, f, err
}
