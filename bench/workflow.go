package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"switchboard/dev/sandbox"
	"switchboard/workflows/contract"
)

const (
	hot        = 300 // conversations that are written to at once
	hotEach    = 100 // messages for each
	bareEach   = 20  // signals for each bare workflow
	bareQueue  = "bench"
	bareSignal = "signal"
)

// workflow compares messages fully taken in by conversations' workflows with
// bare signals handled by an empty workflow on the same server.
func (r *run) workflow(ctx context.Context) error {
	bare, err := r.bareSignals(ctx)
	if err != nil {
		return fmt.Errorf("bare signals: %w", err)
	}
	s, err := r.site(ctx, nil)
	if err != nil {
		return err
	}
	began := time.Now()
	l, err := r.hookOf(s).pour(ctx, hot, time.Hour, hot*hotEach)
	if err != nil {
		return err
	}
	if err := r.caughtUp(ctx, s); err != nil {
		return err
	}
	ours := float64(len(l.Took)) / time.Since(began).Seconds()
	r.set("workflow_ratio", ours/bare)
	r.set("workflow_messages_per_s", ours)
	r.set("workflow_bare_signals_per_s", bare)
	return nil
}

// emptyWorkflow takes n signals and ends.
func emptyWorkflow(ctx workflow.Context, n int) error {
	ch := workflow.GetSignalChannel(ctx, bareSignal)
	for range n {
		ch.Receive(ctx, nil)
	}
	return nil
}

// bareSignals is how many a second the server and a worker with our settings manage.
func (r *run) bareSignals(ctx context.Context) (float64, error) {
	w := worker.New(r.temporal, bareQueue, worker.Options{MaxConcurrentWorkflowTaskPollers: 8})
	w.RegisterWorkflow(emptyWorkflow)
	if err := w.Start(); err != nil {
		return 0, err
	}
	defer w.Stop()
	ids := make([]string, hot)
	for i := range ids {
		ids[i] = "bench/" + uuid.NewString()
	}
	began := time.Now()
	err := each(ids, connections, func(id string) error {
		for range bareEach {
			opts := client.StartWorkflowOptions{ID: id, TaskQueue: bareQueue}
			if _, err := r.temporal.SignalWithStartWorkflow(ctx, id, bareSignal, nil, opts, emptyWorkflow, bareEach); err != nil {
				return err
			}
		}
		return r.temporal.GetWorkflow(ctx, id, "").Get(ctx, nil)
	})
	return hot * bareEach / time.Since(began).Seconds(), err
}

// each does something for all of a list, so many at a time.
func each[T any](all []T, atOnce int, do func(T) error) error {
	var wg sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	errs := make([]error, len(all))
	for i, one := range all {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = do(one)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// history is what one usual conversation costs Temporal: 12 messages of the
// customer, 10 answers, end, close.
func (r *run) history(ctx context.Context) error {
	s, err := r.site(ctx, nil)
	if err != nil {
		return err
	}
	c, err := hire(ctx, s, 1, 1)
	if err != nil {
		return err
	}
	defer c.leave()
	customer := s.LINE.User(contact(1))
	said := 0
	say := func() error {
		said++
		text := fmt.Sprintf("question %d", said)
		_, err := customer.Says(ctx, text)
		return errors.Join(err, c.sees(ctx, text))
	}
	said++ // the first is not on the stream of agents: nobody's queue has it yet
	if _, err := customer.Says(ctx, "question 1"); err != nil {
		return err
	}
	served, err := c.serving(ctx, 1)
	if err != nil {
		return err
	}
	for id, agent := range served {
		for i := range 11 {
			if err := say(); err != nil {
				return err
			}
			if i == 10 {
				break
			}
			text := fmt.Sprintf("answer %d", i)
			if _, _, err := agent.Answer(ctx, id, uuid.NewString(), text); err != nil {
				return err
			}
			if _, err := customer.Await(ctx, func(m sandbox.Message) bool { return m.Text == text }); err != nil {
				return err
			}
		}
		for _, command := range []string{"end", "close"} {
			if err := agent.Command(ctx, id, command, uuid.NewString(), nil); err != nil {
				return err
			}
		}
		return r.cost(ctx, contract.ConversationID(id))
	}
	return nil
}

// cost counts the events and transitions of a workflow and of those it
// continued as, once it has ended.
func (r *run) cost(ctx context.Context, id string) error {
	if err := r.temporal.GetWorkflow(ctx, id, "").Get(ctx, nil); err != nil {
		return err
	}
	d, err := r.temporal.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return err
	}
	events := 0
	for h := r.temporal.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); h.HasNext(); events++ {
		if _, err := h.Next(); err != nil {
			return err
		}
	}
	r.set("conversation_events", float64(events))
	r.set("conversation_transitions", float64(d.WorkflowExecutionInfo.StateTransitionCount))
	return nil
}
