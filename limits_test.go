package switchboard_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"strings"
	"testing"
)

// A limit of a test that is written as so many seconds ends it on a busy machine.
// Limits are tier.Patience(…), which grows with how slow the machine is.
func TestLimits_GrowWithTheMachine(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard", "*_test.go").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	files := strings.Fields(string(out))
	if len(files) < 200 {
		t.Fatalf("only %d files of tests", len(files))
	}
	waits := 0
	for _, name := range files {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range limitsOf(f) {
			waits++
			if l.bare {
				t.Errorf("%s: use tier.Patience for the limit", fset.Position(l.at))
			}
		}
	}
	if waits < 50 {
		t.Errorf("only %d limits were found", waits)
	}
}

// The measure works.
func TestLimits_AreRecognised(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]bool{
		`require.Eventually(t, f, time.Minute, time.Millisecond)`:                            {true},
		`assert.Eventually(t, f, 2*time.Second, time.Millisecond)`:                           {true},
		`require.Eventually(t, f, long, time.Millisecond)`:                                   {true},
		`require.Eventually(t, f, tier.Patience(time.Minute), time.Millisecond)`:             {false},
		`ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)`:                      {true},
		`ctx, stop := context.WithTimeout(t.Context(), patience)`:                            {false},
		`ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)`:                {false}, // shall pass
		`select { case <-c: case <-time.After(time.Minute): t.Fatal("late") }`:               {true},
		`select { case <-c: case <-time.After(time.Minute): require.Fail(t, "late") }`:       {true},
		`select { case <-c: case <-time.After(tier.Patience(time.Minute)): t.Fatal("late")}`: {false},
		`select { case <-c: case <-time.After(2 * time.Second): }`:                           {}, // lasts as long
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nconst long = time.Minute\nfunc x() {\n"+body+"\n}", parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		found := limitsOf(f)
		if len(found) != len(want) || len(want) > 0 && found[0].bare != want[0] {
			t.Errorf("%s: found %v, want %v", body, found, want)
		}
	}
}

// limit is how long something is waited for at most.
type limit struct {
	at   token.Pos
	bare bool
}

// limitsOf finds the limits of conditions and contexts, and of waits that fail.
func limitsOf(f *ast.File) (found []limit) {
	values := constants(f)
	add := func(e ast.Expr) { found = append(found, limit{e.Pos(), seconds(e, values)}) }
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch name := called(n); {
			case strings.HasSuffix(name, ".Eventually") && len(n.Args) > 2:
				add(n.Args[2])
			case name == "context.WithTimeout" && len(n.Args) > 1:
				add(n.Args[1])
			}
		case *ast.CommClause:
			if after := timer(n.Comm); after != nil && fails(n.Body) {
				add(after)
			}
		}
		return true
	})
	return found
}

// constants are the file's own names of constant expressions.
func constants(f *ast.File) map[string]ast.Expr {
	values := map[string]ast.Expr{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.ValueSpec); ok && len(s.Names) == len(s.Values) {
			for i, name := range s.Names {
				values[name.Name] = s.Values[i]
			}
		}
		return true
	})
	return values
}

// called names a function as it is written: package or variable, and function.
func called(call *ast.CallExpr) string {
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name + "." + s.Sel.Name
		}
	}
	return ""
}

// timer is the duration of a clause that receives from time.After.
func timer(comm ast.Stmt) ast.Expr {
	s, ok := comm.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	if receive, ok := s.X.(*ast.UnaryExpr); ok {
		if call, ok := receive.X.(*ast.CallExpr); ok && called(call) == "time.After" {
			return call.Args[0]
		}
	}
	return nil
}

// fails says whether statements fail the test.
func fails(body []ast.Stmt) (yes bool) {
	for _, s := range body {
		ast.Inspect(s, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				_, name, _ := strings.Cut(called(call), ".")
				yes = yes || strings.HasPrefix(name, "Fail") || strings.HasPrefix(name, "Fatal") || strings.HasPrefix(name, "Error")
			}
			return true
		})
	}
	return yes
}

// seconds says whether a duration is so many seconds or minutes, whatever
// the machine is like.
func seconds(e ast.Expr, values map[string]ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return seconds(e.X, values)
	case *ast.BinaryExpr:
		return seconds(e.X, values) || seconds(e.Y, values)
	case *ast.Ident:
		value, known := values[e.Name]
		return known && seconds(value, nil)
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		return ok && x.Name == "time" && (e.Sel.Name == "Second" || e.Sel.Name == "Minute")
	}
	return false
}
