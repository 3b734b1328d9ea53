package worker

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"switchboard/workflows"
	"switchboard/workflows/contract"
)

// How much of a provider's work a worker does at once. Answers and what triggers
// and campaigns send have the SDK's 1,000.
const (
	MediaSlots   = 32 // conversations whose files are fetched
	profileSlots = 16
	olderSlots   = 8 // files and profiles that an earlier version put into the queue of answers, each
)

// queue is a task queue and what is done for it.
type queue struct {
	name      string
	workflows []string // their type names
	slots     int      // activities at once; 0 is the SDK's default
	register  func(worker.ActivityRegistry)
}

// queues are all that there are: each kind of work has slots of its own, so that
// none waits behind another that hangs.
func (cfg Config) queues() []queue {
	all := []queue{
		{name: contract.TaskQueue, workflows: []string{contract.ConversationWorkflow, contract.PresenceWorkflow},
			register: of(cfg.Conversations, cfg.Presence)},
		{name: contract.CampaignQueue, workflows: []string{contract.CampaignWorkflow, contract.TriggerWorkflow}, register: of(cfg.Campaigns)},
		{name: contract.TriggerQueue, register: of(cfg.Campaigns)},
	}
	for _, p := range cfg.Providers {
		all = append(all,
			queue{name: contract.SendQueue(p), register: func(w worker.ActivityRegistry) {
				w.RegisterActivity(cfg.Delivery)
				// Earlier versions scheduled these here; retries stay in the queue they began in.
				registerOlder(w, "Fetch", cfg.Media.Fetch)
				registerOlder(w, "Profile", cfg.Profiles.Profile)
			}},
			queue{name: contract.MediaQueue(p), slots: MediaSlots, register: of(cfg.Media)},
			queue{name: contract.ProfileQueue(p), slots: profileSlots, register: of(cfg.Profiles)},
		)
	}
	return all
}

// of registers the methods of what is given.
func of(all ...any) func(worker.ActivityRegistry) {
	return func(w worker.ActivityRegistry) {
		for _, a := range all {
			w.RegisterActivity(a)
		}
	}
}

func (q queue) options() worker.Options {
	return worker.Options{
		DisableWorkflowWorker:              len(q.workflows) == 0,
		MaxConcurrentWorkflowTaskPollers:   8,
		MaxConcurrentActivityTaskPollers:   4,
		MaxConcurrentActivityExecutionSize: q.slots,
		WorkerStopTimeout:                  30 * time.Second,
		DisableRegistrationAliasing:        true,
	}
}

// start makes a worker of the queue and starts it.
func (q queue) start(c client.Client) (worker.Worker, error) {
	w := worker.New(c, q.name, q.options())
	all := workflows.All()
	for _, name := range q.workflows {
		w.RegisterWorkflowWithOptions(all[name], workflow.RegisterOptions{Name: name})
	}
	q.register(w)
	return w, w.Start()
}

// busyRetry is when work that found no room is tried again.
const busyRetry = 5 * time.Second

// registerOlder registers an activity about a conversation beside answers: only
// some run at once, so that answers keep the other slots.
func registerOlder(w worker.ActivityRegistry, name string, f func(context.Context, uuid.UUID) error) {
	w.RegisterActivityWithOptions(few(olderSlots, f), activity.RegisterOptions{Name: name})
}

// few lets only some calls of f run at once; others are to be tried again.
func few(n int, f func(context.Context, uuid.UUID) error) func(context.Context, uuid.UUID) error {
	room := make(chan struct{}, n)
	return func(ctx context.Context, id uuid.UUID) error {
		select {
		case room <- struct{}{}:
			defer func() { <-room }()
			return f(ctx, id)
		default:
			return temporal.NewApplicationErrorWithOptions("no room beside answers", "busy", temporal.ApplicationErrorOptions{
				NextRetryDelay: busyRetry, Category: temporal.ApplicationErrorCategoryBenign})
		}
	}
}
