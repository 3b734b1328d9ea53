package api

import (
	"context"
	"time"

	"switchboard/store"
	"switchboard/store/configdb"
)

// NewWidgetCache is the cache of widgets for tests.
func NewWidgetCache(now func() time.Time) *widgetCache { return newWidgetCache(now) }

// Get looks a widget up as a request does, without a limit.
func (c *widgetCache) Get(ctx context.Context, st *store.Store, key string) (configdb.Widget, error) {
	return c.get(ctx, st, key, func() error { return nil })
}

// Len is how many keys are remembered.
func (c *widgetCache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.keys)
}

// RouteEntry is a route as tests see it.
type RouteEntry struct {
	Method, Path, Access string
	Roles                []string
}

// RouteTable is the route table for tests.
func RouteTable() []RouteEntry {
	names := map[access]string{public: "public", agents: "agent", supervisors: "supervisor", administrators: "administrator"}
	var out []RouteEntry
	for _, r := range routes() {
		out = append(out, RouteEntry{r.method, r.path, names[r.access], r.access.roles()})
	}
	return out
}

// ProblemCodes lists every code that answers may have.
func ProblemCodes() []string {
	return []string{codeMalformed, codeUnauthenticated, codeBadCredentials, codeForbidden, codeCrossSite, codeNotFound, codeMethod, codeConflict,
		codeKeyReused, codeTooLarge, codeMediaType, codeInvalid, codeTooManyTries, codeInternal, codeUnavailable}
}

// Tries are the counters of tries for tests: a limit of five, one forgiven every
// three minutes.
type Tries struct{ t *rateLimiter }

// NewTries returns none.
func NewTries(now func() time.Time) Tries { return Tries{newTries(now)} }

// Take counts a try under a key and says whether it was allowed.
func (t Tries) Take(key string) bool {
	return t.t.take([]limit{{key, pairTries, pairEvery}}) == 0
}

// Len is how many keys are counted.
func (t Tries) Len() int { return len(t.t.full) }

// TriesToKeep is how many may be.
const TriesToKeep = triesToKeep
