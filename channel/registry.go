package channel

import (
	"fmt"
	"maps"
	"slices"
)

// A Registry holds the providers that one program serves.
type Registry struct{ byType map[string]Provider }

// NewRegistry returns a registry of the given providers. Two of one type are a
// programming error and panic.
func NewRegistry(providers ...Provider) *Registry {
	r := &Registry{byType: make(map[string]Provider, len(providers))}
	for _, p := range providers {
		if _, twice := r.byType[p.Type()]; twice {
			panic("channel: " + p.Type() + " registered twice")
		}
		r.byType[p.Type()] = p
	}
	return r
}

// Get returns the provider of a type.
func (r *Registry) Get(typ string) (Provider, error) {
	p, ok := r.byType[typ]
	if !ok {
		return nil, fmt.Errorf("provider %q is not served here", typ)
	}
	return p, nil
}

// Types lists the providers served, sorted.
func (r *Registry) Types() []string { return slices.Sorted(maps.Keys(r.byType)) }
