package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/domain/routing"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

// A real conversation offers what its customer, its channel and its messages
// are: how it began, and what nobody answered yet.
func TestRoutingFacts(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	id := db.Waiting(t, site, 1)[0]
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	at := time.Date(2026, 3, 2, 20, 30, 0, 0, time.UTC)

	bare, workstream, err := db.Conversation.RoutingFacts(ctx, id, at)
	require.NoError(t, err)
	require.Equal(t, site.Workstream, workstream)
	require.Equal(t, routing.Env{Channel: routing.Channel{Kind: "line", Provider: "line", Account: "account", CustomerID: bare.Channel.CustomerID}, Context: map[string]any{},
		Time: routing.Time{Weekday: "monday", Hour: 20, Minute: 30}}, bare)

	db.SQL.MustExec(`UPDATE address SET channel = 'whatsapp', address = '+14255550100' WHERE id = $1`, site.Address)
	db.SQL.MustExec(`WITH k AS (INSERT INTO contact (name, first_name, last_name, email, language, external_id) VALUES ('Ada L', 'Ada', 'L', 'ada@Example.COM', 'nl-BE', 'E1') RETURNING id)
		UPDATE contact_point SET contact_id = k.id, name = 'ada', language = 'en', channel = 'whatsapp', external_id = 'U1' FROM k`)
	var point uuid.UUID
	require.NoError(t, db.SQL.Get(&point, `SELECT id FROM contact_point`))
	require.NoError(t, db.Contact.StoreProfile(ctx, point, &channel.Profile{Name: "ada", Language: "en", Attributes: map[string]string{
		"city": "Gent", "gender": "female", "timezone": "5.5", "followers": "12", "friends": "many", "shoe_size": "40"}}))
	db.SQL.MustExec(`INSERT INTO contact_point_alias (account_id, channel, alias, external_id) VALUES ($1, 'whatsapp', '+32470000001', 'U1'), ($1, 'whatsapp', 'US.1', 'U1')`, site.Account)
	db.SQL.MustExec(`UPDATE conversation SET channel = 'whatsapp', context = '{"tier": "gold", "total": 5}' WHERE id = $1`, id)
	for seq, text := range []string{"Hello", "an answer", "Anybody?"} {
		db.SQL.MustExec(`INSERT INTO message (conversation_id, seq, account_id, direction, type, text) VALUES ($1, $2, $3, $4, 'text', $5)`,
			id, seq+1, site.Account, []string{"in", "out", "in"}[seq], text)
	}
	db.SQL.MustExec(`UPDATE conversation SET last_agent_seq = 2 WHERE id = $1`, id)
	got, _, err := db.Conversation.RoutingFacts(ctx, id, at.In(tokyo))
	require.NoError(t, err)
	require.Equal(t, routing.Env{
		Contact: routing.Contact{Known: true, Name: "Ada L", FirstName: "Ada", LastName: "L", Language: "nl-BE", EmailDomain: "example.com", Phone: "+32470000001", ExternalID: "E1"},
		Channel: routing.Channel{Kind: "whatsapp", Provider: "line", Account: "account", Address: "+14255550100", CustomerName: "ada",
			CustomerPhone: "+32470000001", FirstMessage: "Hello", OrgPhone: "+14255550100", Locale: "en", CustomerID: "U1",
			Told: routing.Told{City: "Gent", Gender: "female", Timezone: "5.5", Followers: 12}},
		Message: routing.Message{Text: "Anybody?", Type: "text"},
		Context: map[string]any{"tier": "gold", "total": 5.0},
		Time:    routing.Time{Weekday: "tuesday", Hour: 5, Minute: 30},
	}, got)
	_, _, err = db.Conversation.RoutingFacts(ctx, uuid.New(), at)
	require.ErrorIs(t, err, pg.ErrNotFound)
}

// What a customer asked first decides, however much they add before routing
// comes round; a message that they took back says nothing.
func TestRoutingFacts_FirstUnansweredMessage(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	invoices, parcels := queue(t, db), queue(t, db)
	words := func(name string, q uuid.UUID) routing.RouteRule {
		return routing.RouteRule{Name: name, When: `lower(message.text) contains "` + name + `"`,
			Queues: []routing.Share{{Queue: q.String(), Percent: 100}}}
	}
	_, _, err := db.Admin.SaveRoutingRules(ctx, auditdb.Actor{}, site.Workstream, admindb.RoutingChange{Rules: routing.Model{
		Classification: []routing.Ruleset{{Name: "Dutch", Rules: []routing.Rule{{Name: "factuur", When: `message.text contains "factuur"`,
			Set: map[string]routing.Value{"priority": {Literal: 7.0}}}}}},
		Route: routing.Route{Rules: []routing.RouteRule{words("parcel", parcels), words("invoice", invoices)}}}})
	require.NoError(t, err)
	says := func(customer string, texts ...string) (ids []string) {
		for _, text := range texts {
			in := message(site, customer, uuid.NewString(), text)
			_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{in})
			require.NoError(t, err)
			ids = append(ids, in.Event.MessageID)
		}
		return ids
	}
	current := func(customer string) (id uuid.UUID) {
		require.NoError(t, db.SQL.Get(&id, `SELECT c.id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id
			WHERE p.external_id = $1`, customer))
		return id
	}
	reads := func(id uuid.UUID) string {
		env, _, err := db.Conversation.RoutingFacts(ctx, id, time.Now())
		require.NoError(t, err)
		return env.Message.Text
	}

	says("U1", "An invoice (factuur), please", "By the way, my parcel did not come")
	f, err := db.Conversation.Begin(ctx, current("U1"))
	require.NoError(t, err)
	require.Equal(t, []any{invoices, 7}, []any{f.Queue, f.Priority}, "the question that began it, not the last message")

	// Answered, it is about what was asked since.
	db.SQL.MustExec(`UPDATE conversation SET last_seq = last_seq + 1, last_agent_seq = last_seq + 1 WHERE id = $1`, current("U1"))
	require.Equal(t, "By the way, my parcel did not come", reads(current("U1")), "all is answered: the newest")
	says("U1", "Now about a parcel", "and an invoice")
	require.Equal(t, "Now about a parcel", reads(current("U1")))

	ids := says("U2", "invoice", "parcel")
	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{{Account: site.Account, Event: channel.Event{
		Kind: channel.KindRedact, ID: uuid.NewString(), MessageID: ids[0], From: "U2", Channel: "line"}}}))
	f, err = db.Conversation.Begin(ctx, current("U2"))
	require.NoError(t, err)
	require.Equal(t, parcels, f.Queue, "what was taken back is not what is asked")
}

// Of two changes made from the same version one is refused, whatever runs at once.
func TestSaveRoutingRules_OneOfTwoIsStale(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	zero := 0
	zones := []string{"Asia/Tokyo", "Europe/Brussels", "UTC", "Africa/Cairo"}
	errs := make([]error, len(zones))
	var wg sync.WaitGroup
	for i, zone := range zones {
		wg.Go(func() {
			_, _, errs[i] = db.Admin.SaveRoutingRules(ctx, auditdb.Actor{}, site.Workstream, admindb.RoutingChange{Version: &zero, Rules: routing.Model{Zone: zone}})
		})
	}
	wg.Wait()
	saved := 0
	for _, err := range errs {
		if err == nil {
			saved++
			continue
		}
		require.ErrorIs(t, err, pg.ErrStale)
	}
	require.Equal(t, 1, saved)
}

// A file says what was at one moment, of any number of queues: what is changed
// while it is read is in it completely or not at all.
func TestRoutingFile_IsOfOneMoment(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	chain := []uuid.UUID{site.Queue}
	for range 60 {
		chain = append(chain, queue(t, db))
	}
	// Each queue overflows into the next, and the last into the first.
	save := func(zone string, limit int) {
		t.Helper()
		change := admindb.RoutingChange{Rules: routing.Model{Zone: zone, Route: routing.Route{Fallback: site.Queue.String()}}, Overflow: map[string][]routing.Overflow{}}
		for i, id := range chain {
			to := chain[(i+1)%len(chain)].String()
			change.Overflow[id.String()] = []routing.Overflow{{When: routing.Size, Limit: limit, Action: routing.Transfer, To: to}, {When: routing.Waited, Limit: limit, Action: routing.End}}
		}
		_, _, err := db.Admin.SaveRoutingRules(ctx, auditdb.Actor{}, site.Workstream, change)
		require.NoError(t, err)
	}
	type export struct {
		rules configdb.RoutingRules
		file  routing.File
		err   error
	}
	read := func() (x export) {
		x.rules, x.file, x.err = db.Admin.RoutingFile(ctx, site.Workstream)
		return x
	}
	save("UTC", 1)
	before := read()
	require.NoError(t, before.err)
	require.Len(t, before.file.Overflow, len(chain))
	var names []string
	require.NoError(t, db.SQL.Select(&names, `SELECT name FROM queue`))
	require.Subset(t, names, before.file.Queues(), "queues by their names")
	for name, list := range before.file.Overflow {
		require.Len(t, list, 2, name)
		require.Equal(t, []any{1, routing.End}, []any{list[0].Limit, list[1].Action}, "rules stay in order")
	}

	// Reading stops between the rules and the queues, and all is changed meanwhile.
	held, err := db.SQL.Beginx()
	require.NoError(t, err)
	defer held.Rollback() //nolint:errcheck // it is committed below
	held.MustExec(`LOCK TABLE queue_overflow IN ACCESS EXCLUSIVE MODE`)
	during := make(chan export, 1)
	go func() { during <- read() }()
	require.Eventually(t, func() bool {
		var waits bool
		err := db.SQL.Get(&waits, `SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'queue_overflow'::regclass AND NOT granted)`)
		return err == nil && waits
	}, tier.Patience(30*time.Second), time.Millisecond)
	held.MustExec(`UPDATE routing_rules SET version = version + 1, rules = jsonb_set(rules, '{zone}', '"Asia/Tokyo"')`)
	held.MustExec(`UPDATE queue_overflow SET threshold = 2`)
	held.MustExec(`UPDATE queue SET name = 'new ' || name`)
	require.NoError(t, held.Commit())
	require.Equal(t, before, <-during)

	after := read()
	require.NoError(t, after.err)
	require.Equal(t, []any{before.rules.Version + 1, "Asia/Tokyo"}, []any{after.rules.Version, after.file.Zone})
	for name, list := range after.file.Overflow {
		require.Contains(t, name, "new ")
		require.Equal(t, []int{2, 2}, []int{list[0].Limit, list[1].Limit})
	}
}

// A rule cannot lose its variable, even when both change at the same moment.
func TestContextVariable_DeletedWhileARuleBeginsToUseIt(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	rules := routing.Model{Route: routing.Route{Rules: []routing.RouteRule{{Name: "R", When: `context.tier == "gold"`,
		Queues: []routing.Share{{Queue: site.Queue.String(), Percent: 100}}}}}}
	for range 10 {
		_, _, err := db.Admin.SaveRoutingRules(ctx, auditdb.Actor{}, site.Workstream, admindb.RoutingChange{})
		require.NoError(t, err)
		db.SQL.MustExec(`DELETE FROM context_variable`)
		v, err := db.Config.CreateContextVariable(ctx, auditdb.Actor{}, configdb.ContextVariable{Workstream: site.Workstream, Name: "tier", Type: routing.Text})
		require.NoError(t, err)
		var saved, deleted error
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _, saved = db.Admin.SaveRoutingRules(ctx, auditdb.Actor{}, site.Workstream, admindb.RoutingChange{Rules: rules})
		})
		wg.Go(func() { deleted = db.Config.DeleteContextVariable(ctx, auditdb.Actor{}, v.ID) })
		wg.Wait()
		require.NotEqual(t, saved == nil, deleted == nil, "%v, %v", saved, deleted)
	}
}

// A decision is kept exactly, whatever customers' words a rule put into it.
func TestDecisions_AreKept(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	id := db.Waiting(t, site, 1)[0]
	m := routing.Model{Classification: []routing.Ruleset{{Name: "S", Rules: []routing.Rule{{Name: "R", Set: map[string]routing.Value{
		"context.said": {Expr: "message.text"}, "context.total": {Literal: 0.5}, "skill.x": {Literal: 3.0}, "priority": {Literal: 7.0}}}}}}}
	vars := routing.Variables{"said": routing.Text, "total": routing.Number}
	st := routing.State{Default: site.Queue.String(), Fallback: site.Queue.String(), Queues: map[string]routing.Queue{site.Queue.String(): {}}}
	d := routing.Decide(m, vars, routing.Env{Message: routing.Message{Text: `"NUL" \u0000 é`}}, st)
	require.NoError(t, db.Conversation.RecordDecision(ctx, id, 2, time.Now(), d))
	list, err := db.Conversation.Decisions(ctx, id, auditdb.Page{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 1)
	list[0].Decision.Rulesets[0].Set["skill.x"], list[0].Decision.Rulesets[0].Set["priority"] = 3, 7 // JSON has one kind of number
	require.Equal(t, d, list[0].Decision)
	require.NoError(t, db.Conversation.RecordDecision(ctx, id, 2, time.Now(), routing.Decide(m, vars, routing.Env{Message: routing.Message{Text: "\x00"}}, st)))
}
