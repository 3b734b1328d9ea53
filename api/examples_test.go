package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/line"
	"switchboard/channel/twilio"
	"switchboard/channel/webchat"
	"switchboard/domain/permission"
	"switchboard/store/presencedb"
)

// exampleID is the id in the contract's examples; the property or the folder that
// it stands in says of what.
const exampleID = "6c84fb90-12c4-11e1-840d-7b25c5ee775"

// example is an operation of the contract with its example.
type example struct {
	method, path, access string
	body                 any
}

func (e example) name() string { return e.method + " " + e.path }

func examples(t *testing.T, doc *openapi3.T) (all []example) {
	for _, path := range doc.Paths.InMatchingOrder() {
		for method, op := range doc.Paths.Value(path).Operations() {
			if op.RequestBody == nil {
				continue
			}
			media := op.RequestBody.Value.Content.Get("application/json")
			if media == nil {
				continue
			}
			body := media.Example
			if body == nil && media.Schema != nil && media.Schema.Value != nil {
				body = media.Schema.Value.Example
			}
			if body == nil {
				continue
			}
			access, _ := op.Extensions["x-permission"].(string)
			require.NotEmpty(t, access, path)
			all = append(all, example{method, path, access, body})
		}
	}
	return all
}

// TestContract_ExamplesWork sends every example of the contract as it stands; only
// its ids are those of things that are there.
func TestContract_ExamplesWork(t *testing.T) {
	c := setupChat(t, "live", generous)
	c.cfg.Providers = channel.NewRegistry(webchat.New(), line.New(), twilio.New())
	c.cfg.Presence = &presencedb.Presence{Store: c.db.Presence}
	c.stopChat()
	c.startChat()
	c.makeWidget(obj{"pre_chat": []obj{{"name": "topic", "type": "text", "label": obj{"en": "Topic"}}}})
	visitor := c.start(obj{"answers": obj{"topic": "Delivery"}})
	x := &exampleRun{bench: c.bench, ids: map[string]string{"key": c.key}, visitor: visitor}
	x.prepare()
	all := examples(t, c.contract)
	require.Greater(t, len(all), 60)
	for _, name := range madeFirst() {
		i := slices.IndexFunc(all, func(e example) bool { return e.name() == name })
		require.GreaterOrEqual(t, i, 0, name)
		x.send(all[i])
		all = slices.Delete(all, i, i+1)
	}
	for _, e := range all {
		x.send(e)
	}
}

// exampleRun knows the things that examples are about.
type exampleRun struct {
	*bench
	ids     map[string]string // by folder, or by the operation where that has one of its own
	visitor string            // token
}

// prepare makes what no example makes.
func (x *exampleRun) prepare() {
	messages := x.bench.post("/v1/workstreams", x.admin, obj{"name": "Messages", "mode": "push", "queue_id": x.site.Queue,
		"fallback_queue_id": x.site.Queue}).is(201).str("id")
	twilio := obj{"provider": "twilio", "name": "Twilio", "workstream_id": messages, "settings": obj{"account_sid": "AC" + strings.Repeat("0", 32)},
		"secrets": obj{"auth_token": strings.Repeat("1", 32)}}
	account := x.bench.post("/v1/accounts", x.admin, twilio).is(201).str("id")
	x.ids["POST /v1/accounts/{id}/addresses"], x.ids["PATCH /v1/accounts/{id}/addresses/{address_id}"] = account, account
	x.ids["POST /v1/workstreams/{id}/timeout-rules"] = x.site.Workstream.String()
	x.ids["conversations"] = x.active().String()
	x.ids["from"] = x.post("/v1/contacts", x.admin, obj{"name": "Ann"}).is(201).str("id")
	x.ids["agents"] = x.agents[1].String()
	x.ids["client"] = uuid.NewString()
	var point string
	require.NoError(x, x.db.SQL.Get(&point, `SELECT contact_point_id FROM conversation WHERE id = $1`, x.ids["conversations"]))
	x.ids["contact-points"] = point
}

// madeFirst make the things that other examples are about.
func madeFirst() []string {
	return []string{"POST /v1/queues", "POST /v1/workstreams", "POST /v1/accounts", "POST /v1/accounts/{id}/addresses", "POST /v1/templates", "POST /v1/agents",
		"POST /v1/contacts", "POST /v1/outbound-configurations", "POST /v1/outbound-triggers", "POST /v1/campaigns", "POST /v1/campaigns/{id}/recipients",
		"PATCH /v1/campaigns/{id}", "POST /v1/campaigns/{id}/audience", "POST /v1/campaigns/{id}/test", "POST /v1/widgets", "POST /v1/skills",
		"POST /v1/workstreams/{id}/timeout-rules", "POST /v1/workstreams/{id}/context-variables", "POST /v1/conversations/{id}/notes", "POST /v1/webhooks",
		"POST /v1/quick-replies", "POST /v1/tags", "POST /v1/workstreams/{id}/dispositions", "POST /v1/presences", "POST /v1/operating-hours"}
}

func (x *exampleRun) send(e example) {
	if folder(e.path) == "accept" || folder(e.path) == "decline" {
		x.offer(e)
	}
	if folder(e.path) == "widgets" { // which need a workstream of chats
		x.db.SQL.MustExec(`UPDATE workstream SET style = 'live' WHERE id = $1`, x.ids["workstreams"])
	}
	body, err := json.Marshal(x.filled("", e.body))
	require.NoError(x, err)
	token := map[string]string{"administrator": x.admin, "supervisor": x.super, "agent": x.agent}[permission.Of(e.access).LeastRole()]
	if e.access == "public" {
		token = ""
	}
	if folder(e.path) == "password" { // who is signed in as the person of another example
		token = x.token(uuid.MustParse(x.ids["agents"]))
	}
	if e.access == "public" && folder(e.path) == "messages" {
		token = x.visitor
	}
	path := x.pathOf(e)
	r := x.request(e.method, path, token, string(body))
	r.Header.Set("Idempotency-Key", uuid.NewString())
	got := x.bench.send(r)
	if got.Code >= 400 {
		x.Errorf("%s %s: %d %s\n%s", e.method, path, got.Code, body, got.Body.String())
		return
	}
	var made struct{ ID string }
	if e.method == http.MethodPost && got.Code == http.StatusCreated && json.Unmarshal(got.Body.Bytes(), &made) == nil {
		x.ids[folder(e.path)] = made.ID
	}
}

// offer makes an offer to the agent, for an operation that answers it.
func (x *exampleRun) offer(e example) {
	id := x.waiting()
	var offer string
	require.NoError(x, x.db.SQL.Get(&offer, `UPDATE conversation SET offer_id = gen_random_uuid(), offer_agent_id = $2,
		offer_expires_at = now() + interval '1 minute', version = version + 1 WHERE id = $1 RETURNING offer_id`, id, x.agents[0]))
	x.ids[e.name()], x.ids["offer"] = id.String(), offer
}

// folder is the last part of a path that names things.
func folder(path string) string {
	parts := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return strings.HasPrefix(s, "{") })
	return parts[len(parts)-1]
}

// filled is an example's value with ids of things that are there.
func (x *exampleRun) filled(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, val := range v {
			out[k] = x.filled(k, val)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, val := range v {
			out[i] = x.filled(key, val)
		}
		return out
	case string:
		if strings.HasPrefix(v, exampleID) {
			return x.idOf(strings.TrimSuffix(key, "_id"))
		}
	}
	return v
}

func (x *exampleRun) idOf(what string) string {
	other := map[string]string{"address": "addresses", "configuration": "outbound-configurations", "outbound": "outbound-configurations",
		"rule": "timeout-rules", "template": "templates"}
	for _, name := range []string{what, what + "s", other[what]} {
		if id, ok := x.ids[name]; ok {
			return id
		}
	}
	x.Errorf("no %s", what)
	return uuid.NewString()
}

func (x *exampleRun) pathOf(e example) string {
	parts := strings.Split(e.path, "/")
	for i, p := range parts {
		own, has := x.ids[e.name()]
		switch {
		case !strings.HasPrefix(p, "{"):
		case has && p == "{id}":
			parts[i] = own
		case p == "{language}":
			parts[i] = "nl"
		case p == "{id}":
			parts[i] = x.idOf(parts[i-1])
		default:
			parts[i] = x.idOf(strings.TrimSuffix(strings.Trim(p, "{}"), "_id"))
		}
	}
	return strings.Join(parts, "/")
}
