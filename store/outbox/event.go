package outbox

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Kinds of events. Data holds codes and ids; what was said is read from the
// message's row when the event is delivered.
const (
	EventMessage        = "message.created"      // a message joined the thread
	EventMessageUpdated = "message.updated"      // its status, files or text changed
	EventConversation   = "conversation.updated" // data.change: created, accepted, declined, offer_expired, picked, ended, reopened, closed, contact_linked, …
	EventOffer          = "offer.made"           // data: offer_id, expires_at; agent_id: to whom
	EventOfferGone      = "offer.withdrawn"      // data: offer_id, reason; agent_id: from whom
	EventPresence       = "agent.presence"       // agent_id: whose
	EventNote           = "note.created"         // data.note_id
	EventNoteUpdated    = "note.updated"         // data.note_id; changed or deleted
	EventConsultAsked   = "consult.asked"        // data: participant_id, by, expires_at; agent_id: who is asked
	EventConsultEnded   = "consult.ended"        // data: participant_id, reason; agent_id: whose part is over
	EventConsultMessage = "consult.message"      // data: participant_id, message_id; for the two and supervisors
	EventAccount        = "account.updated"      // data.account_id; for administrators: paused, resumed
	EventQueueLevel     = "queue.level"          // data: level (normal, amber, red), waiting, longest_wait; queue_id: whose
	EventCampaign       = "campaign.updated"     // data: campaign_id, change: its state, or "progress"; for supervisors
)

// Event is one thing that people watch. QueueID and AgentID say who may see it,
// besides supervisors and administrators, who see all.
type Event struct {
	Kind         string
	Conversation uuid.NullUUID
	Message      uuid.NullUUID
	Queue        uuid.NullUUID
	Agent        uuid.NullUUID
	Data         map[string]any
	State        string // of the conversation then, where Data do not say it
	Version      int64  // with State
}

const insertEvents = `
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, data, state, version)
VALUES ($1, $2, $3, $4, $5, $6, NULLIF($7, ''), CASE WHEN $7 <> '' THEN $8::bigint END)`

// AddEvent appends to the event log, in the transaction of the facts it tells.
func AddEvent(ctx context.Context, tx sqlx.ExecerContext, e Event) error {
	data := []byte("{}")
	if len(e.Data) > 0 {
		var err error
		if data, err = json.Marshal(e.Data); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, insertEvents, e.Kind, e.Conversation, e.Message, e.Queue, e.Agent, data, e.State, e.Version)
	return err
}

// NullUUID is null for the zero id.
func NullUUID(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }
