package outreach

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"switchboard/domain/campaign"
	"switchboard/domain/trigger"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
)

// Message is what a trigger would send to one contact.
type Message struct {
	Result
	Language string `json:"language"`
	Text     string `json:"text"`
}

// Fired is what a trigger led to.
type Fired struct {
	Trigger  uuid.UUID `json:"trigger_id"`
	Campaign uuid.UUID `json:"id"` // of the ledger; zero: nobody was accepted
	Messages []Message `json:"messages"`
	Error    string    `json:"error"` // of an expression; ""
}

// Dry shows the exact messages that a trigger would send, and sends none.
func Dry(ctx context.Context, st *store.Store, t campaigndb.Trigger, event string, data map[string]any) (Fired, error) {
	f, _, err := prepare(ctx, st, t, event, data)
	return f, err
}

// EventKey is the idempotency key of what a trigger sends for an event; "" without one.
func EventKey(t campaigndb.Trigger, key string) string {
	if key == "" {
		return ""
	}
	return "trigger/" + t.ID.String() + "/" + key
}

// Fire sends what a trigger makes of an event. A key is taken once for each
// trigger: who repeats it sends nothing.
func Fire(ctx context.Context, st *store.Store, by auditdb.Actor, t campaigndb.Trigger, event string, data map[string]any, key string, now time.Time) (Fired, error) {
	f, list, err := prepare(ctx, st, t, event, data)
	if err != nil || len(list) == 0 {
		return f, err
	}
	body, err := json.Marshal(data)
	if err != nil {
		return f, err
	}
	sum := sha256.Sum256(body)
	req := campaigndb.NewOutboundRequest{Configuration: t.Configuration, Kind: campaigndb.KindMessage, Name: t.Name, Hash: sum[:], Recipients: list}
	req.Key = EventKey(t, key)
	if t.Delay > 0 {
		at := now.Add(time.Duration(t.Delay) * time.Second)
		req.StartAt = &at
	}
	req.Answer = func(id uuid.UUID, _ []bool) (json.RawMessage, error) { return json.Marshal(map[string]any{"id": id}) }
	made, _, err := st.Campaign.SendOutbound(ctx, by, req)
	f.Campaign = made.ID
	return f, err
}

// evaluateMost is how long the expressions of one trigger may take for one event.
const evaluateMost = 5 * time.Second

// prepare evaluates a trigger and words its messages.
func prepare(ctx context.Context, st *store.Store, t campaigndb.Trigger, event string, data map[string]any) (Fired, []campaigndb.Recipient, error) {
	out := Fired{Trigger: t.ID, Messages: []Message{}}
	p, wrong := trigger.Compile(t.Rule)
	if len(wrong) > 0 {
		out.Error = wrong[0].Error()
		return out, nil, nil
	}
	within, cancel := context.WithTimeout(ctx, evaluateMost)
	defer cancel()
	found, err := p.Contacts(within, event, data)
	var m *trigger.Mistake
	if errors.As(err, &m) {
		out.Error = m.Error()
		return out, nil, nil
	} else if err != nil {
		return out, nil, err
	}
	frozen, err := st.Campaign.SnapshotContent(ctx, campaigndb.Campaign{Configuration: t.Configuration})
	if err != nil {
		return out, nil, err
	}
	settings, err := st.Campaign.OutboundSettings(ctx)
	if err != nil {
		return out, nil, err
	}
	contacts := make([]Contact, len(found))
	for i, c := range found {
		contacts[i] = Contact{To: c.To, OptIn: &c.OptIn, Locale: c.Locale, Items: c.Values, Related: c.About}
	}
	list, places, results := Sort(frozen, t.Configuration, settings.Region, contacts)
	for _, r := range results {
		out.Messages = append(out.Messages, Message{Result: r})
	}
	seen := map[string]bool{}
	kept := list[:0]
	for i, r := range list {
		to := &out.Messages[places[i]]
		if seen[r.To] {
			to.Status, to.Code, to.Reason = Refused, campaign.Duplicate, "is there twice"
			continue
		}
		seen[r.To] = true
		x, asked, _ := frozen.Render(0, r.Language, r.Values)
		to.Language, to.Text = x.Language, x.Fill(asked)
		kept = append(kept, r)
	}
	return out, kept, nil
}
