package configdb

import (
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Workstream says how conversations of some addresses are handled. Durations are
// whole seconds; 0 is never where the schema allows it.
type Workstream struct {
	ID               uuid.UUID      `db:"id" json:"id"`
	Name             string         `db:"name" json:"name"`
	Mode             string         `db:"mode" json:"mode"` // push: offered by the system; pick: taken by agents
	CapacityUnits    int            `db:"capacity_units" json:"capacity_units"`
	AllowedPresences pq.StringArray `db:"allowed_presences" json:"allowed_presences"`
	OfferTimeout     int            `db:"offer_timeout" json:"offer_timeout"`
	ReofferAfter     int            `db:"reoffer_after" json:"reoffer_after"`
	MaxOffers        int            `db:"max_offers" json:"max_offers"`
	Style            string         `db:"style" json:"style"` // messaging, persistent, live
	OpenTimeout      *int           `db:"open_timeout" json:"open_timeout"`
	ActiveTimeout    *int           `db:"active_timeout" json:"active_timeout"`
	WaitingTimeout   *int           `db:"waiting_timeout" json:"waiting_timeout"`
	WrapUpTimeout    *int           `db:"wrap_up_timeout" json:"wrap_up_timeout"`
	WrapUpBlocks     bool           `db:"wrap_up_blocks" json:"wrap_up_blocks"`
	WrapUpBlockFor   int            `db:"wrap_up_block_for" json:"wrap_up_block_for"`
	FollowUpAfter    int            `db:"follow_up_after" json:"follow_up_after"`
	SameAgent        bool           `db:"same_agent" json:"same_agent"`
	SamePatience     int            `db:"same_agent_patience" json:"same_agent_patience"`
	ReleaseGone      *bool          `db:"release_on_disconnect" json:"release_on_disconnect"`
	WindowNotice     int            `db:"window_notice" json:"window_notice"`
	SendTimeout      int            `db:"send_timeout" json:"send_timeout"`
	CustomerFiles    bool           `db:"customer_files" json:"customer_files"`
	AgentFiles       bool           `db:"agent_files" json:"agent_files"`
	MaxFileBytes     *int64         `db:"max_file_bytes" json:"max_file_bytes"`
	BlockedFiles     pq.StringArray `db:"blocked_files" json:"blocked_files"`
	AwayTimeout      *int           `db:"away_timeout" json:"away_timeout"`   // of customers of live chats
	ReconnectFor     int            `db:"reconnect_for" json:"reconnect_for"` // and how long they are waited for
	MissedInactive   bool           `db:"missed_inactive" json:"missed_inactive"`
	RejectedDND      bool           `db:"rejected_dnd" json:"rejected_dnd"`
	ConsultAnyone    bool           `db:"consult_anyone" json:"consult_anyone"`                 // any agent and queue; false: only the conversation's own queue
	ConsultCapacity  bool           `db:"consult_takes_capacity" json:"consult_takes_capacity"` // of who advises
	MustDispose      bool           `db:"disposition_required" json:"disposition_required"`     // before an agent closes
	CapacityProfile  uuid.NullUUID  `db:"capacity_profile_id" json:"capacity_profile_id"`       // its conversations take it; null: none
	Queue            uuid.UUID      `db:"queue_id" json:"queue_id"`
	FallbackQueue    uuid.UUID      `db:"fallback_queue_id" json:"fallback_queue_id"`
	Archived         bool           `db:"archived" json:"archived"`       // finishes what it has and takes nothing new
	ArchivedAt       *time.Time     `db:"archived_at" json:"archived_at"` // null: it is not
	CreatedAt        time.Time      `db:"created_at" json:"created_at"`
	UpdatedAt        time.Time      `db:"updated_at" json:"updated_at"`
}

// Values are a workstream's columns in the order of its statements.
func (w Workstream) Values() []any {
	return []any{w.Name, w.Mode, w.CapacityUnits, w.AllowedPresences, w.OfferTimeout, w.ReofferAfter, w.MaxOffers, w.Style,
		w.OpenTimeout, w.ActiveTimeout, w.WaitingTimeout, w.WrapUpTimeout, w.WrapUpBlocks, w.WrapUpBlockFor, w.FollowUpAfter,
		w.SameAgent, w.SamePatience, w.ReleaseGone, w.WindowNotice, w.SendTimeout, w.CustomerFiles, w.AgentFiles, w.MaxFileBytes,
		w.BlockedFiles, w.MissedInactive, w.RejectedDND, w.ConsultAnyone, w.Queue, w.FallbackQueue,
		w.AwayTimeout, w.ReconnectFor, w.CapacityProfile, w.ConsultCapacity, w.MustDispose, w.Archived}
}
