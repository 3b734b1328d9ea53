// Package switchboard_test holds what concerns the tree as a whole.
package switchboard_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows says what each folder may import of the product; a folder that is not
// named must not exist. Arrows run one way: the domain knows nothing of the edges.
func arrows() map[string][]string {
	return map[string][]string{
		"audience":          {"phone"},
		"phone":             {},
		"campaign":          {},
		"expression":        {},
		"trigger":           {"expression"},
		"outbound":          {"audience", "campaign", "contact", "store", "trigger", "wording"},
		"channel":           {},
		"channel/*":         {"channel", "channel/*"},
		"contact":           {"phone"},
		"conversation":      {},
		"routing":           {"conversation", "expression"},
		"hours":             {},
		"secret":            {},
		"schema":            {},
		"wording":           {},
		"files":             {"secret"},
		"workflows/message": {},
		"store":             {"schema", "channel", "contact", "phone", "conversation", "routing", "workflows/message", "wording", "hours", "campaign", "trigger"},
		"store/storetest":   {"store", "secret", "stack", "e2e/tier"},
		"ingest":            {"store", "channel", "phone"},
		"stream":            {"store"},
		"relay":             {"store", "conversation", "workflows/message"},
		"announce":          {"store", "channel/safehttp"},
		"activities":        {"store", "channel", "conversation", "workflows/message", "files", "wording", "campaign", "outbound"},
		"workflows":         {"conversation", "campaign", "workflows/message", "activities"},
		"worker":            {"workflows", "activities", "workflows/message", "store"},
		"chat":              {"contact", "store", "stream", "conversation", "hours", "channel", "channel/safehttp"},
		"api":               {"chat", "store", "channel", "channel/safehttp", "contact", "conversation", "routing", "workflows/message", "files", "secret", "ingest", "stream", "wording", "hours", "announce", "campaign", "audience", "phone", "outbound", "trigger", "web"},
		"api/*":             {"api"},
		"sandbox":           {},
		"sandbox/*":         {"sandbox"},
		"stack":             {},
		"stack/*":           {"stack"},
		"desk":              {},
		"demo":              {"desk"},
		"web":               {},
		"web/*":             {},
		"deploy":            {},
		"cmd/switchboard":   {"*"},
		"bench":             {"*"},
		"e2e":               {"*"},
		"e2e/*":             {"*"},
	}
}

func TestImports_RunOneWay(t *testing.T) {
	t.Parallel()
	rules := arrows()
	for _, p := range packages(t) {
		folder, inside := strings.CutPrefix(p.ImportPath, "switchboard/")
		if !inside {
			continue // the root holds tests only
		}
		may, known := ruleFor(rules, folder)
		if !known {
			t.Errorf("%s is not in the list of folders: say there what it may import", folder)
			continue
		}
		for _, imp := range p.Imports {
			to, ours := strings.CutPrefix(imp, "switchboard/")
			if ours && !slices.ContainsFunc(may, func(pattern string) bool { return matches(pattern, to) }) {
				t.Errorf("%s must not import %s", folder, to)
			}
		}
	}
}

// The domain is pure: besides itself it knows the standard library, and of that
// nothing that reads a clock, a file or the network. So are contacts,
// hours, wordings and the rules of campaigns. Routing has an expression language and a file format besides.
func TestImports_DomainIsPure(t *testing.T) {
	t.Parallel()
	besides := []string{"io", "github.com/expr-lang/expr", "go.yaml.in/yaml/v3"}
	for _, p := range packages(t) {
		if !slices.Contains([]string{"switchboard/conversation", "switchboard/contact", "switchboard/routing", "switchboard/expression", "switchboard/wording", "switchboard/hours", "switchboard/campaign", "switchboard/phone"}, p.ImportPath) {
			continue
		}
		for _, imp := range p.Imports {
			if p.ImportPath == "switchboard/campaign" && imp == "golang.org/x/text/unicode/norm" {
				continue // accents and widths of words
			}
			if p.ImportPath == "switchboard/phone" && slices.Contains([]string{"github.com/nyaruka/phonenumbers", "golang.org/x/text/unicode/norm"}, imp) {
				continue // tables of numbering plans and of characters
			}
			if (p.ImportPath == "switchboard/routing" || p.ImportPath == "switchboard/expression") && slices.ContainsFunc(besides, func(x string) bool { return imp == x || strings.HasPrefix(imp, x+"/") }) {
				continue
			}
			if strings.Contains(imp, ".") || slices.Contains([]string{"os", "net", "net/http", "io", "database/sql", "context", "math/rand"}, imp) {
				t.Errorf("%s imports %s", p.ImportPath, imp)
			}
		}
	}
}

func ruleFor(rules map[string][]string, folder string) ([]string, bool) {
	if may, ok := rules[folder]; ok {
		return may, true
	}
	parent, _, _ := strings.Cut(folder, "/")
	may, ok := rules[parent+"/*"]
	return may, ok && parent != folder
}

func matches(pattern, folder string) bool {
	if pattern == "*" || pattern == folder {
		return true
	}
	prefix, star := strings.CutSuffix(pattern, "/*")
	return star && strings.HasPrefix(folder, prefix+"/")
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
