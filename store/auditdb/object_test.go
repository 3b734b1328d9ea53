package auditdb

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every object that has a name is in the list that the filter takes.
func TestAuditTypes_AreAll(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "audit.go", nil, 0)
	require.NoError(t, err)
	named := []string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Audit") && len(spec.Values) == 1 {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			named = append(named, value)
		}
		return true
	})
	slices.Sort(named)
	require.NotEmpty(t, named)
	require.Equal(t, named, AuditTypes())
}
