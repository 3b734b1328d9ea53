package conversationdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/contact"
	"switchboard/domain/routing"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// The message that rules read is the one that the customer waits to have answered:
// what they add before routing comes round does not lead it elsewhere. When all
// is answered it is the newest. What they took back says nothing.
const selectRoutingFacts = `
SELECT c.workstream_id, c.channel, c.context, a.provider, a.name AS account, d.address, p.external_id, p.name AS point_name, p.language AS locale, p.attributes,
       COALESCE((SELECT x.alias FROM contact_point_alias x WHERE x.account_id = p.account_id AND x.channel = p.channel
                 AND x.external_id = p.external_id AND x.alias ~ '^\+[1-9][0-9]{6,14}$' ORDER BY x.alias LIMIT 1), '') AS alias_phone,
       k.id IS NOT NULL AS known, COALESCE(k.name, '') AS name, COALESCE(k.first_name, '') AS first_name, COALESCE(k.last_name, '') AS last_name,
       COALESCE(k.language, '') AS language, COALESCE(k.email, '') AS email, COALESCE(k.phone, '') AS phone, COALESCE(k.external_id, '') AS contact_external_id,
       COALESCE((SELECT m.text FROM message m WHERE m.conversation_id = c.id AND m.direction = 'in' ORDER BY m.seq LIMIT 1), '') AS first_message,
       COALESCE(l.text, '') AS text, COALESCE(l.type, '') AS type
FROM conversation c JOIN account a ON a.id = c.account_id JOIN address d ON d.id = c.address_id
JOIN contact_point p ON p.id = c.contact_point_id LEFT JOIN contact k ON k.id = p.contact_id
LEFT JOIN LATERAL (SELECT m.text, m.type FROM message m WHERE m.conversation_id = c.id AND m.seq = COALESCE(
  (SELECT f.seq FROM message f WHERE f.conversation_id = c.id AND f.direction = 'in' AND f.redacted_at IS NULL
   AND f.seq > CASE WHEN $2 THEN 0 ELSE c.last_agent_seq END
   ORDER BY f.seq LIMIT 1),
  (SELECT n.seq FROM message n WHERE n.conversation_id = c.id AND n.direction = 'in' AND n.redacted_at IS NULL ORDER BY n.seq DESC LIMIT 1)
)) l ON true
WHERE c.id = $1`

type routingRow struct {
	Workstream   uuid.UUID       `db:"workstream_id"`
	Channel      string          `db:"channel"`
	Context      json.RawMessage `db:"context"`
	Provider     string          `db:"provider"`
	Account      string          `db:"account"`
	Address      string          `db:"address"`
	ExternalID   string          `db:"external_id"`
	PointName    string          `db:"point_name"`
	Locale       string          `db:"locale"`
	Attributes   json.RawMessage `db:"attributes"`
	AliasPhone   string          `db:"alias_phone"`
	Known        bool            `db:"known"`
	Name         string          `db:"name"`
	FirstName    string          `db:"first_name"`
	LastName     string          `db:"last_name"`
	Language     string          `db:"language"`
	Email        string          `db:"email"`
	Phone        string          `db:"phone"`
	ContactExt   string          `db:"contact_external_id"`
	FirstMessage string          `db:"first_message"`
	Text         string          `db:"text"`
	Type         string          `db:"type"`
}

// RoutingFacts reads what rules can ask about a real conversation, at a time
// that is given in the rules' zone, and whose workstream it is.
func (s *Store) RoutingFacts(ctx context.Context, conversation uuid.UUID, at time.Time) (routing.Env, uuid.UUID, error) {
	return routingFacts(ctx, s.SQL, conversation, at, false)
}

func routingFacts(ctx context.Context, q sqlx.QueryerContext, conversation uuid.UUID, at time.Time, begins bool) (routing.Env, uuid.UUID, error) {
	var r routingRow
	if err := pg.GetOne(ctx, q, &r, selectRoutingFacts, conversation, begins); err != nil {
		return routing.Env{}, uuid.Nil, fmt.Errorf("read routing facts: %w", err)
	}
	values := map[string]any{}
	if err := json.Unmarshal(r.Context, &values); err != nil {
		return routing.Env{}, uuid.Nil, fmt.Errorf("read context: %w", err)
	}
	_, domain, _ := strings.Cut(r.Email, "@")
	env := routing.Env{
		Contact: routing.Contact{Known: r.Known, Name: or(r.Name, r.PointName), FirstName: r.FirstName, LastName: r.LastName,
			Language: or(r.Language, r.Locale), EmailDomain: strings.ToLower(domain), Phone: or(r.Phone, r.customerPhone()), ExternalID: r.ContactExt},
		Channel: routing.Channel{Kind: r.Channel, Provider: r.Provider, Account: r.Account, Address: r.Address, CustomerName: r.PointName,
			CustomerPhone: r.customerPhone(), FirstMessage: r.FirstMessage, Locale: r.Locale},
		Message: routing.Message{Text: r.Text, Type: r.Type},
		Context: values,
		Time:    RoutingTime(at),
	}
	if contact.IsPhone(r.Address) {
		env.Channel.OrgPhone = r.Address
	}
	if env.Channel.CustomerID = r.ExternalID; string(r.Attributes) != "{}" {
		if err := json.Unmarshal(r.Attributes, &env.Channel.Told); err != nil {
			return routing.Env{}, uuid.Nil, fmt.Errorf("read attributes: %w", err)
		}
	}
	return env, r.Workstream, nil
}

// customerPhone is the number the channel knows the customer by, if it does.
func (r routingRow) customerPhone() string {
	if contact.IsPhone(r.ExternalID) {
		return r.ExternalID
	}
	return r.AliasPhone
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// RoutingTime is a time as rules read it, in the zone it is given in.
func RoutingTime(at time.Time) routing.Time {
	return routing.Time{Weekday: strings.ToLower(at.Weekday().String()), Hour: at.Hour(), Minute: at.Minute()}
}

// RoutingDecision is a decision that was carried out.
type RoutingDecision struct {
	ID           uuid.UUID        `json:"id"`
	Conversation uuid.UUID        `json:"conversation_id"`
	At           time.Time        `json:"at"`
	Version      int              `json:"version"` // of the rules; 0: there were none
	Decision     routing.Decision `json:"decision"`
}

const insertDecision = `INSERT INTO routing_decision (conversation_id, version, at, decision) VALUES ($1, $2, $3, $4)`

// RecordDecision keeps a decision with its explanation, and when it was made.
func (s *Store) RecordDecision(ctx context.Context, conversation uuid.UUID, version int, at time.Time, d routing.Decision) error {
	return recordDecision(ctx, s.SQL, conversation, version, at, d)
}

func recordDecision(ctx context.Context, q sqlx.ExecerContext, conversation uuid.UUID, version int, at time.Time, d routing.Decision) error {
	data, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("record routing decision: %w", err)
	}
	if _, err := q.ExecContext(ctx, insertDecision, conversation, version, at, pg.CleanJSON(string(data))); err != nil {
		return fmt.Errorf("record routing decision: %w", err)
	}
	return nil
}

const selectDecisions = `
SELECT id, conversation_id, at, version, decision FROM routing_decision
WHERE conversation_id = $1 AND (at, id) > ($2, $3) ORDER BY at, id LIMIT $4`

// Decisions lists the decisions about a conversation, the oldest first.
func (s *Store) Decisions(ctx context.Context, conversation uuid.UUID, p auditdb.Page) ([]RoutingDecision, error) {
	var rows []struct {
		ID           uuid.UUID       `db:"id"`
		Conversation uuid.UUID       `db:"conversation_id"`
		At           time.Time       `db:"at"`
		Version      int             `db:"version"`
		Decision     json.RawMessage `db:"decision"`
	}
	if err := s.SQL.SelectContext(ctx, &rows, selectDecisions, conversation, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list routing decisions: %w", err)
	}
	list := []RoutingDecision{}
	for _, r := range rows {
		d := RoutingDecision{ID: r.ID, Conversation: r.Conversation, At: r.At, Version: r.Version}
		if err := json.Unmarshal(r.Decision, &d.Decision); err != nil {
			return nil, fmt.Errorf("list routing decisions: %w", err)
		}
		if d.Decision.Overflow == nil {
			d.Decision.Overflow = []routing.Checked{} // it was made before queues could
		}
		list = append(list, d)
	}
	return list, nil
}
