// Command record plays conversations, campaigns, triggers and agents who leave on
// the real product and keeps their workflows' histories in workflows/testdata,
// where a test replays them with the code of the day: whoever changes a workflow
// in a way that running ones would not survive learns it there. Run it when a new path has
// been added, and keep the old files:
//
//	go run ./test/record workflows/testdata
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
	"switchboard/workflows/contract"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./test/record FOLDER [SCENARIO …]")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	if err := record(ctx, os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// record plays the named scenarios, or all: histories of earlier versions stay as
// they are while new ones join them.
func record(ctx context.Context, folder string, only []string) error {
	dir, err := os.MkdirTemp("", "switchboard-record-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary, err := rig.Build(ctx, dir)
	if err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL's user passes through
		return err
	}
	r, err := rig.Start(ctx, rig.Options{Dir: filepath.Join(dir, "rig"), Binary: binary, Split: true, Own: true, LongRun: 60, Progress: os.Stderr,
		Env: []string{"SWITCHBOARD_PRESENCE_GRACE=10s"}})
	if err != nil {
		return err
	}
	defer r.Stop()
	temporal, err := client.DialContext(ctx, client.Options{HostPort: r.Temporal.Address(), Namespace: r.Namespace()})
	if err != nil {
		return err
	}
	defer temporal.Close()
	for n, s := range scenarios() {
		if len(only) > 0 && !slices.Contains(only, s.name) {
			continue
		}
		p, err := newPlay(ctx, r, n+1, s.settings)
		if err != nil {
			return err
		}
		p.temporal = temporal
		if err := s.play(p); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := keep(ctx, temporal, p.id(), filepath.Join(folder, s.name)); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		p.leave()
	}
	return nil
}

// identity names the process and the machine that recorded.
var identity = regexp.MustCompile(`"identity":\s*"[^"]*"`)

// keep writes the history of each run of a workflow to a file.
func keep(ctx context.Context, c client.Client, id, name string) error {
	run := ""
	first, err := c.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return err
	}
	run = first.WorkflowExecutionInfo.FirstRunId
	for n := 1; run != ""; n++ {
		var h history.History
		next := ""
		for it := c.GetWorkflowHistory(ctx, id, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
			e, err := it.Next()
			if err != nil {
				return err
			}
			h.Events = append(h.Events, e)
			if again := e.GetWorkflowExecutionContinuedAsNewEventAttributes(); again != nil {
				next = again.NewExecutionRunId
			}
		}
		if raw, err := proto.Marshal(&h); err != nil {
			return err
		} else if m := rig.Marked(raw); m != "" {
			return fmt.Errorf("the history holds %q, which is in texts, names and numbers", m)
		}
		b, err := protojson.Marshal(&h)
		if err != nil {
			return err
		}
		b = identity.ReplaceAll(b, []byte(`"identity":"recorded"`))
		file := fmt.Sprintf("%s-%d.json", name, n)
		if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %d events\n", file, len(h.Events))
		run = next
	}
	return nil
}

// play is one customer, two agents and the conversation between them.
type play struct {
	context.Context
	rig          *rig.Rig
	site         *rig.Site
	customer     *sandbox.Phone
	visitor      *apiclient.Visitor
	page         *apiclient.Stream // of the visitor
	agents       [2]*apiclient.Client
	ids          [2]uuid.UUID
	conversation uuid.UUID
	workflow     string // another one than the conversation's, to be kept
	temporal     client.Client
	other        uuid.UUID // somebody else's
	events       chan apiclient.Event
	leave        context.CancelFunc
	said         int
}

// id is of the workflow that is kept.
func (p *play) id() string {
	if p.workflow != "" {
		return p.workflow
	}
	return contract.ConversationID(p.conversation)
}

func newPlay(ctx context.Context, r *rig.Rig, n int, settings map[string]any) (*play, error) {
	s, err := r.NewSite(ctx, n, settings)
	if err != nil {
		return nil, err
	}
	p := &play{rig: r, site: s, customer: s.LINE.User(fmt.Sprintf("U%032x", n)), events: make(chan apiclient.Event, 1000)}
	p.Context, p.leave = context.WithCancel(ctx)
	for i := range p.agents {
		if p.agents[i], p.ids[i], err = s.NewAgent(ctx, fmt.Sprintf("agent-%d", i), 5-i); err != nil {
			return nil, err
		}
		there := make(chan struct{}, 100)
		go p.agents[i].Follow(p, func(e apiclient.Event) {
			if e.Kind == "hello" {
				there <- struct{}{}
			}
			if i == 0 || e.Kind == "offer.made" && e.Agent.UUID == p.ids[i] {
				p.events <- e
			}
		})
		<-there
	}
	return p, nil
}

// await returns the next event that fits.
func (p *play) await(fits func(apiclient.Event) bool) (apiclient.Event, error) {
	for {
		select {
		case e := <-p.events:
			if fits(e) {
				return e, nil
			}
		case <-p.Done():
			return apiclient.Event{}, p.Err()
		}
	}
}

func (p *play) says() error {
	p.said++
	sent, err := p.customer.Says(p, fmt.Sprintf("text %d", p.said))
	if err == nil && sent.Status != http.StatusOK {
		err = fmt.Errorf("webhook answered %d", sent.Status)
	}
	return err
}
