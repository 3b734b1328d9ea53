package api_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store"
	"switchboard/store/conversationdb"
	"switchboard/workflows/contract"
)

// flows stands in for Temporal: it runs the real state machine and projects into
// the real database, remembers update ids as Temporal does, and can be away or
// not know a workflow yet.
type flows struct {
	store *store.Store

	mu      sync.Mutex
	away    bool
	missing bool // no workflow runs, until it is rung
	refuse  error
	rings   int
	done    map[string]contract.Acted
	updates []client.UpdateWorkflowOptions
}

func (f *flows) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return nil, serviceerror.NewUnavailable("away")
	}
	return &client.CheckHealthResponse{}, nil
}

func (f *flows) Ring(context.Context, uuid.UUID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return serviceerror.NewUnavailable("away")
	}
	f.rings++
	f.missing = false
	return nil
}

func (f *flows) UpdateWorkflow(ctx context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.away:
		return nil, serviceerror.NewUnavailable("away")
	case f.missing:
		return nil, serviceerror.NewNotFound("no such workflow")
	}
	f.updates = append(f.updates, o)
	acted, ok := f.done[o.UpdateID]
	var err error
	if !ok {
		if acted, err = f.run(ctx, o); err == nil {
			if f.done == nil {
				f.done = map[string]contract.Acted{}
			}
			f.done[o.UpdateID] = acted
		}
	}
	return handle{acted: acted, err: err}, nil
}

func (f *flows) GetWorkflowUpdateHandle(o client.GetWorkflowUpdateHandleOptions) client.WorkflowUpdateHandle {
	f.mu.Lock()
	defer f.mu.Unlock()
	acted, ok := f.done[o.UpdateID]
	switch {
	case f.away:
		return handle{err: serviceerror.NewUnavailable("away")}
	case !ok:
		return handle{err: serviceerror.NewNotFound("no such update")}
	}
	return handle{acted: acted}
}

func (f *flows) run(ctx context.Context, o client.UpdateWorkflowOptions) (contract.Acted, error) {
	if f.refuse != nil {
		return contract.Acted{}, f.refuse
	}
	id := uuid.MustParse(o.WorkflowID[len("conversation/"):])
	facts, err := f.store.Conversation.Snapshot(ctx, id)
	if err != nil {
		return contract.Acted{}, err
	}
	if s, ok := o.Args[0].(contract.Send); ok {
		return contract.Acted{State: string(facts.State.Phase)}, applied(facts.State.MaySend(conversation.Sending{Agent: s.Agent.String()}, time.Now()))
	}
	a := o.Args[0].(contract.Act)
	cmd := conversation.Command{Kind: conversation.Kind(o.UpdateName), Agent: a.Agent.String(), Over: a.Over, On: a.On, Rule: idText(a.Rule),
		To: idText(a.To), Queue: idText(a.Queue), Part: idText(a.Part), Until: a.Until, Note: idText(a.Note), Offer: conversation.Offer{ID: idText(a.Offer)}}
	to, fx, err := conversation.Apply(facts.State, cmd, time.Now())
	if err != nil {
		return contract.Acted{}, applied(err)
	}
	p, err := f.store.Conversation.Project(ctx, conversationdb.Projection{Conversation: id, From: facts.State.Version, To: to, Effects: fx})
	if err == nil && p.NoRoom {
		err = applied(&conversation.Refusal{Code: conversation.NoCapacity, Reason: "You have no room for another conversation."})
	}
	if err == nil && p.Refused != nil {
		err = applied(p.Refused)
	}
	return contract.Acted{State: string(p.Facts.State.Phase), Version: p.Facts.State.Version}, err
}

func idText(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

// applied is a refusal as it arrives from a workflow.
func applied(err error) error {
	var r *conversation.Refusal
	if errors.As(err, &r) {
		return temporal.NewNonRetryableApplicationError(r.Reason, r.Code, nil)
	}
	return err
}

func (f *flows) set(change func(*flows)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

type handle struct {
	acted contract.Acted
	err   error
}

func (h handle) WorkflowID() string { return "" }
func (h handle) RunID() string      { return "" }
func (h handle) UpdateID() string   { return "" }
func (h handle) Get(_ context.Context, into any) error {
	if h.err == nil {
		reflect.ValueOf(into).Elem().Set(reflect.ValueOf(h.acted))
	}
	return h.err
}

// provider is a messaging provider that only describes itself and answers tests.
type provider struct {
	mu      sync.Mutex
	testErr error
	tested  channel.Account

	templates    []channel.ProviderTemplate
	templatesErr error
}

const window = 24 * time.Hour

func (p *provider) Type() string { return "line" }

func (p *provider) Channels() map[string]channel.Caps {
	return map[string]channel.Caps{
		"line":     {MaxText: 20, MaxMedia: 2, MediaLimits: []channel.MediaLimit{{Type: "image/png", MaxBytes: 50_000}, {Type: "text/*", MaxBytes: 1000, AsLink: true}}},
		"approved": {Window: window, MaxText: 100, Templates: true},
		"whatsapp": {Window: window, MaxText: 1600, MaxMedia: 1, Delivered: true, Read: true},
	}
}

func (p *provider) Fields() []channel.Field {
	return []channel.Field{{Name: "channel_id", Label: "Channel ID", Required: true},
		{Name: "channel_secret", Label: "Channel secret", Help: "Basic settings", Secret: true, Required: true},
		{Name: "access_token", Label: "Access token", Secret: true}}
}

func (p *provider) Validate(a channel.Account) error {
	if len(a.Settings["channel_id"]) != 10 {
		return &channel.Invalid{Field: "settings.channel_id", Reason: "must have ten digits"}
	}
	return nil
}

func (p *provider) Verify(channel.Account, channel.Request) error { return nil }

func (p *provider) Parse(channel.Account, channel.Request) ([]channel.Event, error) { return nil, nil }

func (p *provider) Send(context.Context, channel.Account, channel.Outbound) (channel.Receipt, error) {
	return channel.Receipt{}, nil
}

func (p *provider) Templates(_ context.Context, a channel.Account) ([]channel.ProviderTemplate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tested = a
	return p.templates, p.templatesErr
}

func (p *provider) Test(_ context.Context, a channel.Account) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tested = a
	return p.testErr
}
