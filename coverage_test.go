package switchboard_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"switchboard/domain/configfile"
)

// operation is one of the API's contract.
type operation struct {
	ID         string `yaml:"operationId"`
	Permission string `yaml:"x-permission"`
	call       string // "GET /v1/queues"
}

// administration are the permissions whose operations have a page of the web application.
var administration = []string{"settings:", "people:", "connections:", "templates:", "quick-replies:", "outbound:", "campaigns:", "sign-in:",
	"tokens:", "audit:", "configuration:", "profile:"}

// configuration are those whose operations set what is in the configuration file.
var configuration = []string{"settings:", "people:", "connections:", "templates:", "quick-replies:", "outbound:", "sign-in:", "tokens:"}

// otherwise are operations that a page uses without the client of the API.
var otherwise = map[string]string{
	"exportAudit":    "a link that the browser downloads",
	"exportCampaign": "a link that the browser downloads",
	"addRecipients":  "an upload that shows its progress",
}

// withoutPage are operations of administration that no page calls, and why.
var withoutPage = map[string]string{
	"getAddress":              "the channel's page reads the list of its addresses",
	"getScimGroup":            "the page reads the list of groups",
	"getVariable":             "the routing page reads the list of variables",
	"getSkill":                "the page reads the list of skills",
	"getConfigurationVersion": "the page reads the list of versions, and the file of one",
	"getOperatingHoursStatus": "the page shows the calendar of the next days, which says it too",
	"exportRouting":           "for scripts; in pages the configuration file has all rules",
	"importRouting":           "for scripts; in pages the configuration file has all rules",
	"sendOutboundMessages":    "for other systems, which send through it",
	"fireTrigger":             "for other systems; the page has a dry run",
	"rotateKey":               "once, when a webhook address has leaked",

	// What the configuration file sets meanwhile, in the page of that name.
	"changeSkill":                 "set by the configuration file",
	"createVariable":              "set by the configuration file",
	"changeVariable":              "set by the configuration file",
	"deleteVariable":              "set by the configuration file",
	"getOutboundSettings":         "set by the configuration file",
	"changeOutboundSettings":      "set by the configuration file",
	"getOutboundConfiguration":    "set by the configuration file",
	"changeOutboundConfiguration": "set by the configuration file",
	"deleteOutboundConfiguration": "set by the configuration file",
	"listOutboundSources":         "set by the configuration file",
	"createOutboundSource":        "set by the configuration file",
	"deleteOutboundSource":        "set by the configuration file",
}

// Whatever administrators can do with the API they can do in a page, or there is a
// reason; and pages call nothing that the contract does not have.
func TestPages_ReachWhatTheAPISets(t *testing.T) {
	t.Parallel()
	all := operationsOf(t)
	called := callsOfPages(t)
	known := map[string]bool{}
	for _, op := range all {
		known[op.call] = true
		_, reason := withoutPage[op.ID]
		_, other := otherwise[op.ID]
		administers := slices.ContainsFunc(administration, func(p string) bool { return strings.HasPrefix(op.Permission, p) })
		switch has := called[op.call] || other; {
		case has && reason:
			t.Errorf("%s has a page now: take it out of withoutPage", op.ID)
		case administers && !has && !reason:
			t.Errorf("%s (%s) is in no page: add it to one, or say in withoutPage why it needs none", op.ID, op.call)
		}
		delete(withoutPage, op.ID)
	}
	require.Empty(t, withoutPage, "reasons for operations that there are no more")
	for call := range called {
		require.True(t, known[call], "pages call %s, which the contract does not have", call)
	}
}

// notInFile is what administrators set and the configuration file does not have, and why.
var notInFile = map[string]string{
	"changeAgent":            "people belong to an installation",
	"createAgent":            "people belong to an installation",
	"setAgentSkills":         "people belong to an installation",
	"setAgentAccess":         "people belong to an installation",
	"createRole":             "what people may do belongs to an installation",
	"changeRole":             "what people may do belongs to an installation",
	"changeSignInSettings":   "what signing in takes belongs to an installation",
	"createIdentityProvider": "an installation is a client of its own there, with a secret",
	"changeIdentityProvider": "an installation is a client of its own there, with a secret",
	"changeScimGroup":        "groups are what the identity provider of an installation sent",
	"createToken":            "secrets of an installation",
	"putThresholds":          "colours of the live view; set on the queue's page",
}

// What administrators can set is a kind of the configuration file or a part of one, or there is a reason.
func TestConfigurationFile_HasWhatTheAPISets(t *testing.T) {
	t.Parallel()
	has := map[string]bool{}
	for _, k := range configfile.Kinds() {
		has[k.Name] = true
		for _, f := range k.Fields {
			has[f.Name] = true
		}
	}
	parameter := regexp.MustCompile(`/\{[^}]*\}`)
	seen := 0
	for _, op := range operationsOf(t) {
		sets := strings.HasPrefix(op.call, "PUT ") || strings.HasPrefix(op.call, "PATCH ") || strings.HasPrefix(op.ID, "create")
		administers := strings.HasSuffix(op.Permission, ":write") && slices.ContainsFunc(configuration, func(p string) bool {
			return strings.HasPrefix(op.Permission, p)
		})
		if !sets || !administers {
			continue
		}
		seen++
		path := strings.Split(parameter.ReplaceAllString(op.call, ""), "/")
		_, reason := notInFile[op.ID]
		if is := has[strings.ReplaceAll(path[len(path)-1], "-", "_")] && !strings.Contains(op.call, "/agents/"); is == reason {
			t.Errorf("%s (%s): in the file %v, a reason against it %v", op.ID, op.call, is, reason)
		}
	}
	require.Greater(t, seen, 40)
}

func operationsOf(t *testing.T) (list []operation) {
	t.Helper()
	data, err := os.ReadFile("api/openapi.yaml")
	require.NoError(t, err)
	var contract struct {
		Paths map[string]map[string]yaml.Node `yaml:"paths"`
	}
	require.NoError(t, yaml.Unmarshal(data, &contract))
	for path, methods := range contract.Paths {
		for method, node := range methods {
			if method == "parameters" {
				continue
			}
			op := operation{call: strings.ToUpper(method) + " " + path}
			require.NoError(t, node.Decode(&op))
			list = append(list, op)
		}
	}
	require.Greater(t, len(list), 300)
	return list
}

var clientCall = regexp.MustCompile(`\bapi\s*\.(GET|PUT|POST|PATCH|DELETE)\(\s*"([^"]+)"`)

// callsOfPages are the calls of the API's client in the web application.
func callsOfPages(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := filepath.WalkDir("web/desk/src", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasPrefix(filepath.Ext(path), ".ts") || strings.Contains(path, ".test.") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range clientCall.FindAllStringSubmatch(string(text), -1) {
			out[m[1]+" "+m[2]] = true
		}
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(out), 150, "the search finds the calls that there are")
	return out
}
