package routing

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/vm"
)

// State is what a decision depends on besides rules and facts.
type State struct {
	Conversation string           // its id, which decides about shares
	Now          time.Time        // when it is decided
	Live         bool             // a live chat does not wait for opening
	Queues       map[string]Queue // all that exist
	Default      string           // the queue of a workstream without routing rules
	NoMembers    bool             // that queue has none
	Fallback     string           // that of a workstream whose rules name none
}

// Queue is how a queue is doing.
type Queue struct {
	Overflowing  bool       // whatever its rules say: of a simulation
	FreeIn       int        // seconds until it takes conversations again; 0: not known
	Closed       Closing    // who is closed, the queue or our address
	OpensAt      *time.Time // when both are open; nil: not known
	Waiting      int        // conversations in it
	LongestWait  int        // seconds
	ExpectedWait int        // seconds; 0: not known
	Overflow     []Overflow
}

// Decision is where a conversation goes, what it was classified as, and why.
type Decision struct {
	Priority        *int           `json:"priority"` // null: no rule set it
	CapacityProfile *string        `json:"capacity_profile"`
	Skills          map[string]int `json:"skills"` // ratings by skill
	Context         map[string]any `json:"context"`
	Queue           string         `json:"queue"`
	Outcome         Outcome        `json:"outcome"`
	Until           *time.Time     `json:"until"` // of Held: when it opens; null: not within five years
	After           int            `json:"after"` // of Later: seconds
	Reason          Reason         `json:"reason"`
	Rule            string         `json:"rule"` // that chose the queue; '': none did
	Explanation     string         `json:"explanation"`
	Rulesets        []RulesetTrace `json:"rulesets"`
	Refused         []Refusal      `json:"refused"`
	Overflow        []Checked      `json:"overflow"` // what held before the queue, in order
	Failed          []Failure      `json:"failed"`   // rules of the route
	Tried           int            `json:"tried"`    // rules of the route that were looked at

	fallback string
}

func newDecision() Decision {
	return Decision{Skills: map[string]int{}, Context: map[string]any{}, Rulesets: []RulesetTrace{}, Refused: []Refusal{}, Overflow: []Checked{}, Failed: []Failure{}}
}

// RulesetTrace is what one ruleset did.
type RulesetTrace struct {
	Name   string         `json:"name"`
	Rule   string         `json:"rule"` // that fired; '': none did
	Set    map[string]any `json:"set"`
	Failed []Failure      `json:"failed"`
	Tried  int            `json:"tried"`
}

// Failure is a rule that could not be evaluated, and was passed over.
type Failure struct {
	Rule   string `json:"rule"`
	Output string `json:"output"` // that it could not set; '': its condition failed
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Reason string `json:"reason"`
}

// Refusal is a queue that a rule chose and that does not take the conversation.
type Refusal struct {
	Rule   string        `json:"rule"`
	Queue  string        `json:"queue"`
	Reason RefusalReason `json:"reason"`
	When   Condition     `json:"when,omitempty"`  // of Overflowing: the rule of the queue that held
	Limit  int           `json:"limit,omitempty"` //
	Value  int           `json:"value,omitempty"` // what was measured
	FreeIn int           `json:"free_in"`         // seconds; 0: not known
}

// RefusalReason is why a queue was refused.
type RefusalReason string

// Reasons to refuse a queue.
const (
	Overflowing RefusalReason = "overflowing"
	NoQueue     RefusalReason = "no_queue"
)

// Reason is why a queue was chosen.
type Reason string

// Reasons for a queue.
const (
	Matched    Reason = "matched"     // by the first rule whose queue takes it
	FreesFirst Reason = "frees_first" // all that matched overflow
	AllFull    Reason = "all_full"    // and it is not known which is free first
	NoMatch    Reason = "no_match"
	RuleErrors Reason = "rule_errors" // nothing matched, and not all rules could be evaluated
	NoRules    Reason = "no_rules"
	NoMembers  Reason = "no_members" // no rules, and nobody is in the workstream's queue
	TooLong    Reason = "waited_too_long"
	CameBack   Reason = "came_back" // from an agent, or from having been held
	Moved      Reason = "moved"     // by a person
)

// Decide decides. It never fails: what goes wrong is in the decision.
func (p *Program) Decide(e Env, s State) Decision {
	d := newDecision()
	r := run{vars: p.vars, env: e.values(p.vars), machine: vm.VM{MemoryBudget: memoryBudget}}
	for _, set := range p.rulesets {
		d.Rulesets = append(d.Rulesets, r.classify(set, &d))
	}
	r.route(p, s, &d)
	s.check(&d, d.ignores())
	d.fallback = ""
	return d
}

// ignores says that the queue is the last resort, which overflow rules do not
// keep from taking a conversation.
func (d Decision) ignores() bool {
	switch d.Reason {
	case NoMatch, RuleErrors, NoMembers:
		return true
	case AllFull:
		return d.Queue == d.fallback
	case Matched, FreesFirst, NoRules, TooLong, CameBack, Moved:
	}
	return false
}

// Decide compiles and decides, for one decision.
func Decide(m Model, vars Variables, e Env, s State) Decision {
	p, _ := Compile(m, vars)
	return p.Decide(e, s)
}

type run struct {
	vars    Variables
	env     map[string]any
	machine vm.VM
}

func (r *run) holds(c condition) (bool, *Mistake) {
	switch {
	case c.always:
		return true, nil
	case c.wrong != nil:
		return false, c.wrong
	}
	v, wrong := evaluate(&r.machine, c.run, r.env)
	if wrong != nil {
		return false, wrong
	}
	yes, ok := v.(bool)
	if !ok {
		return false, &Mistake{Line: 1, Column: 1, Reason: cannotEvaluate}
	}
	return yes, nil
}

func failure(rule, output string, m *Mistake) Failure {
	return Failure{Rule: rule, Output: output, Line: m.Line, Column: m.Column, Reason: m.Reason}
}

// classify lets the first rule fire that matches. One of which an output cannot
// be computed sets nothing at all and is passed over.
func (r *run) classify(set rulesetProgram, d *Decision) RulesetTrace {
	t := RulesetTrace{Name: set.name, Set: map[string]any{}, Failed: []Failure{}}
	for _, rule := range set.rules {
		t.Tried++
		yes, wrong := r.holds(rule.when)
		if wrong != nil {
			t.Failed = append(t.Failed, failure(rule.name, "", wrong))
			continue
		}
		if !yes {
			continue
		}
		values, failed := r.outputs(rule)
		if failed != nil {
			t.Failed = append(t.Failed, *failed)
			continue
		}
		for i, s := range rule.sets {
			r.apply(s.output, values[i], d)
			t.Set[s.key] = values[i]
		}
		t.Rule = rule.name
		return t
	}
	return t
}

func (r *run) outputs(rule ruleProgram) ([]any, *Failure) {
	values := make([]any, len(rule.sets))
	for i, s := range rule.sets {
		wrong := s.wrong
		values[i] = s.constant
		if wrong == nil && s.run != nil {
			var v any
			if v, wrong = evaluate(&r.machine, s.run, r.env); wrong == nil {
				var err error
				if values[i], err = s.accept(v); err != nil {
					wrong = &Mistake{Line: 1, Column: 1, Reason: err.Error()}
				}
			}
		}
		if wrong != nil {
			f := failure(rule.name, s.key, wrong)
			return nil, &f
		}
	}
	return values, nil
}

// isText tells outputs that are text from numbers.
func (o output) isText(vars Variables) bool {
	return o.kind == outProfile || o.kind == outContext && vars[o.name] == Text
}

// accept holds a value against what the output can be. Whole outputs are ints.
func (o output) accept(v any) (any, error) {
	switch x := v.(type) {
	case string:
		most := MaxVariableValue
		if o.kind == outProfile {
			most = maxName
		}
		if utf8.RuneCountInString(x) > most {
			return nil, fmt.Errorf("must have at most %d characters", most)
		}
		return x, nil
	case float64:
		most := float64(MaxPriority)
		switch o.kind {
		case outContext:
			if !finite(x) {
				return nil, errors.New("must be a finite number")
			}
			return x, nil
		case outSkill:
			most = MaxRating
		}
		if x != math.Trunc(x) || x < 0 || x > most {
			return nil, fmt.Errorf("must be a whole number between 0 and %d", int(most))
		}
		return int(x), nil
	}
	return nil, errors.New("must be a text or a number")
}

// apply makes an output visible to later rulesets and in the decision.
func (r *run) apply(o output, v any, d *Decision) {
	switch x := v.(type) {
	case int:
		if o.kind == outSkill {
			d.Skills[o.name] = x
			r.env["skills"] = d.Skills
			return
		}
		d.Priority = &x
		r.env["priority"] = x
	case string:
		if o.kind == outProfile {
			d.CapacityProfile = &x
			r.env["capacity_profile"] = x
			return
		}
		r.setContext(o.name, x, d)
	default:
		r.setContext(o.name, v, d)
	}
}

func (r *run) setContext(name string, v any, d *Decision) {
	d.Context[name] = v
	if context, ok := r.env["context"].(map[string]any); ok {
		context = maps.Clone(context)
		context[name] = typed(v, r.vars[name])
		r.env["context"] = context
	}
}

// route chooses the queue: of the first rule that matches and whose queue takes
// conversations.
func (r *run) route(p *Program, s State, d *Decision) {
	d.fallback = p.fallback
	if _, exists := s.Queues[p.fallback]; !exists {
		d.fallback = s.Fallback
	}
	for _, rule := range p.route {
		d.Tried++
		yes, wrong := r.holds(rule.when)
		if wrong != nil {
			d.Failed = append(d.Failed, failure(rule.name, "", wrong))
			continue
		}
		if !yes {
			continue
		}
		queue := choose(rule, s.Conversation)
		q, exists := s.Queues[queue]
		full := q.overflow(queue, s.Live)
		switch {
		case !exists:
			d.Refused = append(d.Refused, Refusal{Rule: rule.name, Queue: queue, Reason: NoQueue})
		case q.Overflowing:
			d.Refused = append(d.Refused, Refusal{Rule: rule.name, Queue: queue, Reason: Overflowing, FreeIn: q.FreeIn})
		case full.refuses():
			d.Refused = append(d.Refused, Refusal{Rule: rule.name, Queue: queue, Reason: Overflowing, When: full.When, Limit: full.Limit,
				Value: full.Value, FreeIn: q.free(s.Now)})
		default:
			d.Queue, d.Reason, d.Rule = queue, Matched, rule.name
			d.Explanation = fmt.Sprintf("Rule %q is the first that matches and whose queue takes conversations.", rule.name)
			return
		}
	}
	if len(p.route) == 0 && p.fallback == "" {
		d.Queue, d.Reason, d.Explanation = s.Default, NoRules, "The workstream has no routing rules: its own queue takes the conversation."
		if s.NoMembers {
			d.Queue, d.Reason, d.Explanation = s.Fallback, NoMembers, "The workstream has no routing rules and its own queue no members: the fallback queue takes the conversation."
		}
		return
	}
	fall(d)
}

// fall decides where a conversation goes that no rule found a queue for: to the
// one that is free first; if that is not known, what the first of them says is
// done about its overflow; else to the fallback queue, which takes it in any case.
func fall(d *Decision) {
	var first, known *Refusal
	for i, f := range d.Refused {
		if f.Reason != Overflowing {
			continue
		}
		if first == nil {
			first = &d.Refused[i]
		}
		if f.FreeIn > 0 && (known == nil || f.FreeIn < known.FreeIn) {
			known = &d.Refused[i]
		}
	}
	d.Queue = d.fallback
	switch {
	case known != nil:
		d.Queue, d.Reason, d.Rule = known.Queue, FreesFirst, known.Rule
		d.Explanation = "All queues that rules chose overflow: this one is free first."
	case first != nil && first.When != "":
		d.Queue, d.Reason, d.Rule = first.Queue, AllFull, first.Rule
		d.Explanation = "All queues that rules chose overflow, and it is not known which is free first: the first of them says what happens."
	case first != nil:
		d.Reason, d.Explanation = AllFull, "All queues that rules chose overflow, and it is not known which is free first: the fallback queue takes the conversation."
	case len(d.Failed) > 0:
		d.Reason, d.Explanation = RuleErrors, "No rule found a queue, and some could not be evaluated: the fallback queue takes the conversation."
	default:
		d.Reason, d.Explanation = NoMatch, "No rule found a queue: the fallback queue takes the conversation."
	}
}

// choose picks a rule's queue by the conversation's id: the same id gets the
// same queue, and many ids are spread as the shares say. The rule's name goes
// into it, so that who has the first share of one rule has not that of all.
func choose(rule routeProgram, conversation string) string {
	sum := sha256.Sum256([]byte(rule.name + "\x00" + conversation))
	at := int(binary.BigEndian.Uint64(sum[:8]) % 100)
	for _, s := range rule.shares {
		if at -= s.Percent; at < 0 {
			return s.Queue
		}
	}
	if len(rule.shares) == 0 {
		return ""
	}
	return rule.shares[len(rule.shares)-1].Queue
}
