package main

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"

	"switchboard/api/apiclient"
	"switchboard/store/outbox"
	"switchboard/workflows/contract"
)

// absences are agents who leave.
func absences() []scenario {
	return []scenario{
		{"presence-left", nil, func(p *play) error { return p.all(p.leaves, p.over) }},
		{"presence-continued", nil, func(p *play) error { return p.all(p.leaves, p.told(40), p.over) }},
	}
}

// leaves has somebody come, close all windows, and be waited for.
func (p *play) leaves() error {
	who, id, err := p.site.NewAgent(p, "leaver", 1)
	if err != nil {
		return err
	}
	ctx, leave := context.WithCancel(p)
	defer leave()
	there, gone := make(chan struct{}, 100), make(chan struct{})
	go func() {
		defer close(gone)
		who.Follow(ctx, func(e apiclient.Event) {
			if e.Kind == outbox.EventPresence && e.Agent.UUID == id { // greeted is not yet there
				there <- struct{}{}
			}
		})
	}()
	select {
	case <-there:
	case <-p.Done():
		return p.Err()
	}
	leave()
	<-gone
	p.workflow = contract.PresenceID(id)
	return p.runs(true)
}

// told repeats a deadline, as several processes may, until the run is long.
func (p *play) told(times int) func() error {
	return func() error {
		for range times {
			err := p.temporal.SignalWorkflow(p, p.workflow, "", contract.SignalDeadlines, contract.Deadlines{Grace: time.Now().Add(time.Minute)})
			if err != nil {
				return err
			}
			time.Sleep(20 * time.Millisecond) // a workflow task each, not one for all
		}
		return nil
	}
}

// ignoreMissing: what is not there yet is being made.
func ignoreMissing(err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil
	}
	return err
}
