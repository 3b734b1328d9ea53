package conversationdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/channel"
	"switchboard/domain/autotext"
	"switchboard/domain/conversation"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// AutoMessage is one occasion on which something may be said automatically.
type AutoMessage struct {
	Conversation uuid.UUID
	Trigger      string            // of package autotext
	Agent        uuid.NullUUID     // whom {AgentName} names; null: the primary agent
	Values       map[string]string // of placeholders that only this trigger has
	Refused      error             // why the customer cannot be written to now, or nil
}

// What is said goes by the conversation, its people and the rows of the trigger,
// the most specific first.
const selectAutoContext = `
SELECT c.channel, c.context, d.language, COALESCE(NULLIF(k.language, ''), p.language) AS customer_language, w.send_timeout, COALESCE(NULLIF(k.name, ''), p.name) AS customer, COALESCE(q.name, '') AS queue,
       p.opted_out_at IS NOT NULL AS opted_out, c.state, c.agent_id, COALESCE(g.name, '') AS agent,
       (SELECT COALESCE(jsonb_agg(jsonb_build_object('enabled', x.enabled, 'visibility', x.visibility, 'texts', x.texts)
               ORDER BY x.workstream_id IS NULL, x.channel = ''), '[]')
        FROM automated_message x WHERE x.trigger = $3 AND x.channel IN ('', c.channel)
          AND (x.workstream_id IS NULL OR x.workstream_id = c.workstream_id)) AS settings
FROM conversation c JOIN workstream w ON w.id = c.workstream_id JOIN address d ON d.id = c.address_id
JOIN contact_point p ON p.id = c.contact_point_id LEFT JOIN contact k ON k.id = p.contact_id
LEFT JOIN queue q ON q.id = c.queue_id LEFT JOIN agent g ON g.id = COALESCE($2::uuid, c.agent_id)
WHERE c.id = $1`

type autoContext struct {
	Channel     string          `db:"channel"`
	Context     json.RawMessage `db:"context"`
	Language    string          `db:"language"`          // of our address
	Theirs      string          `db:"customer_language"` // '': not known
	SendTimeout int             `db:"send_timeout"`
	Customer    string          `db:"customer"`
	Queue       string          `db:"queue"`
	OptedOut    bool            `db:"opted_out"`
	State       string          `db:"state"`
	AgentID     uuid.NullUUID   `db:"agent_id"`
	Agent       string          `db:"agent"`
	Settings    json.RawMessage `db:"settings"`
}

type setting struct {
	Enabled    bool              `json:"enabled"`
	Visibility autotext.Audience `json:"visibility"`
	Texts      map[string]string `json:"texts"`
}

// languages are those the customer is written to in, the best first.
// languages are those in which something is said, the best first: agents read what
// is for them alone in that of the address.
func (v autoContext) languages(to autotext.Audience) []string {
	if to == autotext.ToAgent {
		return []string{v.Language}
	}
	return []string{v.Theirs, v.Language}
}

func (v autoContext) values(more map[string]string) (map[string]string, error) {
	var variables map[string]any
	if err := json.Unmarshal(v.Context, &variables); err != nil {
		return nil, fmt.Errorf("read context: %w", err)
	}
	first, _, _ := strings.Cut(v.Agent, " ")
	out := autotext.ContextValues(variables)
	maps.Copy(out, map[string]string{"AgentName": v.Agent, "AgentFirstName": first, "CustomerName": v.Customer,
		"QueueName": v.Queue, "Channel": v.Channel})
	maps.Copy(out, more)
	return out, nil
}

// text is what is said to somebody, filled.
func (v autoContext) text(t autotext.Occasion, levels []map[string]string, to autotext.Audience, more map[string]string) (string, error) {
	values, err := v.values(more)
	if err != nil {
		return "", err
	}
	return autotext.FillKnown(autotext.Text(t, levels, v.languages(to)...), values), nil
}

// SendAuto says something, if it is switched on, in the transaction of what it
// follows from: it is neither lost nor said twice. What may not be sent now
// stands in the thread as failed, with the reason.
func SendAuto(ctx context.Context, tx *sqlx.Tx, what AutoMessage) error {
	t, known := autotext.TriggerByName(what.Trigger)
	if !known {
		return fmt.Errorf("say %q: no such trigger", what.Trigger)
	}
	v, err := readAutoContext(ctx, tx, what)
	if err != nil {
		return err
	}
	var settings []setting
	if err := json.Unmarshal(v.Settings, &settings); err != nil {
		return fmt.Errorf("say %s: read settings: %w", what.Trigger, err)
	}
	on, audience, levels := t.On, t.Audience, []map[string]string{}
	if len(settings) > 0 {
		on, audience = settings[0].Enabled, settings[0].Visibility
	}
	for _, x := range settings {
		levels = append(levels, x.Texts)
	}
	if !on {
		return nil
	}
	text, err := v.text(t, levels, audience, what.Values)
	if err != nil {
		return fmt.Errorf("say %s: %w", what.Trigger, err)
	}
	return insertAuto(ctx, tx, v, what, audience, text)
}

func readAutoContext(ctx context.Context, tx *sqlx.Tx, what AutoMessage) (autoContext, error) {
	var v autoContext
	if err := pg.GetOne(ctx, tx, &v, selectAutoContext, what.Conversation, what.Agent, what.Trigger); err != nil {
		return v, fmt.Errorf("say %s: %w", what.Trigger, err)
	}
	return v, nil
}

const selectRule = `SELECT name, action, texts FROM timeout_rule WHERE id = $1`

// sendOfRule says what a timeout rule says: to the customer as the agent who has
// the conversation, or to the agent.
func sendOfRule(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, rule string, refused error) error {
	var r struct {
		Name   string          `db:"name"`
		Action string          `db:"action"`
		Texts  json.RawMessage `db:"texts"`
	}
	if err := pg.GetOne(ctx, tx, &r, selectRule, rule); errors.Is(err, pg.ErrNotFound) {
		return nil // deleted at this moment
	} else if err != nil {
		return fmt.Errorf("say rule: %w", err)
	}
	what := AutoMessage{Conversation: id, Trigger: autotext.RuleApplied, Refused: refused, Values: map[string]string{"RuleName": r.Name}}
	v, err := readAutoContext(ctx, tx, what)
	if err != nil {
		return err
	}
	var texts map[string]string
	if err := json.Unmarshal(r.Texts, &texts); err != nil {
		return fmt.Errorf("say rule: read texts: %w", err)
	}
	audience := autotext.ToBoth
	if r.Action == string(conversation.MessageAgent) {
		audience = autotext.ToAgent
	}
	text, err := v.text(autotext.Occasion{}, []map[string]string{texts}, audience, what.Values)
	if err != nil {
		return fmt.Errorf("say rule: %w", err)
	}
	return insertAuto(ctx, tx, v, what, audience, text)
}

const insertAutoMessage = `
WITH moved AS (
  UPDATE conversation SET last_seq = last_seq + 1, window_sent = window_sent + CASE WHEN $6 = 'queued' THEN 1 ELSE 0 END WHERE id = $1
  RETURNING id, last_seq, account_id, queue_id, agent_id, state, version
), stored AS (
  INSERT INTO message (conversation_id, seq, account_id, direction, type, text, agent_id, automated, visible_to, status, status_at, expires_at,
                       error_class, error_code, error_detail)
  SELECT id, last_seq, account_id, $2, 'text', $3, CASE WHEN $4 = '` + autotext.RuleApplied + `' AND $2 = 'out' THEN agent_id END, $4, $5, $6,
         CASE WHEN $6::text IS NOT NULL THEN now() END, now() + make_interval(secs => $7), NULLIF($8, ''), NULLIF($9, ''), NULLIF($10, '') FROM moved
  RETURNING id
)
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
SELECT '` + outbox.EventMessage + `', m.id, s.id, m.queue_id, m.agent_id, m.state, m.version FROM moved m, stored s WHERE $5 <> 'customer'`

// insertAuto stores an automated message: for the customer as an answer that waits to
// be sent, for agents as a line of the thread.
func insertAuto(ctx context.Context, tx *sqlx.Tx, v autoContext, what AutoMessage, to autotext.Audience, text string) error {
	if strings.TrimSpace(text) == "" || v.Channel == configdb.ChannelWorkItem && to == autotext.ToCustomer {
		return nil
	}
	if v.Channel == configdb.ChannelWorkItem { // nobody is there to be written to
		to = autotext.ToAgent
	}
	direction, class, code, detail := "internal", "", "", ""
	var status *string
	if to != autotext.ToAgent {
		queued := string(channel.StatusQueued)
		direction, status = "out", &queued
		class, code, detail = v.refusal(what.Refused)
		if code != "" {
			failed := string(channel.StatusFailed)
			status = &failed
		}
	}
	_, err := tx.ExecContext(ctx, insertAutoMessage, what.Conversation, direction, pg.Clean(text), what.Trigger, to, status, v.SendTimeout, class, code, detail)
	if err != nil {
		return fmt.Errorf("say %s: %w", what.Trigger, err)
	}
	if status == nil || *status != string(channel.StatusQueued) {
		return nil
	}
	return outbox.Ring(ctx, tx, what.Conversation, contactdb.AnnounceWithin)
}

// refusal is why the customer cannot be written to, for the agent to read.
func (v autoContext) refusal(err error) (class, code, detail string) {
	var r *conversation.Refusal
	switch {
	case v.OptedOut:
		return string(channel.OptedOut), contactdb.RefusedOptedOut, "The customer does not want messages on this channel."
	case errors.As(err, &r) && r.Code == conversation.WindowClosed:
		return string(channel.Window), r.Code, r.Reason
	case err != nil:
		return string(channel.Refused), "refused", "It cannot be sent now."
	}
	return "", "", ""
}

const selectFailed = `
SELECT m.conversation_id, m.automated, EXISTS (SELECT FROM attachment f WHERE f.message_id = m.id) AS files
FROM message m WHERE m.id = $1 AND m.direction = 'out'`

// SendNotSent tells the agents that a message will not arrive, and why.
func SendNotSent(ctx context.Context, tx *sqlx.Tx, message uuid.UUID, code, detail string) error {
	var m struct {
		Conversation uuid.UUID `db:"conversation_id"`
		Automated    *string   `db:"automated"`
		Files        bool      `db:"files"`
	}
	if err := pg.GetOne(ctx, tx, &m, selectFailed, message); errors.Is(err, pg.ErrNotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("tell of a failure: %w", err)
	}
	trigger := autotext.MessageNotSent
	if m.Files {
		trigger = autotext.FileNotSent
	}
	return SendAuto(ctx, tx, AutoMessage{Conversation: m.Conversation, Trigger: trigger, Values: map[string]string{"Reason": strings.TrimSuffix(detail, "."), "Code": code}})
}

const selectConversationOfMessage = `SELECT conversation_id FROM message WHERE id = $1 AND direction = 'out'`

// SendInDoubt tells the agents that nobody knows whether a message arrived.
func SendInDoubt(ctx context.Context, tx *sqlx.Tx, message uuid.UUID, code string) error {
	var conversation uuid.UUID
	if err := pg.GetOne(ctx, tx, &conversation, selectConversationOfMessage, message); errors.Is(err, pg.ErrNotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("tell of a doubt: %w", err)
	}
	return SendAuto(ctx, tx, AutoMessage{Conversation: conversation, Trigger: autotext.MessageInDoubt, Values: map[string]string{"Code": code}})
}

const selectCurrentOf = `
SELECT c.id FROM contact_point p JOIN conversation c ON c.contact_point_id = p.id AND c.state <> 'closed'
WHERE p.account_id = $1 AND p.channel = $2 AND p.external_id = COALESCE((SELECT a.external_id FROM contact_point_alias a
  WHERE a.account_id = $1 AND a.channel = $2 AND a.alias = $3), $3) ORDER BY c.id`

// SendOptedOut tells the agents of a customer's conversations that no messages
// are wanted any more.
func SendOptedOut(ctx context.Context, tx *sqlx.Tx, account uuid.UUID, chn, customer string) error {
	var ids []uuid.UUID
	if err := tx.SelectContext(ctx, &ids, selectCurrentOf, account, chn, customer); err != nil {
		return fmt.Errorf("tell of an opt-out: %w", err)
	}
	for _, id := range ids {
		if err := SendAuto(ctx, tx, AutoMessage{Conversation: id, Trigger: autotext.OptedOut}); err != nil {
			return err
		}
	}
	return nil
}

// A message is new if this very transaction stored it: a repeat is not told of again.
// Its time does not say so, because each of a batch has one of its own.
const SelectNewOf = `
SELECT conversation_id FROM message WHERE account_id = $1 AND provider_event_id = $2 AND xmin = pg_current_xact_id()::xid`

// SendUnsupported tells of messages in a batch that nothing here can show.
func SendUnsupported(ctx context.Context, tx *sqlx.Tx, batch []contactdb.Inbound) error {
	for _, in := range batch {
		if in.Event.Type != channel.TypeUnknown {
			continue
		}
		var id uuid.UUID
		if err := pg.GetOne(ctx, tx, &id, SelectNewOf, in.Account, in.Event.ID); errors.Is(err, pg.ErrNotFound) {
			continue
		} else if err != nil {
			return fmt.Errorf("tell of an unsupported message: %w", err)
		}
		if err := SendAuto(ctx, tx, AutoMessage{Conversation: id, Trigger: autotext.UnsupportedType}); err != nil {
			return err
		}
	}
	return nil
}
