package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/channel"
	"switchboard/channel/line"
	"switchboard/channel/twilio"
	"switchboard/channel/webchat"
)

// withProviders has the real ones.
func withProviders(cfg *api.Config) {
	cfg.Providers = channel.NewRegistry(webchat.New(), line.New(), twilio.New())
}

// installation is one without anything but people.
func installation(b *bench) *bench {
	b.db.SQL.MustExec(`TRUNCATE queue, workstream, account, address CASCADE`)
	return b
}

func (b *bench) yaml(path, file, plan string) answer {
	b.Helper()
	r := b.request(http.MethodPost, path, b.admin, file)
	r.Header.Set("Content-Type", "application/yaml")
	if plan != "" {
		r.Header.Set("If-Match", plan)
	}
	return b.send(r)
}

func (b *bench) exported() string {
	b.Helper()
	return b.get("/v1/config", b.admin).is(200).Body.String()
}

// applied plans a file and applies what was planned.
func (b *bench) applied(file, query string) answer {
	b.Helper()
	plan := b.yaml("/v1/config/plan"+query, file, "").is(200)
	done := b.yaml("/v1/config/apply"+query, file, plan.Header().Get("ETag"))
	require.Equal(b, http.StatusOK, done.Code, "%s\nwas planned: %s\nthe file: %s", done.Body.String(), plan.Body.String(), file)
	require.Equal(b, plan.get("changes"), done.get("changes"))
	return done
}

const small = `version: 1
skills:
  - name: dutch
    kind: language
queues:
  - name: Support
    priority: 7
workstreams:
  - name: LINE
    mode: push
    queue: Support
accounts:
  - name: Shop
    provider: line
    workstream: LINE
    settings: {channel_id: "123"}
    secrets: {channel_secret: "${LINE_SECRET}", channel_access_token: set}
`

// What was reviewed is what happens: all of it, once, and with who it was.
func TestConfigFile_AppliesWhatWasPlanned(t *testing.T) {
	b := installation(setup(t, withProviders))
	plan := b.yaml("/v1/config/plan", small, "").is(200)
	require.Len(t, plan.get("changes"), 4)
	require.Equal(t, "create", plan.str("changes.0.action"))
	require.Equal(t, "dutch", plan.str("changes.0.name"))
	require.Len(t, plan.get("missing_secrets"), 2)
	require.Zero(t, b.count(`SELECT count(*) FROM queue`), "a plan changes nothing")
	b.yaml("/v1/config/apply", small, "").problem(400, "malformed")
	b.yaml("/v1/config/apply", small, `"other"`).problem(412, "precondition_failed")

	b.post("/v1/skills", b.admin, obj{"name": "dutch", "kind": "language"}).is(201)
	b.yaml("/v1/config/apply", small, plan.Header().Get("ETag")).problem(412, "precondition_failed")
	require.Zero(t, b.count(`SELECT count(*) FROM queue`), "nothing of it")

	done := b.applied(small, "")
	require.Len(t, done.get("changes"), 3)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM account WHERE paused_code = 'secrets_missing'`))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_type = 'queue' AND action = 'create' AND agent_id = $1`, b.adminID))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_type = 'configuration' AND action = 'apply'`))
	require.Empty(t, b.applied(small, "").get("changes"), "twice changes nothing")
	require.Equal(t, 1, b.count(`SELECT count(*) FROM config_version`))

	given := strings.NewReplacer(`"${LINE_SECRET}"`, "s3cret-of-line", "channel_access_token: set", "channel_access_token: s3cret-token")
	secrets := given.Replace(small)
	done = b.applied(secrets, "")
	require.Equal(t, "secrets.channel_access_token", done.str("changes.0.fields.0.field"))
	require.Empty(t, done.get("missing_secrets"))
	require.NotContains(t, done.Body.String(), "s3cret")
	require.Zero(t, b.count(`SELECT count(*) FROM account WHERE paused_code IS NOT NULL`))
	require.Empty(t, b.applied(secrets, "").get("changes"))
	require.Zero(t, b.count(`SELECT count(*) FROM config_version WHERE before || after || changes::text LIKE '%s3cret%'`))
	require.Zero(t, b.count(`SELECT count(*) FROM audit WHERE changes::text LIKE '%s3cret%'`))
	require.NotContains(t, b.log.String(), "s3cret")
	require.NotContains(t, b.exported(), "s3cret")
	changed := b.applied(strings.Replace(secrets, "s3cret-token", "s3cret-new", 1), "")
	require.Equal(t, []any{"set", "changed"}, []any{changed.get("changes.0.fields.0.old"), changed.get("changes.0.fields.0.new")})
}

// Each mistake is told with its line, its path and what to do.
func TestConfigFile_ErrMistakes(t *testing.T) {
	b := installation(setup(t, withProviders))
	for _, c := range []struct{ file, field, reason string }{
		{"", "(file)", "is empty"},
		{"version: 1\nqueues: [", "(file)", "line"},
		{"version: 2", "version", "line 1: must be 1"},
		{"queues: []", "version", "must be given"},
		{"version: 1\nqueue: []", "queue", "line 2: is not known; there are skills"},
		{"version: 1\nqueues:\n  - name: A\n    prio: 1", "queues[0].prio", "line 4: is not known; there are name"},
		{"version: 1\nqueues:\n  - name: A\n    priority: high", "queues[0].priority", "line 4: must be a whole number"},
		{"version: 1\nqueues:\n  - name: 12", "queues[0].name", "line 3: must be a text; put it in quotes"},
		{"version: 1\nqueues:\n  - priority: 1", "queues[0].name", "must be given"},
		{"version: 1\nqueues:\n  - name: A\n  - name: A", "queues[A]", "is listed twice"},
		{"version: 1\nqueues:\n  - name: A\n    name: B", "queues[0].name", "line 4: is given twice"},
		{"version: 1\nqueues:\n  - &a {name: A}\n  - *a", "queues[1]", "must be fields"},
		{"version: 1\nworkstreams:\n  - name: A\n    mode: push\n    queue: support\nqueues:\n  - name: Support", "workstreams[A].queue",
			`there is "Support"`},
		{"version: 1\nqueues:\n  - name: A\n    overflow:\n      - {when: size, limit: 1, action: transfer, to: B}", "queues[A].overflow[0].to",
			"line 5: names the queue"},
		{"version: 1\nqueues:\n  - name: A\n    priority: -1", "queues[A].priority", "line 4: must be between"},
		{"version: 1\nqueues:\n  - name: A\n    members: [nobody@example.com]", "queues[A].members[0]", "who is nobody here"},
	} {
		got := b.yaml("/v1/config/plan", c.file, "").problem(422, "invalid")
		require.Equal(t, c.field, got.str("errors.0.field"), c.file)
		require.Contains(t, got.str("errors.0.reason"), c.reason, c.file)
	}
	require.Zero(t, b.count(`SELECT count(*) FROM queue`))
	b.send(b.request("POST", "/v1/config/plan", b.admin, "{}")).problem(415, "unsupported_media_type")
}

// Only what the file has a section for is deleted, and what is used says by what.
func TestConfigFile_Prunes(t *testing.T) {
	b := installation(setup(t, withProviders))
	b.applied(small, "")
	without := "version: 1\nqueues: []\n"
	require.Empty(t, b.yaml("/v1/config/plan", without, "").is(200).get("changes"))
	require.Equal(t, "Support", b.yaml("/v1/config/plan", without, "").is(200).str("kept.0.name"))
	require.Empty(t, b.yaml("/v1/config/plan", without, "").is(200).str("kept.0.reason"))
	pruned := b.yaml("/v1/config/plan?prune=true", without, "").is(200)
	require.Empty(t, pruned.get("changes"), "it is used")
	require.Equal(t, "Support", pruned.str("kept.0.name"))
	require.Contains(t, pruned.str("kept.0.reason"), "workstream")
	done := b.applied("version: 1\nskills: []\n", "?prune=true")
	require.Equal(t, []any{"delete", "dutch"}, []any{done.get("changes.0.action"), done.get("changes.0.name")})
	require.Len(t, done.get("changes"), 1)
}

// Every time is kept, and what was there before can be had again.
func TestConfigFile_Versions(t *testing.T) {
	b := installation(setup(t, withProviders))
	b.applied(small, "")
	first := b.exported()
	b.applied("version: 1\nqueues:\n  - name: Support\n    priority: 8\n", "")
	list := b.get("/v1/config/versions", b.admin).is(200)
	require.Len(t, list.get("items"), 2)
	require.Equal(t, "A administrator", list.str("items.0.agent_name"))
	id := list.str("items.0.id")
	require.Equal(t, "priority", b.get("/v1/config/versions/"+id, b.admin).is(200).str("changes.0.fields.0.field"))
	before := b.get("/v1/config/versions/"+id+"/document?when=before", b.admin).is(200).Body.String()
	require.Equal(t, first, before)
	require.Equal(t, b.exported(), b.get("/v1/config/versions/"+id+"/document", b.admin).is(200).Body.String())
	b.applied(before, "?prune=true")
	require.Equal(t, first, b.exported())
	page := b.get("/v1/config/versions?limit=2", b.admin).is(200)
	require.Len(t, b.get("/v1/config/versions?limit=2&cursor="+page.str("next"), b.admin).is(200).get("items"), 1)
}

// Members of queues are in the file for who asks for them.
func TestConfigFile_People(t *testing.T) {
	b := setup(t, withProviders)
	require.NotContains(t, b.exported(), "members")
	file := b.get("/v1/config?people=true", b.admin).is(200).Body.String()
	require.Contains(t, file, "members: [")
	b.changed.take()
	var email string
	require.NoError(t, b.db.SQL.Get(&email, `SELECT email FROM agent WHERE id = $1`, b.agents[0]))
	fewer := strings.NewReplacer("["+email+", ", "[", ", "+email+"]", "]").Replace(file)
	require.Equal(t, "members", b.applied(fewer, "").str("changes.0.fields.0.field"))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM queue_member`))
	require.Contains(t, b.changed.take(), b.agents[0])
}

// Names that do not tell things apart are told, not guessed at.
func TestConfigFile_ErrSameNames(t *testing.T) {
	b := setup(t, withProviders)
	for range 2 {
		b.post("/v1/quick-replies", b.admin, obj{"title": "Hello", "texts": obj{"en": "Hi"}}).is(201)
	}
	require.Contains(t, b.get("/v1/config", b.admin).problem(409, "conflict").str("detail"), "quick reply “Hello”")
}
