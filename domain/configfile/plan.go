package configfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Actions of a change.
const (
	Create = "create"
	Update = "change"
	Delete = "delete"
)

// Change is what happens to one thing.
type Change struct {
	Action string        `json:"action"`
	Kind   string        `json:"kind"`
	Object string        `json:"object"` // the kind for people
	Name   string        `json:"name"`
	Fields []FieldChange `json:"fields"`
}

// FieldChange is what happens to one of its fields.
type FieldChange struct {
	Field string `json:"field"`
	Old   any    `json:"old"`
	New   any    `json:"new"`
}

// What stands in place of a secret.
const (
	SecretSet     = "set"
	SecretChanged = "changed"
)

// Diff lists what makes one configuration of another, things in the order of the
// file and what is deleted at the end.
func Diff(from, to *State) []Change {
	from.Sort()
	to.Sort()
	list := []Change{}
	before, after := from.Index(), to.Index()
	for _, o := range to.Objects {
		was := before[o.ID()]
		c := Change{Action: Update, Kind: o.Kind.Name, Object: o.Kind.One, Name: o.Name, Fields: diffFields(was, o)}
		if was == nil {
			c.Action = Create
		} else if len(c.Fields) == 0 {
			continue
		}
		list = append(list, c)
	}
	for _, o := range slices.Backward(from.Objects) {
		if after[o.ID()] == nil {
			list = append(list, Change{Action: Delete, Kind: o.Kind.Name, Object: o.Kind.One, Name: o.Name, Fields: []FieldChange{}})
		}
	}
	return list
}

func diffFields(was, is *Object) []FieldChange {
	out := []FieldChange{}
	for _, f := range is.Kind.Fields {
		var a any
		if was != nil {
			a = was.Fields[f.Name]
		}
		b := is.Fields[f.Name]
		if !reflect.DeepEqual(a, b) && (was != nil || !is.Kind.IsKey(f.Name)) {
			out = append(out, split(f, a, b, was != nil)...)
		}
	}
	return out
}

// split tells what changed within texts, settings and secrets one by one.
func split(f Field, a, b any, both bool) []FieldChange {
	was, isMap := a.(map[string]any)
	is, alsoMap := b.(map[string]any)
	if f.Secret {
		return secretChanges(f, was, is)
	}
	if !both || f.Type != Map || !isMap || !alsoMap {
		return []FieldChange{{f.Name, a, b}}
	}
	all := maps.Clone(was)
	maps.Copy(all, is)
	out := []FieldChange{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !reflect.DeepEqual(was[name], is[name]) {
			out = append(out, FieldChange{f.Name + "." + name, was[name], is[name]})
		}
	}
	return out
}

// secretChanges names secrets that change, and says nothing of what they are.
func secretChanges(f Field, was, is map[string]any) []FieldChange {
	all := maps.Clone(was)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, is)
	out := []FieldChange{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		a, had := was[name]
		b, has := is[name]
		c := FieldChange{Field: f.Name + "." + name}
		switch {
		case had && has && reflect.DeepEqual(a, b):
			continue
		case had && has:
			c.Old, c.New = SecretSet, SecretChanged
		case has:
			c.New = SecretSet
		default:
			c.Old = SecretSet
		}
		out = append(out, c)
	}
	return out
}

// WithoutSecrets is a configuration as it is shown: of secrets only that they are set.
func (s *State) WithoutSecrets() *State {
	out := &State{Present: s.Present}
	for _, o := range s.Objects {
		shown := *o
		shown.Fields = maps.Clone(o.Fields)
		for _, f := range o.Kind.Fields {
			m, _ := shown.Fields[f.Name].(map[string]any)
			if !f.Secret || m == nil {
				continue
			}
			set := map[string]any{}
			for name := range m {
				set[name] = SecretSet
			}
			shown.Fields[f.Name] = set
		}
		out.Objects = append(out.Objects, &shown)
	}
	return out
}

// Hash names a plan, so that what was reviewed is what is applied.
func Hash(changes []Change) (string, error) {
	data, err := json.Marshal(changes)
	if err != nil {
		return "", fmt.Errorf("name the plan: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16]), nil
}
