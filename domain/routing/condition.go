package routing

import (
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"switchboard/domain/expression"
)

const memoryBudget = 10_000

// functions are those an expression may use, besides operators. Each is cheap:
// its result is no larger than its argument.
func functions() []string {
	return []string{"len", "lower", "upper", "trim", "trimPrefix", "trimSuffix", "indexOf", "lastIndexOf", "hasPrefix", "hasSuffix",
		"abs", "ceil", "floor", "round", "min", "max"}
}

// compile type-checks an expression that must give a value of a kind: Bool,
// String or Float64.
func compile(source string, env types.Map, kind reflect.Kind) (*vm.Program, *Mistake) {
	p, wrong := expression.Compile(source, expression.Rules{Functions: functions()}, expr.Env(env), expr.AsKind(kind), expr.WarnOnAny())
	if wrong != nil {
		return nil, mistake(wrong)
	}
	return p, nil
}

func mistake(m *expression.Mistake) *Mistake {
	return &Mistake{Line: m.Line, Column: m.Column, Reason: m.Reason}
}

// evaluate runs a program. Errors say nothing of the facts, because they hold
// what customers wrote.
func evaluate(machine *vm.VM, p *vm.Program, env map[string]any) (v any, wrong *Mistake) {
	defer func() {
		if recover() != nil {
			v, wrong = nil, &Mistake{Line: 1, Column: 1, Reason: cannotEvaluate}
		}
	}()
	v, err := machine.Run(p, env)
	if err == nil {
		return v, nil
	}
	m := mistake(expression.MistakeOf(err))
	switch {
	case strings.Contains(err.Error(), "memory budget"):
		m.Reason = "The evaluation needs more memory than a rule may use."
	case strings.Contains(err.Error(), "divide by zero"):
		m.Reason = "The expression divides by zero."
	default:
		m.Reason = cannotEvaluate
	}
	return nil, m
}

const cannotEvaluate = "The expression cannot be evaluated with these facts."
