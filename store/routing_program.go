package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"switchboard/routing"
)

// compiled is what rules compile to, until they or their variables change.
type compiled struct {
	version int
	vars    string
	program *routing.Program
}

// programOf compiles rules once for each version of them and of their
// variables: compiling takes much longer than deciding.
func (s *Store) programOf(ctx context.Context, q sqlx.QueryerContext, rules RoutingRules) (*routing.Program, error) {
	vars, err := readVariables(ctx, q, rules.Workstream)
	if err != nil {
		return nil, err
	}
	known, err := json.Marshal(vars)
	if err != nil {
		return nil, fmt.Errorf("read variables: %w", err)
	}
	if c, ok := s.programs.Load(rules.Workstream); ok {
		if c, ok := c.(compiled); ok && c.version == rules.Version && c.vars == string(known) {
			return c.program, nil
		}
	}
	program, _ := routing.Compile(rules.Rules, vars) // what is wrong with a rule by now, its decisions say
	s.programs.Store(rules.Workstream, compiled{rules.Version, string(known), program})
	return program, nil
}
