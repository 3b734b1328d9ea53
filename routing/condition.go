package routing

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// Bounds of one expression. Without loops, variables and repetition an
// evaluation costs no more than its nodes, each over a text that is bounded.
const (
	maxSource    = 4000 // characters
	maxNodes     = 500
	maxPattern   = 200 // characters of a regular expression
	memoryBudget = 10_000
)

// functions are those an expression may use, besides operators. Each is cheap:
// its result is no larger than its argument.
func functions() []string {
	return []string{"len", "lower", "upper", "trim", "trimPrefix", "trimSuffix", "indexOf", "lastIndexOf", "hasPrefix", "hasSuffix",
		"abs", "ceil", "floor", "round", "min", "max"}
}

// compile type-checks an expression that must give a value of a kind: Bool,
// String or Float64.
func compile(source string, env types.Map, kind reflect.Kind) (p *vm.Program, wrong *Mistake) {
	defer func() { // the library promises nothing about hostile text
		if recover() != nil {
			p, wrong = nil, &Mistake{Line: 1, Column: 1, Reason: "The expression cannot be read."}
		}
	}()
	switch {
	case !utf8.ValidString(source) || strings.ContainsRune(source, 0):
		return nil, &Mistake{Line: 1, Column: 1, Reason: "The expression has characters that are no text."}
	case utf8.RuneCountInString(source) > maxSource:
		return nil, &Mistake{Line: 1, Column: 1, Reason: fmt.Sprintf("The expression has more than %d characters.", maxSource)}
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, mistakeOf(err)
	}
	guard := &guard{source: source}
	ast.Walk(&tree.Node, guard)
	if guard.wrong != nil {
		return nil, guard.wrong
	}
	options := []expr.Option{expr.Env(env), expr.AsKind(kind), expr.WarnOnAny(), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins()}
	for _, name := range functions() {
		options = append(options, expr.EnableBuiltin(name))
	}
	p, err = expr.Compile(source, options...)
	if err != nil {
		return nil, mistakeOf(err)
	}
	return p, nil
}

// mistakeOf turns the library's complaint into a sentence at a place.
func mistakeOf(err error) *Mistake {
	m := &Mistake{Line: 1, Column: 1}
	text := err.Error()
	var at *file.Error
	if errors.As(err, &at) {
		text = at.Message
		m.Line, m.Column = max(at.Line, 1), at.Column+1
	}
	text, _, _ = strings.Cut(text, "\n")
	if text == "" {
		text = "the expression cannot be read"
	}
	first, size := utf8.DecodeRuneInString(text)
	m.Reason = strings.ToUpper(string(first)) + strings.TrimSuffix(text[size:], ".") + "."
	return m
}

// guard refuses what an expression could be expensive with.
type guard struct {
	source string
	nodes  int
	wrong  *Mistake
}

// Visit looks at one node of an expression.
func (g *guard) Visit(node *ast.Node) {
	if g.nodes++; g.nodes > maxNodes {
		g.refuse(*node, fmt.Sprintf("The expression has more than %d parts.", maxNodes))
		return
	}
	switch n := (*node).(type) {
	case *ast.NilNode, *ast.IdentifierNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.ConstantNode,
		*ast.UnaryNode, *ast.ChainNode, *ast.MemberNode, *ast.SliceNode, *ast.ConditionalNode, *ast.ArrayNode:
	case *ast.PredicateNode, *ast.PointerNode: // stand in a loop only, which is refused by its name
	case *ast.BuiltinNode:
		g.function(n, n.Name)
	case *ast.CallNode:
		name := "A call"
		if id, ok := n.Callee.(*ast.IdentifierNode); ok {
			name = id.Value
		}
		g.function(n, name)
	case *ast.BinaryNode:
		g.operator(n)
	default:
		g.refuse(n, "Loops, variables, maps and several expressions in one are not available here.")
	}
}

func (g *guard) function(n ast.Node, name string) {
	for _, known := range functions() {
		if known == name {
			return
		}
	}
	g.refuse(n, fmt.Sprintf("%s is not available here; functions are %s.", name, strings.Join(functions(), ", ")))
}

func (g *guard) operator(n *ast.BinaryNode) {
	switch n.Operator {
	case "..":
		g.refuse(n, "Ranges are not available here; compare with >= and <=.")
	case "matches":
		pattern, ok := n.Right.(*ast.StringNode)
		if !ok {
			g.refuse(n, "The pattern of matches must be a text in quotes.")
			return
		}
		if utf8.RuneCountInString(pattern.Value) > maxPattern {
			g.refuse(n.Right, fmt.Sprintf("The pattern has more than %d characters.", maxPattern))
			return
		}
		if _, err := regexp.Compile(pattern.Value); err != nil {
			g.refuse(n.Right, "The pattern is no regular expression.")
		}
	}
}

// refuse keeps the first complaint.
func (g *guard) refuse(n ast.Node, reason string) {
	if g.wrong != nil {
		return
	}
	line, column := place(g.source, n.Location().From)
	g.wrong = &Mistake{Line: line, Column: column, Reason: reason}
}

// place is where the character at an offset stands, as editors count.
func place(source string, offset int) (line, column int) {
	line, column = 1, 1
	for _, r := range source {
		if offset--; offset < 0 {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
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
	m := mistakeOf(err)
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
