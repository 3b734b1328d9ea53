package web

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// report is what Playwright's JSON reporter writes, as far as it is read here:
// https://playwright.dev/docs/test-reporters#json-reporter
type report struct {
	Suites []suite `json:"suites"`
}

type suite struct {
	Suites []suite `json:"suites"`
	Specs  []struct {
		Title string `json:"title"`
		File  string `json:"file"`
		Line  int    `json:"line"`
		Tests []struct {
			Results []result `json:"results"`
		} `json:"tests"`
	} `json:"specs"`
}

type result struct {
	Status string `json:"status"`
	Errors []struct {
		Message  string `json:"message"`
		Location struct {
			File string `json:"file"`
			Line int    `json:"line"`
		} `json:"location"`
	} `json:"errors"`
}

var colour = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// Lines of an error that say what was expected and what was there.
const (
	mostLines = 8
	longest   = 180
)

// failures says in a few lines for each test that failed where it did and with
// what, so that the end of the output is enough to begin with.
func failures(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Sprintf("no report of the browsers' tests: %v", err)
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Sprintf("the report of the browsers' tests cannot be read: %v", err)
	}
	var b strings.Builder
	for _, s := range r.Suites {
		s.failures(&b)
	}
	return b.String()
}

func (s suite) failures(b *strings.Builder) {
	for _, spec := range s.Specs {
		for _, t := range spec.Tests {
			for _, r := range t.Results {
				if r.Status == "passed" || r.Status == "skipped" {
					continue
				}
				fmt.Fprintf(b, "%s:%d %s: %s\n", spec.File, spec.Line, spec.Title, r.Status)
				for _, e := range r.Errors {
					fmt.Fprintf(b, "  at %s:%d\n", filepath.Base(e.Location.File), e.Location.Line)
					for _, line := range firstLines(e.Message) {
						fmt.Fprintf(b, "  %s\n", line)
					}
				}
			}
		}
	}
	for _, inner := range s.Suites {
		inner.failures(b)
	}
}

func firstLines(message string) []string {
	var lines []string
	for line := range strings.Lines(colour.ReplaceAllString(message, "")) {
		line = strings.TrimRight(line, " \n")
		if line == "" {
			continue
		}
		if len(lines) == mostLines {
			break
		}
		lines = append(lines, strings.ToValidUTF8(line[:min(len(line), longest)], ""))
	}
	return lines
}

func TestFailures(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"suites":[{"title":"desk/a.spec.ts","suites":[{"specs":[
		{"title":"passes","file":"desk/a.spec.ts","line":3,"tests":[{"results":[{"status":"passed","errors":[]}]}]},
		{"title":"an answer","file":"desk/a.spec.ts","line":9,"tests":[{"results":[{"status":"failed","errors":[
			{"message":"Error: \u001b[31mexpect\u001b[39m(locator).toBeVisible() failed\n\nLocator: getByText('Sent')\n",
			"location":{"file":"/x/desk/page.ts","line":41}}]}]}]}]}]}]}`), 0o600))
	require.Equal(t, `desk/a.spec.ts:9 an answer: failed
  at page.ts:41
  Error: expect(locator).toBeVisible() failed
  Locator: getByText('Sent')
`, failures(file))
	require.Contains(t, failures(file+".none"), "no report of the browsers' tests")
}
