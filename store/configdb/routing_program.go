package configdb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store/pg"
)

// Compiled is what rules compile to, until they or their variables change.
type Compiled struct {
	Version int // 0: there are none, or they are not the saved ones
	vars    string
	Zone    string
	Queues  []string
	Program *routing.Program
}

func compile(m routing.Model, version int, vars routing.Variables, known string) Compiled {
	program, _ := routing.Compile(m, vars) // what is wrong with a rule by now, its decisions say
	return Compiled{Version: version, vars: known, Zone: m.Zone, Queues: m.Queues(), Program: program}
}

const selectRoutingVersion = `
SELECT COALESCE((SELECT version FROM routing_rules WHERE workstream_id = $1), 0) AS version,
       (SELECT COALESCE(jsonb_object_agg(name, type), '{}') FROM context_variable WHERE workstream_id = $1) AS vars`

// RulesFor are the rules that decide: the saved ones or those that are given.
// Rules are read and compiled once for each version of them and of their
// variables; both take much longer than deciding. Rules with mistakes fail one by
// one: they never keep a customer from being served.
func (s *Store) RulesFor(ctx context.Context, q sqlx.QueryerContext, workstream uuid.UUID, instead *routing.Model) (Compiled, error) {
	if instead != nil {
		vars, err := ReadVariables(ctx, q, workstream)
		return compile(*instead, 0, vars, ""), err
	}
	var is struct {
		Version int    `db:"version"`
		Vars    string `db:"vars"`
	}
	if err := pg.GetOne(ctx, q, &is, selectRoutingVersion, workstream); err != nil {
		return Compiled{}, fmt.Errorf("read routing rules: %w", err)
	}
	if is.Version == 0 {
		return compile(routing.Model{}, 0, nil, ""), nil
	}
	if c, ok := s.compiledAs(workstream, is.Version, is.Vars); ok {
		return c, nil
	}
	s.compiles.Lock() // one does it, whoever else needs it now waits for the outcome
	defer s.compiles.Unlock()
	if c, ok := s.compiledAs(workstream, is.Version, is.Vars); ok {
		return c, nil
	}
	rules, err := ReadRouting(ctx, q, workstream)
	if err != nil {
		return Compiled{}, err
	}
	vars := routing.Variables{}
	if err := json.Unmarshal([]byte(is.Vars), &vars); err != nil {
		return Compiled{}, fmt.Errorf("read variables: %w", err)
	}
	c := compile(rules.Rules, rules.Version, vars, is.Vars)
	s.programs.Store(workstream, c)
	return c, nil
}

func (s *Store) compiledAs(workstream uuid.UUID, version int, vars string) (Compiled, bool) {
	v, _ := s.programs.Load(workstream)
	c, ok := v.(Compiled)
	return c, ok && c.Version == version && c.vars == vars
}
