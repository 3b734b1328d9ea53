package core

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"sync"
	"time"

	"switchboard/store"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// WidgetKeyForm is what keys of widgets look like; they stand in addresses.
var WidgetKeyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{4,64}$`)

// WidgetCache remembers widgets by key for a moment, and that there is none.
type WidgetCache struct {
	mu   sync.Mutex
	now  func() time.Time
	keys map[string]cachedWidget

	swept time.Time // when what is old was dropped last
}

type cachedWidget struct {
	widget configdb.Widget
	err    error
	at     time.Time
}

// maxWidgets is how many keys are remembered, of widgets and of none.
const maxWidgets = 1000

// NewWidgetCache returns an empty one that goes by the clock now.
func NewWidgetCache(now func() time.Time) *WidgetCache {
	return &WidgetCache{now: now, keys: map[string]cachedWidget{}}
}

// Get returns a widget or ErrNotFound. What cannot be a key is asked of nobody,
// and allow is asked before the database is.
func (c *WidgetCache) Get(ctx context.Context, st *store.Store, key string, allow func() error) (configdb.Widget, error) {
	if !WidgetKeyForm.MatchString(key) {
		return configdb.Widget{}, pg.ErrNotFound
	}
	now := c.now()
	c.mu.Lock()
	hit, known := c.keys[key]
	c.mu.Unlock()
	if known && now.Sub(hit.at) < cacheFor {
		return hit.widget, hit.err
	}
	if !known || hit.err != nil { // a widget is looked up again however much else is asked for
		if err := allow(); err != nil {
			return configdb.Widget{}, err
		}
	}
	w, err := st.Admin.WidgetByKey(ctx, key)
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return w, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.makeRoom(now)
	c.keys[key] = cachedWidget{w, err, now}
	return w, err
}

// makeRoom drops keys that are none after a while, and before those of widgets.
func (c *WidgetCache) makeRoom(now time.Time) {
	if now.Sub(c.swept) >= cacheFor {
		c.swept = now
		maps.DeleteFunc(c.keys, func(_ string, k cachedWidget) bool { return k.err != nil && now.Sub(k.at) >= cacheFor })
	}
	if len(c.keys) >= maxWidgets {
		maps.DeleteFunc(c.keys, func(_ string, k cachedWidget) bool { return k.err != nil })
	}
	if len(c.keys) >= maxWidgets {
		clear(c.keys)
	}
}

// Forget has all widgets looked up again: one, or a workstream, changed.
func (c *WidgetCache) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.keys, func(_ string, k cachedWidget) bool { return k.err != nil })
	for key, k := range c.keys {
		k.at = time.Time{}
		c.keys[key] = k
	}
}
