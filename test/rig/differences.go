package rig

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"switchboard/domain/conversation"
	"switchboard/workflows"
	"switchboard/workflows/contract"
)

// standing is a conversation's row.
type standing struct {
	ID      uuid.UUID `db:"id"`
	State   string    `db:"state"`
	Version int64     `db:"version"`
	Bell    bool      `db:"bell"`
}

const (
	standings  = `SELECT c.id, c.state, c.version, EXISTS (SELECT FROM bell b WHERE b.conversation_id = c.id) AS bell FROM conversation c`
	standingOf = standings + ` WHERE c.id = $1`
)

// Differences lists the conversations whose row and workflow do not tell the same,
// by the workflow's own answer: another state or version, no workflow although the
// row is not closed, a workflow although it is, or a bell that nobody rang. Ids and
// states only.
func (r *Rig) Differences(ctx context.Context) (out []string, err error) {
	c, err := client.DialContext(ctx, client.Options{HostPort: r.Temporal.Address(), Namespace: r.Namespace()})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	err = r.Look(ctx, func(db *sqlx.DB) error {
		out, err = differences(ctx, db, c)
		return err
	})
	return out, err
}

func differences(ctx context.Context, db *sqlx.DB, c client.Client) ([]string, error) {
	var rows []standing
	if err := db.SelectContext(ctx, &rows, standings); err != nil {
		return nil, err
	}
	said, failed := make([]string, len(rows)), make([]error, len(rows))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	for i, row := range rows {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			said[i], failed[i] = lastingDifference(ctx, db, c, row)
		})
	}
	wg.Wait()
	var out []string
	for _, s := range said {
		if s != "" {
			out = append(out, s)
		}
	}
	return out, errors.Join(failed...)
}

// lastingDifference looks again where the row changed while its workflow was asked.
func lastingDifference(ctx context.Context, db *sqlx.DB, c client.Client, row standing) (string, error) {
	for {
		said, err := difference(ctx, c, row)
		if err != nil || said == "" {
			return said, err
		}
		before := row
		if err := db.GetContext(ctx, &row, standingOf, row.ID); err != nil {
			return "", err
		}
		if row == before {
			return said, nil
		}
	}
}

func difference(ctx context.Context, c client.Client, row standing) (string, error) {
	is := fmt.Sprintf("%s: row %s v%d", row.ID, row.State, row.Version)
	id := contract.ConversationID(row.ID)
	d, err := c.DescribeWorkflowExecution(ctx, id, "")
	var missing *serviceerror.NotFound
	if err != nil && !errors.As(err, &missing) {
		return "", fmt.Errorf("describe: %w", err)
	}
	runs := err == nil && d.WorkflowExecutionInfo.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	switch closed := row.State == string(conversation.Closed); {
	case closed && runs:
		return is + ", and its workflow runs", nil
	case closed:
		return "", nil
	case !runs:
		return is + ", and no workflow runs", nil
	case row.Bell:
		return is + ", and its bell was not rung", nil
	}
	answer, err := c.QueryWorkflow(ctx, id, "", contract.QueryState)
	if err != nil {
		return "", fmt.Errorf("query: %w", err)
	}
	var s workflows.State
	if err := answer.Get(&s); err != nil {
		return "", fmt.Errorf("query: %w", err)
	}
	if st := s.Facts.State; string(st.Phase) != row.State || st.Version != row.Version {
		return fmt.Sprintf("%s, workflow %s v%d", is, st.Phase, st.Version), nil
	}
	return "", nil
}

// executions are the tables in which Temporal keeps workflows and what is to be
// done about them; its namespaces and the cluster itself are in others.
const executions = `
SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public'
AND tablename NOT IN ('namespaces', 'namespace_metadata', 'cluster_metadata', 'cluster_metadata_info', 'cluster_membership', 'schema_version',
  'schema_update_history', 'shards', 'queue', 'queue_metadata', 'queues', 'queue_messages', 'nexus_endpoints', 'nexus_endpoints_partition_status')`

// EmptyTemporal stops Temporal, has it forget every workflow, and starts it again:
// what is left when its database was lost and Switchboard's was not.
func (r *Rig) EmptyTemporal(ctx context.Context) error {
	r.Temporal.Kill()
	for _, name := range []string{"temporal", "temporal_visibility"} {
		db, err := sqlx.ConnectContext(ctx, "postgres", r.Postgres.DSN(name))
		if err != nil {
			return err
		}
		var tables string
		err = db.GetContext(ctx, &tables, executions)
		if err == nil {
			_, err = db.ExecContext(ctx, `TRUNCATE `+tables)
		}
		_ = db.Close()
		if err != nil {
			return fmt.Errorf("empty %s: %w", name, err)
		}
	}
	return r.Temporal.Restart(ctx)
}
