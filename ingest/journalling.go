package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"switchboard/channel"
)

// trip gives the database up until the journal is drained.
func (r *Receiver) trip(cause error) {
	if r.gate.trip() {
		r.Counts.Trips.Add(1)
		r.log.Warn("the database is away; webhooks go to the journal", "error", cause)
	}
}

// account finds the account of a webhook address.
func (r *Receiver) account(ctx context.Context, provider, key string) (account, error) {
	m, _, _ := r.gate.now()
	return r.accounts.get(context.WithoutCancel(ctx), provider, key, m != direct)
}

// secretAge is how old an account must be to be read again because a signature
// did not match: a secret that was just changed must not cost a message, and
// forged requests must not cost a query each.
const secretAge = time.Second

func (r *Receiver) verify(ctx context.Context, provider string, p channel.Webhook, acc account, req channel.Request) (account, error) {
	err := p.Verify(acc.channel, req)
	if err == nil {
		return acc, nil
	}
	if m, _, _ := r.gate.now(); m != direct || time.Since(acc.read) < secretAge {
		return acc, channel.ErrSignature
	}
	again, err := r.accounts.again(context.WithoutCancel(ctx), provider, acc)
	if err != nil || p.Verify(again.channel, req) != nil {
		return acc, channel.ErrSignature
	}
	return again, nil
}

// parse turns a panic of a provider into an error: its input comes from outside.
func parse(provider string, p channel.Webhook, acc channel.Account, req channel.Request) (events []channel.Event, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("parse of %s panicked", provider) // v may quote the body
		}
	}()
	return p.Parse(acc, req)
}

func (r *Receiver) frame(e *entry) ([]byte, error) {
	j := r.cfg.Journal
	if j == nil {
		return nil, ErrUnavailable
	}
	return encode(e, j.cfg.Sealer)
}

// keep writes a webhook to the journal.
func (r *Receiver) keep(ctx context.Context, frames ...[]byte) error {
	err := r.cfg.Journal.append(ctx, frames...)
	if err == nil || errors.Is(err, ctx.Err()) {
		return err
	}
	r.log.Error("webhook is neither stored nor journalled", "error", err)
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// spillToJournal writes those that turned back, in order.
func (r *Receiver) spillToJournal(list []diverted) error {
	frames := make([][]byte, len(list))
	for i, t := range list {
		frames[i] = t.frame
	}
	return r.keep(context.Background(), frames...)
}

// errBack says that the database came back this moment.
var errBack = errors.New("the database is back")

// keepUnverified journals a webhook whose account is not known yet, because the
// process started without a database. Strangers may fill a quarter of the
// journal with such.
func (r *Receiver) keepUnverified(ctx context.Context, e *entry) error {
	pass, err := r.gate.enter(ctx)
	if err != nil {
		return err
	}
	defer r.gate.leave()
	if pass.mode == direct {
		return errBack
	}
	frame, err := r.frame(e)
	if err != nil {
		return err
	}
	n := int64(len(frame))
	if r.Counts.unverified.Add(n) > r.cfg.Journal.cfg.MaxBytes/4 {
		r.Counts.unverified.Add(-n)
		return fmt.Errorf("%w: %w", ErrUnavailable, ErrJournalFull)
	}
	return r.keep(ctx, frame)
}
