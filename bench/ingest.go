package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/dev/stack"
	"switchboard/test/rig"
	"switchboard/workflows/contract"
)

const contacts = 2000

func (r *run) hookOf(s *rig.Site) hook {
	return hook{URL: s.LINEHook, Secret: s.Secret, Bot: s.LINEBot}
}

// ingest compares the whole product, everything running beside it, with a bare
// handler on the same PostgreSQL.
func (r *run) ingest(ctx context.Context) error {
	s, err := r.site(ctx, nil)
	if err != nil {
		return err
	}
	before, err := r.bare(ctx)
	if err != nil {
		return fmt.Errorf("bare handler: %w", err)
	}
	began := time.Now()
	ours, err := r.hookOf(s).pour(ctx, contacts, r.Time, 0)
	if err != nil {
		return err
	}
	if err := r.memory("load_rss_mb"); err != nil {
		return err
	}
	if err := r.caughtUp(ctx, s); err != nil {
		return err
	}
	caught := time.Since(began) - ours.Total
	stored, err := r.Count(ctx, `SELECT count(*) FROM message WHERE account_id = $1`, s.LINEAcct)
	if err != nil {
		return err
	}
	if stored != len(ours.Took) {
		return fmt.Errorf("%d webhooks were acknowledged and %d messages are stored", len(ours.Took), stored)
	}
	after, err := r.bare(ctx)
	if err != nil {
		return fmt.Errorf("bare handler: %w", err)
	}
	bare := (before.perSecond() + after.perSecond()) / 2
	r.set("ingest_ratio", ours.perSecond()/bare)
	r.set("ingest_per_s", ours.perSecond())
	r.set("ingest_p50_ms", quantile(ours.Took, 0.5))
	r.set("ingest_p99_ms", quantile(ours.Took, 0.99))
	r.set("ingest_bare_per_s", bare)
	r.set("ingest_bare_p99_ms", quantile(append(before.Took, after.Took...), 0.99))
	r.set("ingest_catch_up_s", caught.Seconds())
	return nil
}

// bare pours the same load on the bare handler.
func (r *run) bare(ctx context.Context) (load, error) {
	port, err := stack.FreePorts(1)
	if err != nil {
		return load{}, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	h := hook{URL: "http://" + address + "/webhook", Secret: uuid.NewString(), Bot: contact(0)}
	proc, err := stack.Start(stack.Program{Name: "bare", Path: r.Self, Args: []string{"bare"}, LogDir: r.LogDir(), Env: []string{
		"SWITCHBOARD_BARE_DSN=" + r.DSN(), "SWITCHBOARD_BARE_SECRET=" + h.Secret, "SWITCHBOARD_BARE_LISTEN=" + address}})
	if err != nil {
		return load{}, err
	}
	defer proc.Stop(context.WithoutCancel(ctx))
	if err := stack.WaitHTTP(ctx, proc, "http://"+address+"/"); err != nil {
		return load{}, err
	}
	return h.pour(ctx, contacts, max(r.Time/2, time.Second), 0)
}

// caughtUp waits until no bell waits to be rung and no workflow of the site has
// something left to do.
func (r *run) caughtUp(ctx context.Context, s *rig.Site) error {
	db, err := sqlx.ConnectContext(ctx, "postgres", r.DSN())
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		var bells int
		if err := db.GetContext(ctx, &bells, `SELECT count(*) FROM bell`); err != nil {
			return err
		}
		if bells == 0 {
			break
		}
		if err := rest(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	var ids []uuid.UUID
	if err := db.SelectContext(ctx, &ids, `SELECT id FROM conversation WHERE account_id = $1 AND state <> 'closed'`, s.LINEAcct); err != nil {
		return err
	}
	return each(ids, 4, func(id uuid.UUID) error {
		for { // few at a time and seldom: asking costs the server as much as working
			d, err := r.temporal.DescribeWorkflowExecution(ctx, contract.ConversationID(id), "")
			if err != nil {
				return err
			}
			if d.PendingWorkflowTask == nil {
				return nil
			}
			if err := rest(ctx, 100*time.Millisecond); err != nil {
				return err
			}
		}
	})
}
