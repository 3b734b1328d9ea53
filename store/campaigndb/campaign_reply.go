package campaigndb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/channel"
	"switchboard/domain/campaign"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
)

// usualWords are those of numbers without words of their own. Where people chat,
// "cancel" is an answer: only SMS has usual words.
var usualWords = sync.OnceValue(func() campaign.Words {
	return campaign.NewWords(campaign.StopWords(), campaign.StartWords()).WithAgain(campaign.AgainWords())
})

// ReplyEffect is what a customer's message means besides what it says.
type ReplyEffect struct {
	In      contactdb.Inbound
	consent campaign.Consent
	sent    *sentBefore // the campaign's message that it answers, or nil
}

// sentBefore is a recipient's row.
type sentBefore struct {
	Ord      int           `db:"ord"`
	Campaign uuid.NullUUID `db:"campaign_id"`
	Seq      int           `db:"seq"`
	Own      bool          `db:"own_words"`
	Stop     []byte        `db:"stop_words"`
	Start    []byte        `db:"start_words"`
}

// replyWithin is how long after a message of a campaign an answer counts as one.
const replyWithin = `7 days`

// The last message that went from the address to this customer, or may have gone
// and is to be repeated; or, of numbers with words of their own, those.
const matchMessages = `
SELECT t.ord, r.campaign_id, COALESCE(r.seq, 0) AS seq, d.stop_words IS NOT NULL OR d.start_words IS NOT NULL AS own_words,
       to_json(COALESCE(d.stop_words, '{}')) AS stop_words, to_json(COALESCE(d.start_words, '{}')) AS start_words
FROM unnest($1::int[], $2::uuid[], $3::text[]) AS t(ord, address_id, sender) JOIN address d ON d.id = t.address_id
LEFT JOIN LATERAL (
  SELECT r.campaign_id, r.seq FROM campaign_recipient r JOIN campaign c ON c.id = r.campaign_id
  WHERE r.to_address = t.sender AND c.frozen->>'address' = t.address_id::text AND r.claimed_at > now() - interval '` + replyWithin + `'
    AND (r.status IN ('sending', 'sent', 'delivered', 'read', 'unknown') OR r.in_doubt)
  ORDER BY r.claimed_at DESC LIMIT 1) r ON true
WHERE r.campaign_id IS NOT NULL OR d.stop_words IS NOT NULL OR d.start_words IS NOT NULL`

// MatchReplies finds what messages mean for campaigns and consent: usually nothing. Without
// campaigns only the usual words mean something.
func (s *Store) MatchReplies(ctx context.Context, batch []contactdb.Inbound, campaigns bool) ([]ReplyEffect, error) {
	var rows []sentBefore
	var err error
	if campaigns {
		if rows, err = s.sentBefore(ctx, batch); err != nil {
			return nil, err
		}
	}
	known := map[int]sentBefore{}
	for _, r := range rows {
		if k, ok := known[r.Ord]; !ok || !k.Campaign.Valid {
			known[r.Ord] = r
		}
	}
	var out []ReplyEffect
	for i, in := range batch {
		k, ok := known[i]
		h := ReplyEffect{In: in}
		if h.consent, err = k.consent(in.Event); err != nil {
			return nil, err
		}
		if ok && k.Campaign.Valid {
			h.sent = &k
		}
		if h.sent != nil || h.consent != campaign.NoChange {
			out = append(out, h)
		}
	}
	return out, nil
}

// sentBefore reads what was sent to those who write.
func (s *Store) sentBefore(ctx context.Context, batch []contactdb.Inbound) (rows []sentBefore, err error) {
	var ord []int64
	var address, sender []string
	for i, in := range batch {
		for _, id := range append([]string{in.Event.From}, in.Event.Aliases...) {
			ord, address, sender = append(ord, int64(i)), append(address, in.Address.String()), append(sender, id)
		}
	}
	err = s.SQL.SelectContext(ctx, &rows, matchMessages, pq.Array(ord), pq.Array(address), pq.Array(sender))
	return rows, err
}

func (k sentBefore) consent(e channel.Event) (campaign.Consent, error) {
	if len(e.Text) > 4*campaign.MaxWord {
		return campaign.NoChange, nil
	}
	words := campaign.Words{}
	if e.Channel == "sms" {
		words = usualWords()
	}
	if k.Own {
		var stop, start []string
		if err := errors.Join(json.Unmarshal(k.Stop, &stop), json.Unmarshal(k.Start, &start)); err != nil {
			return campaign.NoChange, err
		}
		words = words.With(stop, start)
	}
	return words.Heard(e.Text), nil
}

const markReplied = `
WITH at AS (
  SELECT r.campaign_id, r.seq, r.variant, r.replied_at IS NULL AS first, c.name, c.kind, o.name AS configuration,
    (SELECT v.id FROM conversation v JOIN contact_point p ON p.id = v.contact_point_id
     WHERE v.address_id = $3 AND v.state <> 'closed' AND p.account_id = $4 AND p.channel = $5
       AND p.external_id = COALESCE((SELECT a.external_id FROM contact_point_alias a WHERE a.account_id = $4 AND a.channel = $5 AND a.alias = $6), $6)) AS conversation_id
  FROM campaign_recipient r JOIN campaign c ON c.id = r.campaign_id JOIN outbound_configuration o ON o.id = c.configuration_id
  WHERE r.campaign_id = $1 AND r.seq = $2 FOR UPDATE OF r
), moved AS (
  UPDATE campaign_recipient r SET replied_at = COALESCE(r.replied_at, now()), conversation_id = COALESCE(at.conversation_id, r.conversation_id)
  FROM at WHERE r.campaign_id = at.campaign_id AND r.seq = at.seq
), context AS (
  UPDATE conversation v SET context = v.context || jsonb_build_object('campaign', CASE WHEN at.kind = 'campaign' THEN at.name ELSE '' END,
         'campaign_id', at.campaign_id, 'outbound_configuration', at.configuration)
  FROM at WHERE v.id = at.conversation_id
)
INSERT INTO campaign_count (campaign_id, variant, status, code, n) SELECT campaign_id, variant, 'replied', '', 1 FROM at WHERE first
ON CONFLICT (campaign_id, variant, status, code) DO UPDATE SET n = campaign_count.n + 1`

// What the message answers stands at it: the thread shows it, whatever else the
// campaign's row comes to say.
const markAnswer = `
UPDATE message m SET outbound_message_id = r.message_id FROM campaign_recipient r
WHERE r.campaign_id = $1 AND r.seq = $2 AND m.account_id = $3 AND m.provider_event_id = $4`

// ApplyToThread does what messages that were stored mean.
func (h ReplyEffect) ApplyToThread(ctx context.Context, tx *sqlx.Tx) error {
	var id uuid.UUID
	if err := pg.GetOne(ctx, tx, &id, conversationdb.SelectNewOf, h.In.Account, h.In.Event.ID); errors.Is(err, pg.ErrNotFound) {
		return nil // a repeat: what was said yesterday does not undo what was said today
	} else if err != nil {
		return err
	}
	return h.Apply(ctx, tx)
}

// Apply does what one message means.
func (h ReplyEffect) Apply(ctx context.Context, tx *sqlx.Tx) error {
	e := h.In.Event
	if h.sent != nil && e.Type != channel.TypeReaction {
		if _, err := tx.ExecContext(ctx, markReplied, h.sent.Campaign.UUID, h.sent.Seq, h.In.Address, h.In.Account, e.Channel, e.From); err != nil {
			return fmt.Errorf("mark reply: %w", err)
		}
		if _, err := tx.ExecContext(ctx, markAnswer, h.sent.Campaign.UUID, h.sent.Seq, h.In.Account, e.ID); err != nil {
			return fmt.Errorf("mark what a reply answers: %w", err)
		}
		if _, err := tx.ExecContext(ctx, tellProgress, h.sent.Campaign.UUID, progressEvery); err != nil {
			return err
		}
	}
	if h.consent == campaign.NoChange {
		return nil
	}
	return SetConsent(ctx, tx, h.In, h.consent)
}

const markOptedOut = `
WITH at AS (
  SELECT r.campaign_id, r.seq, r.variant, r.opted_out_at IS NULL AS first FROM campaign_recipient r JOIN campaign c ON c.id = r.campaign_id
  WHERE r.to_address = ANY($2::text[]) AND c.frozen->>'account' = $1::text AND c.frozen->>'channel' = $3
    AND r.claimed_at > now() - interval '` + replyWithin + `'
    AND (r.status IN ('sending', 'sent', 'delivered', 'read', 'unknown') OR r.in_doubt)
  ORDER BY r.claimed_at DESC LIMIT 1 FOR UPDATE OF r
), moved AS (
  UPDATE campaign_recipient r SET opted_out_at = COALESCE(r.opted_out_at, now()) FROM at WHERE r.campaign_id = at.campaign_id AND r.seq = at.seq
)
INSERT INTO campaign_count (campaign_id, variant, status, code, n) SELECT campaign_id, variant, 'opted_out', '', 1 FROM at WHERE first
ON CONFLICT (campaign_id, variant, status, code) DO UPDATE SET n = campaign_count.n + 1`

// markOptOut notes at the last message that went to a customer that they forbid
// messages since.
func markOptOut(ctx context.Context, tx *sqlx.Tx, in contactdb.Inbound) error {
	ids := append([]string{in.Event.From}, in.Event.Aliases...)
	if _, err := tx.ExecContext(ctx, markOptedOut, in.Account, pq.Array(ids), in.Event.Channel); err != nil {
		return fmt.Errorf("mark opt-out: %w", err)
	}
	return nil
}

// Quiet reports whether the message asks nothing of anybody.
func (h ReplyEffect) Quiet() bool {
	e := h.In.Event
	if len(e.Media) > 0 {
		return false
	}
	said, _ := e.Data["opt_out_type"].(string) // as Twilio says, also of its own keywords
	params, _ := e.Data["params"].(map[string]any)
	if _, turned := params["newRichMenuAliasId"]; turned && e.Type == channel.TypePostback {
		return true // a page of LINE's menu
	}
	return e.Type == channel.TypeReaction || h.consent == campaign.OptOut || strings.EqualFold(said, "STOP")
}
