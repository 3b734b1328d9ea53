package switchboard_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// longOnly are packages whose tests are all of the long form, make test/faults.
var longOnly = []string{"test/e2e/soak"}

// A package that no list of the Makefile names is never tested before a change lands.
func TestMakefile_RunsEveryPackageBeforeAChangeLands(t *testing.T) {
	t.Parallel()
	if _, err := os.ReadFile("Makefile"); err != nil { // so that a change of it is no cached pass
		t.Fatal(err)
	}
	plan, err := exec.CommandContext(t.Context(), "make", "-n", "race/short", "test/rest").CombinedOutput()
	if err != nil {
		t.Fatalf("make -n: %v: %s", err, plan)
	}
	var run []string
	for word := range strings.FieldsSeq(string(plan)) {
		run = append(run, strings.TrimPrefix(strings.TrimPrefix(word, "./"), "switchboard/"))
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}", "./...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	tested := strings.Fields(string(out))
	if len(tested) < 50 {
		t.Fatalf("only %d packages have tests", len(tested))
	}
	for _, p := range tested {
		name := strings.TrimPrefix(p, "switchboard/")
		named := slices.ContainsFunc(run, func(word string) bool {
			parent, whole := strings.CutSuffix(word, "/...")
			return word == name || whole && strings.HasPrefix(name, parent+"/")
		})
		if !named && !slices.Contains(longOnly, name) {
			t.Errorf("neither make race/short nor make test/rest runs %s: add it to a list of the Makefile", p)
		}
	}
}
