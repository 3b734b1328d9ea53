package conversation_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "switchboard/domain/conversation"
)

var update = flag.Bool("update", false, "write docs/states.md anew")

const statesFile = "../../docs/states.md"

// docs/states.md says what the table does: it is made from it, by
// go test ./domain/conversation -run Docs -update.
func TestDocs_AreMadeFromTheTable(t *testing.T) {
	t.Parallel()
	want := statesDocument()
	if *update {
		require.NoError(t, os.MkdirAll("../../docs", 0o755))
		require.NoError(t, os.WriteFile(statesFile, []byte(want), 0o644))
	}
	have, err := os.ReadFile(statesFile)
	require.NoError(t, err)
	require.Equal(t, want, string(have), "run: go test ./domain/conversation -run Docs -update")
}

func statesDocument() string {
	var b strings.Builder
	b.WriteString(`# States of a conversation

Made from the transition table in ` + "`domain/conversation/apply.go`" + ` by ` + "`go test ./domain/conversation -run Docs -update`" + `; a test
compares the two.

` + "```mermaid\nstateDiagram-v2\n    [*] --> Open: a customer writes\n")
	for _, e := range edges() {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", title(e.from), title(e.to), strings.Join(e.by, ", "))
	}
	b.WriteString("    Closed --> [*]\n```\n\n| From | Command | To | When |\n|---|---|---|---|\n")
	for _, c := range Table() {
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", title(c.From), c.Kind, phases(c.To), c.When)
	}
	b.WriteString("\nEvery other command is refused and changes nothing. Where two states are named the second one is for when the\ncondition does not hold (any more).\n\n")
	b.WriteString("## Silence that closes\n\nWhere a workstream says nothing else, counted from the last activity, wrap-up from its beginning:\n\n| Style | Open | Active | Waiting | Wrap-up |\n|---|---|---|---|---|\n")
	for _, s := range []Style{Messaging, Persistent, Live} {
		d := DefaultTimeouts(s)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", s, long(d.Open), long(d.Active), long(d.Waiting), long(d.WrapUp))
	}
	b.WriteString("\nA live chat has no Waiting. Capacity is held while a conversation is offered, active, or in wrap-up that blocks it.\n")
	return b.String()
}

type edge struct {
	from, to Phase
	by       []string
}

// edges are the arrows between different states, each with all its commands.
func edges() []edge {
	var out []edge
	for _, c := range Table() {
		for _, p := range c.To {
			if p == c.From {
				continue
			}
			found := false
			for i := range out {
				if out[i].from == c.From && out[i].to == p {
					out[i].by, found = append(out[i].by, string(c.Kind)), true
				}
			}
			if !found {
				out = append(out, edge{c.From, p, []string{string(c.Kind)}})
			}
		}
	}
	return out
}

func title(p Phase) string {
	if p == WrapUp {
		return "WrapUp"
	}
	return strings.ToUpper(string(p[:1])) + string(p[1:])
}

func phases(list []Phase) string {
	var names []string
	for _, p := range list {
		names = append(names, title(p))
	}
	return strings.Join(names, ", ")
}

func long(d time.Duration) string {
	switch {
	case d == 0:
		return "never"
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}
