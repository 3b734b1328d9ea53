package api_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"switchboard/domain/configfile"
	"switchboard/store/storetest"
)

// drawn makes up configurations that an installation takes. What cannot be deleted
// once something used it, and what cannot be changed, is the same in all of them.
type drawn struct {
	*rapid.T
	state configfile.State
}

// words are texts that a file must not lose or mistake for something else.
func words() []string {
	return []string{"Support", "yes", "null", "12", "1e3", "- dash", "a: b", "# no comment", "it's \"quoted\"", "日本語", "é", "true", "~",
		"{curly}", "[square]", "100%", "a / b", "*", "&x", "!tag", "2026-12-24", "trailing:", "Ⅷ", "🙂 ok"}
}

func (d *drawn) word(label string) string { return rapid.SampledFrom(words()).Draw(d.T, label) }

// some are up to n different words.
func (d *drawn) some(label string, n int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(words()), 0, n, rapid.ID).Draw(d.T, label)
}

func (d *drawn) text(label string) string {
	return rapid.SampledFrom([]string{"Hello", "Two\nlines", "  indented\n\n and blank ", "tab\there", "ends\n", ": colon",
		"\u3000odd blank", "a\n\n\nb"}).Draw(d.T, label)
}

func (d *drawn) flag(label string) bool { return rapid.Bool().Draw(d.T, label) }

func (d *drawn) number(label string, least, most int) int64 {
	return int64(rapid.IntRange(least, most).Draw(d.T, label))
}

func (d *drawn) add(kind, parent string, fields obj) string {
	k := configfile.KindOf(kind)
	o := &configfile.Object{Kind: k, Parent: parent, Name: configfile.NameOf(k, parent, fields), Fields: map[string]any{}}
	for _, f := range k.Fields {
		if v, given := fields[f.Name]; given {
			o.Fields[f.Name] = configfile.Normal(f.Shape, v)
		}
	}
	d.state.Objects = append(d.state.Objects, o)
	return o.Name
}

func list[T any](items []T) []any {
	out := []any{}
	for _, x := range items {
		out = append(out, x)
	}
	return out
}

// file is the file of a configuration that is drawn.
func (d *drawn) file() (string, error) {
	skills := d.some("skills", 3)
	for _, s := range skills {
		d.add("skills", "", obj{"name": s, "kind": d.word("skill kind")})
	}
	hours := []any{nil, d.add("operating_hours", "", d.hours("Office"))}
	for _, name := range d.some("presences", 2) {
		d.add("presences", "", obj{"name": name, "text": d.word("presence text"), "base": "away", "description": d.word("description")})
	}
	d.add("capacity_profiles", "", obj{"name": "Chats", "limit": d.number("limit", 0, 9), "reset": "immediate", "zone": "UTC",
		"blocking": d.flag("blocking")})
	queues := append([]string{"Main", "Second"}, d.some("queues", 3)...)
	for _, q := range queues {
		d.queue(q, queues, skills, hours)
	}
	for _, w := range []string{"LINE", "SMS", "Chat"} {
		d.workstream(w, queues, skills)
	}
	d.channels(hours)
	d.texts()
	d.outside()
	data, err := configfile.Write(&d.state)
	return string(data), err
}

func (d *drawn) hours(name string) obj {
	event := obj{"weekdays": []any{"mon", "fri"}, "start": "08:00", "end": rapid.SampledFrom([]string{"12:00", "17:30"}).Draw(d.T, "end")}
	calendar := obj{"events": []any{event}, "exceptions": []any{}, "holidays": []any{}}
	if d.flag("exception") {
		calendar["exceptions"] = []any{obj{"date": "2031-05-02", "closed": true, "reason": d.word("reason")}}
	}
	if d.flag("holiday") {
		calendar["holidays"] = []any{obj{"date": "2031-12-24", "reason": d.word("holiday reason"), "yearly": d.flag("yearly")}}
	}
	return obj{"name": name, "time_zone": rapid.SampledFrom([]string{"Europe/Tallinn", "UTC"}).Draw(d.T, "zone"), "calendar": calendar}
}

func (d *drawn) queue(name string, queues, skills []string, hours []any) {
	bucket := obj{"name": d.word("bucket"), "order": "oldest", "workstreams": []any{"LINE"}, "skills": list(skills)}
	overflow := []any{}
	if name != "Main" && d.flag("overflows") {
		overflow = []any{obj{"when": "size", "limit": d.number("size", 1, 50), "action": "transfer", "to": "Main"}}
	}
	d.add("queues", "", obj{"name": name, "operating_hours": rapid.SampledFrom(hours).Draw(d.T, "hours"),
		"priority":         d.number("priority", 0, 300),
		"assignment_rules": []any{obj{"after": int64(0), "skills": "exact", "method": "round_robin"}}, "age_priority": d.number("age", 0, 60),
		"age_bucket": int64(0), "buckets": rapid.SampledFrom([][]any{{}, {bucket}}).Draw(d.T, "buckets"), "overflow": overflow})
}

func (d *drawn) workstream(name string, queues, skills []string) {
	d.add("workstreams", "", obj{"name": name, "mode": "push", "style": map[bool]string{true: "live", false: "messaging"}[name == "Chat"], "queue": rapid.SampledFrom(queues).Draw(d.T, "queue"),
		"fallback_queue": "Main", "capacity_units": d.number("units", 0, 5), "offer_timeout": d.number("offer", 1, 300),
		"open_timeout":         rapid.SampledFrom([]any{nil, int64(600)}).Draw(d.T, "open"),
		"capacity_profile":     rapid.SampledFrom([]any{nil, "Chats"}).Draw(d.T, "profile"),
		"disposition_required": d.flag("required"),
		"blocked_files":        []any{".exe"}, "routing_rules": d.rules(queues, skills)})
	d.add("context_variables", name, obj{"name": "order number", "type": "text"})
	for _, one := range d.some("dispositions", 2) {
		d.add("dispositions", name, obj{"name": one, "archived": d.flag("archived " + one)})
	}
	for _, rule := range d.some("timeouts", 2) {
		d.add("timeout_rules", name, obj{"name": rule, "silent": "customer", "after": d.number("after", 1, 900), "action": "message_customer",
			"priority": int64(1), "enabled": d.flag("rule on"), "texts": obj{"en": d.text("rule text"), "nl": "Dag"}})
	}
}

func (d *drawn) rules(queues, skills []string) obj {
	set := obj{"priority": d.number("set priority", 1, 200), "context.order number": d.word("variable")}
	for _, s := range skills {
		set["skill."+s] = obj{"expr": "1 + 1"}
	}
	rules := []any{}
	for i, q := range queues {
		when := fmt.Sprintf("contact.language == %q", []string{"nl", "fr", "en", "et", "de"}[i])
		rules = append(rules, obj{"name": "to " + q, "when": when, "queues": []any{obj{"queue": q, "percent": int64(100)}}})
	}
	if d.flag("no rules") {
		rules = []any{}
	}
	first := obj{"name": d.word("rule"), "when": "contact.language != \"\"\n  and true", "set": set}
	sets := []any{obj{"name": "First", "rules": []any{first}}}
	return obj{"classification": sets, "route": obj{"rules": rules}}
}

func (d *drawn) channels(hours []any) {
	d.add("accounts", "", obj{"name": "LINE shop", "provider": "line", "base_url": "", "workstream": "LINE",
		"settings": obj{"channel_id": rapid.SampledFrom([]string{"0123", "99"}).Draw(d.T, "channel id")}, "secrets": obj{}})
	d.add("addresses", "LINE shop", obj{"channel": "line", "address": "", "name": d.word("address"), "workstream": "LINE",
		"language":        "en",
		"operating_hours": hours[1],
		"stop_words":      rapid.SampledFrom([]any{nil, []any{"SEIS"}}).Draw(d.T, "stop"), "start_words": nil, "send_rate": nil})
	d.add("accounts", "", obj{"name": "Numbers", "provider": "twilio", "base_url": "", "workstream": "SMS",
		"settings": obj{"account_sid": "AC00000000000000000000000000000000"}, "secrets": obj{}})
	d.add("addresses", "Numbers", obj{"channel": "sms", "address": "+12028831111", "name": "", "workstream": "SMS",
		"language":        "nl",
		"operating_hours": nil, "stop_words": nil, "start_words": nil,
		"send_rate": rapid.SampledFrom([]any{nil, int64(5)}).Draw(d.T, "rate")})
	appearance := obj{"title": d.word("title"), "subtitle": "", "color": "#0b5fff", "text_color": "#ffffff", "logo_url": "",
		"position":      "left",
		"offline_title": "", "offline_subtitle": "", "hide_offline": d.flag("hide")}
	question := obj{"name": "topic", "type": "options", "label": obj{"en": d.word("label")}, "required": d.flag("required"), "check": "",
		"options": []any{"A", "B"}, "meaning": ""}
	d.add("widgets", "", obj{"name": "Shop", "workstream": "Chat", "language": "en", "operating_hours": nil,
		"origins":        []any{"https://shop.example.com"},
		"authentication": "none", "anonymous_threads": true, "issuer": "", "audience": "", "public_key": "", "key_url": "",
		"appearance": appearance,
		"texts":      obj{"en": obj{"send": d.text("send")}}, "pre_chat": []any{question}, "transcript": d.flag("transcript"), "sound": true})
}

func (d *drawn) texts() {
	d.add("templates", "", obj{"channel": "sms", "name": "Welcome", "default_language": "en",
		"texts": obj{"en": d.text("template"), "nl": "Dag {Name}"}})
	for _, title := range d.some("replies", 2) {
		d.add("quick_replies", "", obj{"title": title, "tags": []any{"hello"},
			"workstreams": rapid.SampledFrom([][]any{{}, {"SMS"}}).Draw(d.T, "where"),
			"texts":       obj{"en": d.text("reply")}})
	}
	for _, name := range d.some("tags", 2) {
		d.add("tags", "", obj{"name": name, "color": rapid.SampledFrom([]any{"red", "blue"}).Draw(d.T, "color"), "archived": d.flag("archived")})
	}
	if d.flag("greeting") {
		d.add("automated_messages", "", obj{"trigger": "greeting", "channel": "line",
			"workstream": rapid.SampledFrom([]any{nil, "LINE"}).Draw(d.T, "of"),
			"enabled":    d.flag("said"), "visibility": "customer", "texts": obj{"en": d.text("greeting text")}})
	}
}

func (d *drawn) outside() {
	for _, name := range d.some("webhooks", 2) {
		d.add("webhooks", "", obj{"name": name, "url": "https://crm.example.com/hook", "kinds": []any{"conversation.updated"},
			"workstream": rapid.SampledFrom([]any{nil, "SMS"}).Draw(d.T, "told"), "include_message": d.flag("message"), "include_internal": false,
			"internal": false, "work_items": false, "enabled": d.flag("webhook on")})
	}
	d.add("outbound_settings", "", obj{"contacts_per_request": d.number("contacts", 1, 100), "requests_per_hour": int64(1000),
		"send_rate": nil, "region": "EE"})
	d.add("outbound_configurations", "", obj{"name": "Case created", "address": "Numbers / sms / +12028831111",
		"template": "sms / Welcome", "show_on_timeline": d.flag("shown")})
	rule := obj{"when": "", "each": "", "to": "data.phone", "optin": "true", "locale": "", "entityrelationshipname": "",
		"contextitems": obj{"Name": "data.name"}}
	for _, name := range d.some("triggers", 2) {
		d.add("outbound_triggers", "", obj{"name": name, "kind": "schedule", "configuration": "Case created", "enabled": d.flag("fires"),
			"event": "",
			"rule":  rule, "delay": int64(0), "cron": "0 9 * * 1", "time_zone": "Europe/Tallinn",
			"data": obj{"phone": "+3725", "n": 1.5, "list": []any{int64(1), "a", nil, true}}})
	}
	for _, name := range d.some("sources", 1) {
		d.add("outbound_sources", "", obj{"name": name})
	}
}

// What one installation exports makes another one the same: its export is the same
// file, to apply it again changes nothing, and conversations go the same ways.
func TestConfigFile_MovesBetweenInstallations(t *testing.T) {
	t.Parallel()
	one, other := installation(setupOn(t, storetest.New(t), withProviders)), installation(setupOn(t, storetest.New(t), withProviders))
	languages := rapid.SampledFrom([]string{"nl", "fr", "en", "et", "de", ""})
	rapid.Check(t, func(r *rapid.T) { // each begins where the one before ended, so a failure is not made smaller
		d := &drawn{T: r}
		file, err := d.file()
		require.NoError(t, err)
		one.applied(file, "?prune=true")
		exported := one.exported()
		require.Empty(t, one.yaml("/v1/config/plan?prune=true", file, "").is(200).get("changes"), "what was drawn is there")
		other.applied(exported, "?prune=true")
		require.Equal(t, exported, other.exported())
		for _, b := range []*bench{one, other} {
			require.Empty(t, b.yaml("/v1/config/plan?prune=true", exported, "").is(200).get("changes"))
		}
		facts := obj{"contact": obj{"language": languages.Draw(r, "language")}, "channel": obj{"kind": "sms"}}
		same(t, one, other, rapid.SampledFrom([]string{"LINE", "SMS"}).Draw(r, "workstream"), facts)
	})
}

// same asks two installations where a conversation goes, which must agree.
func same(t *testing.T, one, other *bench, workstream string, facts obj) {
	a, b := simulated(t, one, workstream, facts), simulated(t, other, workstream, facts)
	require.Equal(t, a, b)
}

// simulated is what an installation decides, with queues and profiles by their names.
func simulated(t *testing.T, b *bench, workstream string, facts obj) any {
	var id string
	require.NoError(t, b.db.SQL.Get(&id, `SELECT id FROM workstream WHERE name = $1`, workstream))
	names := map[string]string{}
	for _, table := range []string{"queue", "capacity_profile", "operating_hours"} {
		var rows []struct{ ID, Name string }
		require.NoError(t, b.db.SQL.Select(&rows, `SELECT id::text, name FROM `+table))
		for _, r := range rows {
			names[r.ID] = r.Name
		}
	}
	body := obj{"facts": facts, "at": "2031-03-03T10:00:00Z"}
	return called(b.post("/v1/workstreams/"+id+"/simulate", b.super, body).is(200).get("decision"), names)
}

func called(v any, names map[string]string) any {
	switch x := v.(type) {
	case string:
		if name, known := names[x]; known {
			return name
		}
		return x
	case []any:
		out := slices.Clone(x)
		for i := range out {
			out[i] = called(out[i], names)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, part := range x {
			out[fmt.Sprint(called(k, names))] = called(part, names)
		}
		return out
	}
	return v
}
