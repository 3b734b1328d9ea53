package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/attachment"
	"switchboard/channel"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/identitydb"
	"switchboard/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// bench is the API on a database of its own, with one person of each role.
type bench struct {
	*testing.T
	db        *storetest.DB
	cfg       api.Config
	site      storetest.Site
	e         *echo.Echo
	flows     *flows
	provider  *provider
	files     *attachment.Files
	log       *lockedBuffer
	changed   *changes
	contract  *openapi3.T
	router    routers.Router
	clock     *clock
	adminID   uuid.UUID
	superID   uuid.UUID
	admin     string // tokens
	super     string
	agents    []uuid.UUID
	agent     string // of agents[0]
	colleague string // of agents[1]
}

const publicURL = "https://desk.example"

func setup(t *testing.T, adjust ...func(*api.Config)) *bench {
	t.Helper()
	t.Parallel()
	return setupOn(t, storetest.New(t), adjust...)
}

func setupOn(t *testing.T, db *storetest.DB, adjust ...func(*api.Config)) *bench {
	t.Helper()
	b := &bench{T: t, db: db, site: db.Site(t), provider: &provider{}, log: &lockedBuffer{}, changed: &changes{}, clock: &clock{}}
	b.agents = db.Agents(t, &b.site, 2, 3)
	b.flows = &flows{store: db.Store}
	folder, err := attachment.FolderURL(filepath.Join(t.TempDir(), "attachments"))
	require.NoError(t, err)
	b.files, err = attachment.Open(t.Context(), folder, publicURL, bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	cfg := api.Config{Store: db.Store, Workflows: b.flows, Ringer: b.flows, Providers: channel.NewRegistry(b.provider), Files: b.files,
		PublicURL: publicURL, Log: slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		CapacityChanged: b.changed.add, Now: b.clock.now, UploadLimit: 100_000, Location: time.UTC,
		PrivateHosts: []string{"127.0.0.1", "10.0.0.7:8080"}}
	for _, f := range adjust {
		f(&cfg)
	}
	b.cfg = cfg
	b.e, err = api.New(cfg)
	require.NoError(t, err)
	b.contract, err = api.Contract()
	require.NoError(t, err)
	b.router, err = contractRouter()
	require.NoError(t, err)
	b.adminID, b.admin = b.person(configdb.RoleAdministrator)
	b.superID, b.super = b.person(configdb.RoleSupervisor)
	b.agent, b.colleague = b.token(b.agents[0]), b.token(b.agents[1])
	return b
}

func (b *bench) person(role string) (uuid.UUID, string) {
	b.Helper()
	a, err := b.db.Admin.CreateAgent(b.Context(), auditdb.Actor{}, admindb.NewAgent{Name: "A " + role, Email: uuid.NewString() + "@example.com", Role: role, Capacity: 3})
	require.NoError(b, err)
	return a.ID, b.token(a.ID)
}

func (b *bench) token(agent uuid.UUID) string {
	b.Helper()
	token := secret.NewToken()
	_, err := b.db.Identity.OpenSession(b.Context(), identitydb.Origin{}, secret.HashToken(token), agent)
	require.NoError(b, err)
	return token
}

// waiting is one conversation that waits in the site's queue and wrote once.
func (b *bench) waiting() uuid.UUID {
	b.Helper()
	id := b.db.Waiting(b, b.site, 1)[0]
	b.db.SQL.MustExec(`UPDATE conversation SET last_seq = 1, inbound_seq = 1, last_inbound_at = now() WHERE id = $1`, id)
	b.db.SQL.MustExec(`INSERT INTO message (conversation_id, seq, account_id, direction, type, text) VALUES ($1, 1, $2, 'in', 'text', 'Hello?')`, id, b.site.Account)
	return id
}

// active is one that the first agent has.
func (b *bench) active() uuid.UUID {
	b.Helper()
	id := b.waiting()
	b.post("/v1/conversations/"+id.String()+"/pick", b.agent, nil).is(200)
	return id
}

// closedHours are operating hours that open in a week: closed at whatever time a
// test runs.
func (b *bench) closedHours() string {
	b.Helper()
	day := time.Now().UTC().AddDate(0, 0, 7)
	span := obj{"weekdays": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, "start": "09:00", "end": "17:00", "from": day.Format(time.DateOnly)}
	body := obj{"name": "Opens next week", "time_zone": "UTC", "calendar": obj{"events": []obj{span}}}
	return b.post("/v1/operating-hours", b.admin, body).is(201).str("id")
}

// contractRouter finds a request's operation in the contract; all tests share it.
var contractRouter = sync.OnceValues(func() (routers.Router, error) {
	doc, err := api.Contract()
	if err != nil {
		return nil, err
	}
	return legacy.NewRouter(doc)
})

type answer struct {
	*httptest.ResponseRecorder
	t *testing.T
}

func (a answer) is(status int) answer {
	a.t.Helper()
	require.Equal(a.t, status, a.Code, a.Body.String())
	return a
}

// problem checks a refusal by its status and code.
func (a answer) problem(status int, code string) answer {
	a.t.Helper()
	a.is(status)
	require.Equal(a.t, "application/problem+json", a.Header().Get("Content-Type"))
	require.Equal(a.t, code, a.get("code"), a.Body.String())
	return a
}

func (a answer) into(v any) {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal(a.Body.Bytes(), v), a.Body.String())
}

// get reads one value by its path: "offer.id", "items.0.text".
func (a answer) get(path string) any {
	a.t.Helper()
	var v any
	a.into(&v)
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			var ok bool
			v, ok = x[part]
			require.True(a.t, ok, "%s in %s", path, a.Body.String())
		case []any:
			require.Len(a.t, part, 1)
			i := int(part[0] - '0')
			require.Less(a.t, i, len(x), "%s in %s", path, a.Body.String())
			v = x[i]
		default:
			require.Fail(a.t, "no "+path+" in "+a.Body.String())
		}
	}
	return v
}

func (a answer) str(path string) string {
	a.t.Helper()
	s, ok := a.get(path).(string)
	require.True(a.t, ok, "%s in %s", path, a.Body.String())
	return s
}

// send performs a request and holds the answer against the contract.
func (b *bench) send(r *http.Request) answer {
	b.Helper()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	w := httptest.NewRecorder()
	b.e.ServeHTTP(w, r)
	b.holdAgainstContract(r, body, w)
	return answer{w, b.T}
}

func (b *bench) holdAgainstContract(r *http.Request, body []byte, w *httptest.ResponseRecorder) {
	b.Helper()
	asked := r.Clone(b.Context())
	asked.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := b.router.FindRoute(asked)
	if err != nil {
		require.Contains(b, []int{404, 405}, w.Code, "%s %s is not in the contract", r.Method, r.URL.Path)
		return
	}
	isJSON := strings.Contains(w.Header().Get("Content-Type"), "json")
	in := &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route, Options: &openapi3filter.Options{
		IncludeResponseStatus: true, ExcludeResponseBody: !isJSON, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if w.Code < 300 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		require.NoError(b, openapi3filter.ValidateRequest(b.Context(), in), "request against the contract: %s %s", r.Method, r.URL.Path)
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: w.Code, Header: w.Header(), Options: in.Options}
	out.SetBodyBytes(w.Body.Bytes())
	require.NoError(b, openapi3filter.ValidateResponse(b.Context(), out), "answer against the contract: %s %s %s", r.Method, r.URL.Path, w.Body.String())
}

func (b *bench) request(method, path, token string, body any) *http.Request {
	b.Helper()
	var rd io.Reader
	switch v := body.(type) {
	case nil:
	case string:
		rd = strings.NewReader(v)
	default:
		data, err := json.Marshal(v)
		require.NoError(b, err)
		rd = bytes.NewReader(data)
	}
	r := httptest.NewRequestWithContext(b.Context(), method, path, rd)
	if rd != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

func (b *bench) get(path, token string) answer {
	b.Helper()
	return b.send(b.request("GET", path, token, nil))
}

func (b *bench) post(path, token string, body any) answer {
	b.Helper()
	return b.send(b.request("POST", path, token, body))
}

func (b *bench) patch(path, token string, body any) answer {
	b.Helper()
	return b.send(b.request("PATCH", path, token, body))
}

func (b *bench) put(path, token string, body any) answer {
	b.Helper()
	return b.send(b.request("PUT", path, token, body))
}

func (b *bench) del(path, token string) answer {
	b.Helper()
	return b.send(b.request("DELETE", path, token, nil))
}

func (b *bench) count(query string, args ...any) int {
	b.Helper()
	var n int
	require.NoError(b, b.db.SQL.Get(&n, query, args...))
	return n
}

type obj = map[string]any

// lockedBuffer is the log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// changes are the calls of the capacity hook.
type changes struct {
	mu  sync.Mutex
	ids []uuid.UUID
}

func (c *changes) add(_ context.Context, id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids = append(c.ids, id)
}

func (c *changes) take() []uuid.UUID {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := c.ids
	c.ids = nil
	return ids
}

// clock is the time with an offset, or one that stands still between forwards.
type clock struct {
	mu    sync.Mutex
	add   time.Duration
	still time.Time
}

// stop has the clock stand still: however slow the machine is, no time passes.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.still = time.Now()
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.still.IsZero() {
		return c.still.Add(c.add)
	}
	return time.Now().Add(c.add)
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add += d
}
