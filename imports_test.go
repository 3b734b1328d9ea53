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
		"domain/*":           {"domain/*"},
		"channel":            {},
		"channel/*":          {"channel", "channel/*"},
		"secret":             {},
		"schema":             {},
		"attachment":         {"secret"},
		"workflows/contract": {},
		"store":              {"store/*"},
		"store/*":            {"schema", "channel", "domain/*", "workflows/contract", "store/*"},
		"store/storetest":    {"store", "store/*", "secret", "dev/stack", "test/tier"},
		"outreach":           {"domain/*", "store", "store/*"},
		"ingest":             {"store", "store/*", "channel", "domain/phone"},
		"relay":              {"store", "store/*", "domain/conversation", "workflows/contract"},
		"mailer":             {"secret", "store/*"},
		"webhook":            {"store", "store/*", "channel/safehttp"},
		"activities":         {"store", "store/*", "channel", "domain/*", "workflows/contract", "attachment", "outreach"},
		"workflows":          {"domain/*", "workflows/contract", "activities"},
		"worker":             {"workflows", "activities", "workflows/contract", "store", "store/*"},
		"live/agentstream":   {"domain/permission", "store", "store/*"},
		"live/visitorchat":   {"domain/*", "store", "store/*", "live/agentstream", "channel", "channel/safehttp"},
		"api/httpx":          {"domain/*", "store/*", "channel", "channel/safehttp", "attachment"},
		"api/core": {"api/httpx", "domain/*", "store", "store/*", "channel", "channel/safehttp", "workflows/contract", "attachment", "secret",
			"live/visitorchat", "webhook"},
		"api/session":           handlers("secret"),
		"api/sso":               handlers("secret", "channel/safehttp"),
		"api/agent":             handlers("channel", "workflows/contract", "attachment", "secret", "live/agentstream", "webhook"),
		"api/admin":             handlers("secret"),
		"api/integration":       handlers("channel", "secret", "live/visitorchat", "webhook"),
		"api/templates":         handlers("channel"),
		"api/configfile":        handlers("channel", "secret", "store"),
		"api/outbound":          handlers("channel", "workflows/contract", "secret", "webhook", "outreach"),
		"api/visitor":           handlers("channel", "workflows/contract", "attachment", "secret", "live/*"),
		"api":                   {"api/*", "channel", "ingest", "web"},
		"api/apiclient":         {},
		"web":                   {},
		"web/*":                 {},
		"deploy":                {},
		"dev/sandbox":           {"dev/sandbox/*"},
		"dev/sandbox/core":      {},
		"dev/sandbox/line":      {"dev/sandbox/core"},
		"dev/sandbox/twilio":    {"dev/sandbox/core"},
		"dev/sandbox/meta":      {"dev/sandbox/core"},
		"dev/sandbox/instagram": {"dev/sandbox/core", "dev/sandbox/meta"},
		"dev/sandbox/wechat":    {"dev/sandbox/core"},
		"dev/sandbox/messenger": {"dev/sandbox/core", "dev/sandbox/meta"},
		"dev/sandbox/whatsapp":  {"dev/sandbox/core", "dev/sandbox/meta"},
		"dev/stack":             {"schema/namespace"},
		"dev/demo":              {"api/apiclient"},
		"schema/namespace":      {},
		"cmd/*":                 {"*"},
		"bench":                 {"*"},
		"test/*":                {"*"},
		"api/labels":            handlers(),
		"api/supervise":         handlers(),
		"api/scim":              handlers(),
	}
}

// handlers is what a package of the API's handlers may import: what all of them
// share, besides what it needs for itself, and none of the others.
func handlers(besides ...string) []string {
	return append([]string{"api/core", "api/httpx", "domain/*", "store/*"}, besides...)
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

// besides is what packages of the domain use besides the standard library and
// each other: tables of characters and numbering plans, a language, a file format.
func besides() map[string][]string {
	return map[string][]string{
		"campaign":   {"golang.org/x/text/unicode/norm"},
		"phone":      {"golang.org/x/text/unicode/norm", "github.com/nyaruka/phonenumbers"},
		"recipient":  {"golang.org/x/text/encoding", "io"},
		"trigger":    {"github.com/expr-lang/expr", "context"},
		"routing":    {"github.com/expr-lang/expr", "go.yaml.in/yaml/v3", "io"},
		"expression": {"github.com/expr-lang/expr"},
		"configfile": {"go.yaml.in/yaml/v3", "io"},
	}
}

// The domain is pure: being in its folder is the rule. Besides itself it knows the
// standard library, and of that nothing that reads a clock, a file or the network.
func TestImports_DomainIsPure(t *testing.T) {
	t.Parallel()
	impure := []string{"os", "net", "net/http", "io", "database/sql", "context", "math/rand"}
	for _, p := range packages(t) {
		name, inside := strings.CutPrefix(p.ImportPath, "switchboard/domain/")
		if !inside {
			continue
		}
		for _, imp := range p.Imports {
			allowed := slices.ContainsFunc(besides()[name], func(x string) bool { return imp == x || strings.HasPrefix(imp, x+"/") })
			if !allowed && (strings.Contains(imp, ".") || slices.Contains(impure, imp)) {
				t.Errorf("%s imports %s", p.ImportPath, imp)
			}
		}
	}
}

// The packages of the store, each of which may use those before it.
func storeOrder() []string {
	return []string{"pg", "outbox", "auditdb", "configdb", "identitydb", "contactdb", "templatedb", "tagdb", "dispositiondb", "webhookdb", "assigndb", "conversationdb", "workitemdb", "presencedb", "campaigndb", "messagedb", "webchatdb", "admindb", "ssodb", "scimdb", "configfiledb", "factdb", "livedb", "eventlog", "healthdb"}
}

func TestImports_StoreHasOneOrder(t *testing.T) {
	t.Parallel()
	order := storeOrder()
	for _, p := range packages(t) {
		name, inside := strings.CutPrefix(p.ImportPath, "switchboard/store/")
		if !inside || name == "storetest" {
			continue
		}
		at := slices.Index(order, name)
		if at < 0 {
			t.Errorf("store/%s is not in the order", name)
		}
		for _, imp := range p.Imports {
			if to, ours := strings.CutPrefix(imp, "switchboard/store/"); ours && slices.Index(order, to) >= at {
				t.Errorf("store/%s must not import store/%s", name, to)
			}
		}
	}
}

// The program that holds customers' data has no workshop in it.
func TestImports_ProductHasNoWorkshop(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./cmd/switchboard").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		folder, ours := strings.CutPrefix(strings.TrimSpace(line), "switchboard/")
		first, _, _ := strings.Cut(folder, "/")
		if ours && (slices.Contains([]string{"dev", "test", "bench"}, first) || folder == "web/shop") {
			t.Errorf("cmd/switchboard must not need %s", folder)
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
