package store_test

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/store/storetest"
)

// Every statement of the store fits the schema: a misspelt column stops the
// build, not a customer. Statements are found in the source, so a new one is
// checked without being listed anywhere.
func TestStatements_FitTheSchema(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	all := statements(t)
	require.Greater(t, len(all), 100, "the search finds what the store says to the database")
	for where, query := range all {
		require.NoError(t, prepare(db.SQL, query), where)
	}

	// The measure works.
	require.Error(t, prepare(db.SQL, `SELECT nonsense FROM conversation WHERE id = $1`))
}

func prepare(db *sqlx.DB, query string) error {
	st, err := db.Prepare(query)
	if err != nil {
		return err
	}
	return st.Close()
}

var (
	statement = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|LOCK|ALTER|NOTIFY)\b`)
	toSQL     = regexp.MustCompile(`^((Get|Select)Context|(Named)?(Exec|Query|QueryRow|Prepare)x?(Context)?)$`)
)

// statements finds every constant that is handed to a function and reads like
// SQL, by the place where it is used.
func statements(t *testing.T) map[string]string {
	t.Helper()
	fset, info := token.NewFileSet(), &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: sources{t, fset, map[string]*types.Package{}}, Error: func(error) {}} // the strings are the product's own
	var files []*ast.File
	folders, err := filepath.Glob("*/doc.go")
	require.NoError(t, err)
	for _, doc := range append(folders, "pg/store.go") {
		folder := filepath.Dir(doc)
		in := parse(t, fset, folder)
		_, _ = conf.Check("switchboard/store/"+folder, fset, in, info)
		files = append(files, in...)
	}
	out := map[string]string{}
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				known := false
				for _, arg := range call.Args {
					place := fset.Position(arg.Pos()).String()
					if v := info.Types[arg].Value; v != nil && v.Kind() == constant.String && statement.MatchString(constant.StringVal(v)) {
						out[place], known = constant.StringVal(v), true
					} else if id, named := arg.(*ast.Ident); named && isParameter(fn, id.Name) {
						known = true // its callers are looked at
					}
				}
				if sel, method := call.Fun.(*ast.SelectorExpr); method && toSQL.MatchString(sel.Sel.Name) && !known && !onStatement(sel) {
					t.Errorf("%s: which statement is this? Make it a constant", fset.Position(call.Pos()))
				}
				return true
			})
		}
	}
	return out
}

// sources imports the product's own packages for their constants; others are
// empty, because no statement is made of theirs.
type sources struct {
	t    *testing.T
	fset *token.FileSet
	read map[string]*types.Package
}

func (s sources) Import(path string) (*types.Package, error) {
	folder, ours := strings.CutPrefix(path, "switchboard/")
	if !ours {
		p := types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
		p.MarkComplete()
		return p, nil
	}
	if p := s.read[path]; p != nil {
		return p, nil
	}
	conf := types.Config{Importer: s, Error: func(error) {}, IgnoreFuncBodies: true}
	p, _ := conf.Check(path, s.fset, parse(s.t, s.fset, "../"+folder), nil)
	p.MarkComplete()
	s.read[path] = p
	return p, nil
}

func parse(t *testing.T, fset *token.FileSet, folder string) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	var files []*ast.File
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			f, err := parser.ParseFile(fset, filepath.Join(folder, e.Name()), nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			files = append(files, f)
		}
	}
	return files
}

// isParameter: the function takes its statement from its caller.
func isParameter(fn *ast.FuncDecl, name string) bool {
	for _, p := range fn.Type.Params.List {
		for _, n := range p.Names {
			if n.Name == name && name == "query" {
				return true
			}
		}
	}
	return false
}

// onStatement: a prepared statement is run, which was found where it was prepared.
func onStatement(sel *ast.SelectorExpr) bool {
	x, ok := sel.X.(*ast.Ident)
	return ok && (x.Name == "st" || x.Name == "stmt")
}
