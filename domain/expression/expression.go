// Package expression guards the expressions that administrators write: what one may
// use is bounded so that what it costs is. It is pure.
package expression

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// Bounds of one expression. Without loops, variables and repetition an
// evaluation costs no more than its nodes, each over a text that is bounded.
const (
	maxSource  = 4000 // characters
	maxNodes   = 500
	maxPattern = 200 // characters of a regular expression
)

// Rules say what expressions may use besides operators.
type Rules struct {
	Functions []string // each cheap: its result is no larger than its argument
	Maps      bool     // written-out tables, as {"ee": "et"}[data.country]
	Matches   int      // how often one may match a pattern; 0: as often as it likes
}

// Mistake is what is wrong with an expression, at a place as editors count.
type Mistake struct {
	Line, Column int
	Reason       string
}

func (m *Mistake) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", m.Line, m.Column, m.Reason)
}

// Compile compiles an expression that keeps to the rules. Options say what it sees
// and gives.
func Compile(source string, rules Rules, options ...expr.Option) (p *vm.Program, wrong *Mistake) {
	defer func() { // the library promises nothing about hostile text
		if recover() != nil {
			p, wrong = nil, &Mistake{1, 1, "The expression cannot be read."}
		}
	}()
	switch {
	case !utf8.ValidString(source) || strings.ContainsRune(source, 0):
		return nil, &Mistake{1, 1, "The expression has characters that are no text."}
	case utf8.RuneCountInString(source) > maxSource:
		return nil, &Mistake{1, 1, fmt.Sprintf("The expression has more than %d characters.", maxSource)}
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, MistakeOf(err)
	}
	guard := &guard{source: source, rules: rules}
	ast.Walk(&tree.Node, guard)
	if guard.wrong != nil {
		return nil, guard.wrong
	}
	options = append(slices.Clone(options), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins())
	for _, name := range rules.Functions {
		options = append(options, expr.EnableBuiltin(name))
	}
	if p, err = expr.Compile(source, options...); err != nil {
		return nil, MistakeOf(err)
	}
	return p, nil
}

// MistakeOf turns the library's complaint into a sentence at a place.
func MistakeOf(err error) *Mistake {
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
	source  string
	rules   Rules
	nodes   int
	matches int
	wrong   *Mistake
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
	case *ast.MapNode, *ast.PairNode:
		if !g.rules.Maps {
			g.refuse(n, notHere)
		}
	default:
		g.refuse(n, notHere)
	}
}

const notHere = "Loops, variables, maps and several expressions in one are not available here."

func (g *guard) function(n ast.Node, name string) {
	if !slices.Contains(g.rules.Functions, name) {
		g.refuse(n, fmt.Sprintf("%s is not available here; functions are %s.", name, strings.Join(g.rules.Functions, ", ")))
	}
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
		if g.matches++; g.rules.Matches > 0 && g.matches > g.rules.Matches {
			g.refuse(n, fmt.Sprintf("The expression matches more than %d patterns.", g.rules.Matches))
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
