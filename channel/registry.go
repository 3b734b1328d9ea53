package channel

import (
	"fmt"
	"maps"
	"slices"
)

// A Registry holds the channels that one program serves.
type Registry struct{ byType map[string]Sender }

// NewRegistry returns a registry of the given channels. Two of one type are a
// programming error and panic.
func NewRegistry(senders ...Sender) *Registry {
	r := &Registry{byType: make(map[string]Sender, len(senders))}
	for _, p := range senders {
		if _, twice := r.byType[p.Type()]; twice {
			panic("channel: " + p.Type() + " registered twice")
		}
		r.byType[p.Type()] = p
	}
	return r
}

// Get returns the provider of a type.
func (r *Registry) Get(typ string) (Sender, error) {
	p, ok := r.byType[typ]
	if !ok {
		return nil, fmt.Errorf("provider %q is not served here", typ)
	}
	return p, nil
}

// Types lists the providers served, sorted.
func (r *Registry) Types() []string { return slices.Sorted(maps.Keys(r.byType)) }

// FieldsOf are the fields of a channel's accounts; none where it has no accounts
// that anybody connects.
func FieldsOf(s Sender) []Field {
	if c, ok := s.(Connector); ok {
		return c.Fields()
	}
	return []Field{}
}

// UniqueFields are the settings of a channel's accounts of which no two accounts
// have the same value.
func UniqueFields(s Sender) []string {
	var out []string
	for _, f := range FieldsOf(s) {
		if f.Unique {
			out = append(out, f.Name)
		}
	}
	return out
}

// ValidateFor checks an account as its channel does. An account of a channel that
// has none is an *Invalid.
func ValidateFor(s Sender, a Account) error {
	if c, ok := s.(Connector); ok {
		return c.Validate(a)
	}
	return &Invalid{Field: "provider", Reason: "is for widgets: make one with POST /v1/widgets"}
}
