package permission

import (
	"slices"
)

// Set is what somebody may do. The zero Set is nothing.
type Set struct {
	has map[Permission]bool
}

// Of is the set of these permissions. Names that are not known give nothing.
func Of(names ...string) Set {
	s := Set{has: make(map[Permission]bool, len(names))}
	for _, e := range catalogue {
		if slices.Contains(names, string(e.Name)) {
			s.has[e.Name] = true
		}
	}
	return s
}

// OfRole is what a built-in role may do; of another one it is nothing.
func OfRole(role string) Set {
	s := Set{has: map[Permission]bool{}}
	for _, e := range catalogue {
		if rank(role) >= rank(e.Role) {
			s.has[e.Name] = true
		}
	}
	return s
}

// Has reports whether the set allows p.
func (s Set) Has(p Permission) bool { return s.has[p] }

// And is what both sets allow.
func (s Set) And(other Set) Set {
	out := Set{has: map[Permission]bool{}}
	for p := range s.has {
		if other.has[p] {
			out.has[p] = true
		}
	}
	return out
}

// Within is what is left of the set for somebody who is limited to queues: what
// belongs to no queue, such as campaigns, is not theirs.
func (s Set) Within() Set {
	out := Set{has: map[Permission]bool{}}
	for _, e := range catalogue {
		if s.has[e.Name] && !e.Everywhere {
			out.has[e.Name] = true
		}
	}
	return out
}

// Beyond are the names of what s allows and other does not.
func (s Set) Beyond(other Set) []string {
	return slices.DeleteFunc(s.Names(), func(name string) bool { return other.has[Permission(name)] })
}

// Names are the permissions of the set, in the order of the catalogue.
func (s Set) Names() []string {
	return slices.DeleteFunc(All(), func(name string) bool { return !s.has[Permission(name)] })
}

// MoreThan reports whether the set allows more than another. Where two roles meet the
// one that allows more is taken; of two with as many permissions the one whose least
// built-in role is higher.
func (s Set) MoreThan(other Set) bool {
	if n, m := len(s.has), len(other.has); n != m {
		return n > m
	}
	return rank(s.LeastRole()) > rank(other.LeastRole())
}

// Equal reports whether both sets allow the same.
func (s Set) Equal(other Set) bool { return slices.Equal(s.Names(), other.Names()) }

// LeastRole is the first built-in role that may do all that the set allows.
func (s Set) LeastRole() string {
	least := Agent
	for _, e := range catalogue {
		if s.has[e.Name] && rank(e.Role) > rank(least) {
			least = e.Role
		}
	}
	return least
}

// LowerRole is the one of two built-in roles that may do less. A role that is not
// known may do least of all.
func LowerRole(a, b string) string {
	if rank(b) < rank(a) {
		return b
	}
	return a
}
