package activities

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"switchboard/channel"
	"switchboard/store/campaigndb"
	"switchboard/store/configdb"
	"switchboard/store/messagedb"
)

// providerFailed reports whether a code is the provider's answer that it failed
// (5xx), so that nothing of ours is on its way any more.
func providerFailed(code string) bool {
	return strings.HasPrefix(code, "http_5") || len(code) == 5 && strings.Trim(code, "0123456789") == ""
}

const lookAgain = 2 * time.Second

// looks is how often a message in doubt is looked for. A provider's list may show
// what it took a little late.
const looks = 3

// resolve looks a message up that may have been taken. What the provider lists is
// sent. What it does not list, and answered that it failed with, was not taken and
// is tried again until its time is over. Anything else stays in doubt: it may still
// be on its way. While the provider cannot be asked, it is asked again.
func (a *Delivery) resolve(
	ctx context.Context, p channel.Sender, acct channel.Account, m *messagedb.Outgoing, failed bool, done *Delivered,
) error {
	f, ok := p.(channel.Finder)
	if !ok {
		return a.inDoubt(ctx, m, done)
	}
	for look := range looks {
		if look > 0 {
			if err := a.pause(ctx, lookAgain); err != nil {
				return err // the row stays 'sending', and the next try looks
			}
		}
		ids, err := a.look(ctx, f, acct, m)
		switch {
		case err != nil && m.Expired, len(ids) > 1:
			return a.inDoubt(ctx, m, done)
		case err != nil:
			return again(&channel.Error{Class: channel.Unavailable, Code: "look_up"})
		case len(ids) == 1:
			done.Sent++
			return keep(ctx, func(ctx context.Context) error { return a.Store.Message.MessageSent(ctx, m.ID, ids) })
		}
	}
	if !failed {
		return a.inDoubt(ctx, m, done)
	}
	m.InDoubt = false
	return a.putBack(ctx, m, &channel.Error{Class: channel.Unavailable, Code: m.FailedWith})
}

// noteFailure writes down that the provider answered a try with a failure of its own.
func (a *Delivery) noteFailure(ctx context.Context, m *messagedb.Outgoing, e *channel.Error) error {
	m.FailedWith = e.Code
	return keep(ctx, func(ctx context.Context) error {
		return a.Store.Message.MessageProviderFailed(ctx, m.ID, e.Class, e.Code)
	})
}

// look asks the provider for a message, and returns the ids that fit it and that
// are of no other message of ours: an equal text sent earlier has a row of its own.
func (a *Delivery) look(ctx context.Context, f channel.Finder, acct channel.Account, m *messagedb.Outgoing) ([]string, error) {
	fctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	r, _, err := f.Find(fctx, acct, a.outbound(m, configdb.Account{}), m.ClaimedAt)
	if err != nil || len(r.IDs) == 0 {
		return nil, err
	}
	known, err := a.Store.Message.KnownProviderIDs(fctx, m.Account, r.IDs)
	if err != nil {
		return nil, err
	}
	var left []string
	for _, id := range r.IDs {
		if !slices.Contains(known, id) {
			left = append(left, id)
		}
	}
	return left, nil
}

// replyAgain repeats a reply in doubt by its token, which works once: what comes
// through now was not taken before. Once the token is used or over, whether it was
// is not known, and no other way is tried.
func (a *Delivery) replyAgain(ctx context.Context, p channel.Sender, acct configdb.Account, m *messagedb.Outgoing, done *Delivered) error {
	out := a.outbound(m, acct)
	out.ReplyAgain = true
	for wait := lookAgain / 4; time.Now().Add(wait).Before(m.Reply.Until); wait *= 2 {
		if err := a.pause(ctx, wait); err != nil {
			return err
		}
		sctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
		receipt, err := p.Send(sctx, acct.Channel(), out)
		cancel()
		if err == nil {
			done.Sent++
			return keep(ctx, func(ctx context.Context) error { return a.Store.Message.MessageSent(ctx, m.ID, receipt.IDs) })
		}
		var e *channel.Error
		if !errors.As(err, &e) || e.Code == channel.ReplySpent {
			break
		}
		if e.Class != channel.Uncertain && e.Class != channel.Unavailable && e.Class != channel.Throttled {
			break
		}
	}
	return a.inDoubt(ctx, m, done)
}

// pause waits, at most as long as the test says.
func (a *Delivery) pause(ctx context.Context, d time.Duration) error {
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx)
	}
	if a.LookAgain > 0 {
		d = min(d, a.LookAgain)
	}
	return sleepUntil(ctx, time.Now().Add(d))
}

func (a *Delivery) inDoubt(ctx context.Context, m *messagedb.Outgoing, done *Delivered) error {
	done.InDoubt++
	return keep(ctx, func(ctx context.Context) error {
		return a.Store.Message.MessageInDoubt(ctx, m.ID, "in_doubt",
			"It is not known whether the provider took it. A report may still come; it is not sent again by itself.")
	})
}

// removed ends a message whose account was deleted: nothing goes out by it any more.
func (a *Delivery) removed(ctx context.Context, m *messagedb.Outgoing, done *Delivered) error {
	if m.InDoubt {
		return a.inDoubt(ctx, m, done)
	}
	done.Failed++
	return keep(ctx, func(ctx context.Context) error {
		return a.Store.Message.MessageFailed(ctx, m.ID, channel.Config, campaigndb.RefusedAccountRemoved, campaigndb.AccountRemoved)
	})
}
