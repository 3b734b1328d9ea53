package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"switchboard/domain/conversation"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/workflows/contract"
)

// shown is what a workflow shows of itself in its search attributes.
type shown struct {
	id        uuid.UUID
	state     string
	version   int64
	versioned bool // it began with code that shows the version
}

func read(id uuid.UUID, attributes *common.SearchAttributes) shown {
	w, fields := shown{id: id}, attributes.GetIndexedFields()
	if p := fields[contract.State.GetName()]; p != nil {
		_ = converter.GetDefaultDataConverter().FromPayload(p, &w.state) // empty: it shows nothing yet
	}
	if p := fields[contract.Version.GetName()]; p != nil {
		w.versioned = converter.GetDefaultDataConverter().FromPayload(p, &w.version) == nil
	}
	return w
}

// differs says that the workflow does not show its row as it is.
func (w shown) differs(state string, version int64) bool {
	return w.state != state || w.versioned && w.version != version
}

const (
	runningQuery = "WorkflowType = '" + contract.ConversationWorkflow + "' AND ExecutionStatus = 'Running'"
	askTimeout   = 10 * time.Second
)

// listRunning returns a page of running conversations' workflows, and where the
// next one begins.
func (r *Relay) listRunning(ctx context.Context, token []byte) ([]shown, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	in := &workflowservice.ListWorkflowExecutionsRequest{Query: runningQuery, PageSize: comparePage, NextPageToken: token}
	page, err := r.Temporal.ListWorkflow(ctx, in)
	if err != nil {
		return nil, nil, fmt.Errorf("list workflows: %w", err)
	}
	var out []shown
	for _, e := range page.Executions {
		if id, ok := contract.ConversationOf(e.GetExecution().GetWorkflowId()); ok {
			out = append(out, read(id, e.SearchAttributes))
		}
	}
	return out, page.NextPageToken, nil
}

// different is a conversation whose row and workflow are not the same.
type different struct {
	id            uuid.UUID
	kind          Difference
	rung          outbox.PendingBell
	row, workflow string
}

// lookAt compares one conversation with its workflow, exactly. It returns nil if
// they are the same, or become so by themselves.
func (r *Relay) lookAt(ctx context.Context, id uuid.UUID) (*different, error) {
	rung, err := r.Store.Outbox.ReadBell(ctx, id)
	there := !errors.Is(err, pg.ErrNotFound)
	if err != nil && there {
		return nil, err
	}
	w, running, busy, err := r.describe(ctx, id)
	if err != nil || busy {
		return nil, err // a task that waits may change everything
	}
	d := &different{id: id, rung: rung, row: point(rung.State, rung.Bell.Version), workflow: point(w.state, w.version)}
	if !there {
		d.kind, d.rung, d.row = Orphan, outbox.PendingBell{Conversation: id}, "none"
		return only(running, d), nil
	}
	closed := rung.State == string(conversation.Closed)
	switch {
	case closed && running:
		d.kind = Lingering // one that knows it finishes what it has accepted
		return only(w.state != rung.State, d), nil
	case closed:
		d.kind, d.workflow = Unsent, "none"
		return only(rung.Bell.OutboundSeq > 0 || rung.Bell.Media, d), nil
	case rung.Rings > 0:
		return nil, nil // it will be rung
	case !running:
		d.kind, d.workflow = Missing, "none"
		return d, nil
	}
	now, err := r.Store.Outbox.ReadBell(ctx, id)
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return nil, err
	}
	d.kind = Version
	return only(w.differs(rung.State, rung.Bell.Version) && now.Bell.Version == rung.Bell.Version, d), nil
}

func only(so bool, d *different) *different {
	if !so {
		return nil
	}
	return d
}

// describe says what a workflow shows, whether it runs, and whether a task of it
// waits to be done.
func (r *Relay) describe(ctx context.Context, id uuid.UUID) (w shown, running, busy bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	d, err := r.Temporal.DescribeWorkflowExecution(ctx, contract.ConversationID(id), "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return shown{id: id}, false, false, nil
	} else if err != nil {
		return shown{}, false, false, fmt.Errorf("describe workflow: %w", err)
	}
	info := d.GetWorkflowExecutionInfo()
	running = info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	return read(id, info.GetSearchAttributes()), running, running && d.GetPendingWorkflowTask() != nil, nil
}

// tell makes a workflow read its row, or starts it from that.
func (r *Relay) tell(ctx context.Context, d *different) error {
	if d.kind == Missing || d.kind == Unsent {
		return r.start(ctx, d.rung)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	bell := d.rung.Bell
	bell.Check = true
	err := r.Temporal.SignalWorkflow(ctx, contract.ConversationID(d.id), "", contract.SignalBell, bell)
	var ended *serviceerror.NotFound
	if errors.As(err, &ended) {
		return nil // meanwhile; the next round starts it if it is wanted
	}
	return err
}
