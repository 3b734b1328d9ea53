package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"
)

// Marks are in every text, name, number and secret of the tests, and must be in
// no history, log line or problem.
const (
	MarkText   = "zqtext"        // in texts, file names and customers' names
	MarkUser   = "Ufeedc0de"     // begins customers' ids
	MarkNumber = "+199977"       // begins customers' numbers
	MarkSecret = "secret-marked" // begins a site's secrets
)

// Marked returns the mark that b holds, or "".
func Marked(b []byte) string {
	for _, m := range []string{MarkText, MarkUser, MarkNumber, MarkSecret} {
		if bytes.Contains(b, []byte(m)) {
			return m
		}
	}
	if bareNumber.Match(b) {
		return MarkNumber[1:]
	}
	return ""
}

// bareNumber is a customer's number without its +. A duration of 1.199977s holds none.
var bareNumber = regexp.MustCompile(`(^|[^0-9.])` + MarkNumber[1:] + `[0-9]{4}`)

// SearchForMarks looks through every history and log line of the run and
// returns how many histories there were. What it finds is not quoted: that
// would be the next leak.
func (r *Rig) SearchForMarks(ctx context.Context) (histories int, err error) {
	if histories, err = r.searchHistories(ctx); err != nil {
		return histories, err
	}
	if err := r.searchLogs(); err != nil {
		return histories, fmt.Errorf("%w\n%s", err, r.stuckWorkflows(ctx))
	}
	return histories, nil
}

// ExpectPanic says that a test makes the workflow fail on purpose: the log may say so.
func (r *Rig) ExpectPanic(workflowID string) { r.expected = append(r.expected, workflowID) }

func (r *Rig) searchHistories(ctx context.Context) (int, error) {
	c, err := client.DialContext(ctx, client.Options{HostPort: r.Temporal.Address(), Namespace: r.Namespace()})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	n := 0
	for token := []byte(nil); ; {
		page, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{NextPageToken: token})
		if err != nil {
			return n, err
		}
		for _, e := range page.Executions {
			if err := searchHistory(ctx, c, e.Execution); err != nil {
				return n, err
			}
			n++
		}
		if token = page.NextPageToken; len(token) == 0 {
			break
		}
	}
	if n == 0 {
		return n, errors.New("no history was found to be searched")
	}
	return n, nil
}

// searchHistory looks at the encoded events: payloads are bytes within them, and
// the product's are JSON, so what is in them is found as it is.
func searchHistory(ctx context.Context, c client.Client, e *common.WorkflowExecution) error {
	it := c.GetWorkflowHistory(ctx, e.WorkflowId, e.RunId, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		event, err := it.Next()
		if err != nil {
			return err
		}
		b, err := proto.Marshal(event)
		if err != nil {
			return err
		}
		if m := Marked(b); m != "" {
			return fmt.Errorf("the history of %s holds %q in a %s", e.WorkflowId, m, event.EventType)
		}
	}
	return nil
}

func (r *Rig) searchLogs() error {
	expected := func(line string) bool {
		return slices.ContainsFunc(r.expected, func(id string) bool { return strings.Contains(line, id) })
	}
	return filepath.WalkDir(r.LogDir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		ours := !strings.HasPrefix(d.Name(), "temporal") && !strings.HasPrefix(d.Name(), "postgres")
		for line := range strings.SplitSeq(string(b), "\n") {
			if m := Marked([]byte(line)); m != "" {
				return fmt.Errorf("%s has a line that holds %q", d.Name(), m)
			}
			// The latter when the product was built to look for races.
			if ours && (strings.Contains(line, "panic") && !expected(line) || strings.Contains(line, "DATA RACE")) {
				return fmt.Errorf("%s tells of a panic or a race: %s", d.Name(), line)
			}
		}
		return nil
	})
}
