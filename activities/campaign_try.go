package activities

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/google/uuid"

	"switchboard/channel"
	"switchboard/domain/campaign"
	"switchboard/store"
	"switchboard/store/campaigndb"
)

// tryAgain is how often one recipient is put back before the campaign gives up on
// them: some numbers are answered with "later" for ever.
const tryAgain = 50

// try writes to one recipient and returns what became of it.
func (s *sender) try(ctx context.Context, r campaigndb.ToSend) campaigndb.RecipientOutcome {
	out := campaigndb.RecipientOutcome{Seq: r.Seq}
	m, code := s.compose(r)
	switch {
	case r.InDoubt && (code != "" || !s.repeatable(r)):
		return s.lookUp(ctx, r, m, "cut_off")
	case r.InDoubt:
		// The same id makes the next try harmless.
	case r.Consent == "out":
		code = campaign.OptedOut
	case !r.Listed && r.Consent != "in":
		code = campaign.NoConsent
	}
	if code != "" {
		s.count(&s.out.Refused)
		out.Status, out.Code = campaigndb.RecipientRefused, code
		return out
	}
	// A send that was begun is seen through, so that little is left in doubt.
	sctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	receipt, err := s.provider.Send(sctx, s.account.Channel(), m)
	if err == nil {
		s.recordSent()
		out.Status = string(channel.StatusSent)
		if len(receipt.IDs) > 0 {
			out.ProviderID = receipt.IDs[0]
		}
		return out
	}
	return s.failed(ctx, r, m, err)
}

// repeatable reports whether a message may be sent although an earlier try may
// have been taken.
func (s *sender) repeatable(r campaigndb.ToSend) bool {
	return s.caps.SafeSend && (s.caps.SafeFor == 0 || !r.ClaimedAt.Valid || time.Since(r.ClaimedAt.Time) < s.caps.SafeFor)
}

// compose puts the message to a recipient together, or says why it cannot go.
func (s *sender) compose(r campaigndb.ToSend) (channel.Outbound, string) {
	m := channel.Outbound{ID: r.Message.String(), Channel: s.frozen.Channel, From: s.frozen.From, To: r.To}
	m.CallbackURL = s.PublicURL + "/webhooks/" + s.frozen.Provider + "/" + url.PathEscape(s.account.Key) + "?message=" + m.ID
	x, values, code := s.frozen.Render(r.Variant, r.Language, r.Values)
	if code != "" {
		return m, code
	}
	if s.caps.Templates && x.ContentSID == nil {
		return m, campaign.NotApproved
	}
	m.Text = x.Fill(values)
	if x.ContentSID != nil {
		m.Template = &channel.Template{ContentSID: *x.ContentSID, Variables: values}
	}
	return m, ""
}

// failed acts on the class of a failed send.
func (s *sender) failed(ctx context.Context, r campaigndb.ToSend, m channel.Outbound, err error) campaigndb.RecipientOutcome {
	out := campaigndb.RecipientOutcome{Seq: r.Seq, Status: campaigndb.RecipientRefused}
	var e *channel.Error
	if !errors.As(err, &e) {
		e = &channel.Error{Class: channel.Uncertain, Code: "internal"}
	}
	out.Code = e.Code
	switch e.Class {
	case channel.Refused, channel.Window, channel.OptedOut:
		if e.Class == channel.OptedOut {
			out.OptedOut = r.To
		}
		if r.InDoubt { // of the repeat only
			out.Status = string(channel.StatusUnknown)
			s.count(&s.out.InDoubt)
			return out
		}
		s.count(&s.out.Refused)
		return out
	case channel.Config:
		// What cannot be recorded now is met again by the next try.
		paused, err := s.Store.Message.PauseAccount(ctx, s.frozen.Account, e.Code, s.account.UpdatedAt)
		if err != nil || !paused {
			return s.requeue(r, e)
		}
		p, err := s.pauseForAccount(ctx)
		if err == nil && p.State == campaign.Running {
			return s.requeue(r, e) // it was mended, and the campaign goes on
		}
		if err == nil {
			s.stop(p.State)
		}
		// The campaign waits for a person: who is put back waits for nothing else.
		s.count(&s.putBack)
		return campaigndb.RecipientOutcome{Seq: r.Seq, Status: campaigndb.RecipientPending, Code: e.Code, InDoubt: r.InDoubt}
	case channel.Throttled, channel.Unavailable:
		return s.requeue(r, e)
	}
	switch {
	case s.repeatable(r):
		r.InDoubt = true
		return s.requeue(r, e)
	case providerFailed(e.Code):
		return s.confirmNotAccepted(ctx, r, m, e)
	}
	return s.lookUp(ctx, r, m, e.Code)
}

// confirmNotAccepted puts a recipient back whose message the provider answered to have
// failed with, and twice, some time apart, does not know. What was cut off without
// an answer is never put back: it may still be on its way.
func (s *sender) confirmNotAccepted(ctx context.Context, r campaigndb.ToSend, m channel.Outbound, e *channel.Error) campaigndb.RecipientOutcome {
	f, ok := s.provider.(channel.Finder)
	for range 2 {
		if !ok || sleepUntil(ctx, time.Now().Add(lookAgain)) != nil {
			return s.lookUp(ctx, r, m, e.Code)
		}
		fctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
		got, _, err := f.Find(fctx, s.account.Channel(), m, r.ClaimedAt.Time)
		cancel()
		if err != nil || len(got.IDs) > 0 {
			return s.lookUp(ctx, r, m, e.Code)
		}
	}
	return s.requeue(r, e)
}

// requeue puts a recipient back whom the provider certainly did not take, or to whom
// a repeat does no harm, and lets the provider rest. That an earlier try may have
// been taken goes with them.
func (s *sender) requeue(r campaigndb.ToSend, e *channel.Error) campaigndb.RecipientOutcome {
	if r.Attempt >= tryAgain {
		if r.InDoubt {
			s.count(&s.out.InDoubt)
			return campaigndb.RecipientOutcome{Seq: r.Seq, Status: string(channel.StatusUnknown), Code: campaign.GaveUp}
		}
		s.count(&s.out.Refused)
		return campaigndb.RecipientOutcome{Seq: r.Seq, Status: string(channel.StatusFailed), Code: campaign.GaveUp}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putBack++
	s.refused++
	rest := 50 * time.Millisecond << min(s.refused, 9)
	if until := time.Now().Add(max(rest, e.RetryAfter)); until.After(s.backoff) {
		s.backoff = until
	}
	return campaigndb.RecipientOutcome{Seq: r.Seq, Status: campaigndb.RecipientPending, Code: e.Code, InDoubt: r.InDoubt}
}

func (s *sender) recordSent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.Sent++
	s.refused = 0
}

func (s *sender) count(n *int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*n++
}

// lookUp asks the provider for a message that may have been taken. What it does
// not know stays in doubt, and is never sent again by itself: a report may come.
func (s *sender) lookUp(ctx context.Context, r campaigndb.ToSend, m channel.Outbound, code string) campaigndb.RecipientOutcome {
	out := campaigndb.RecipientOutcome{Seq: r.Seq, Status: string(channel.StatusUnknown), Code: code}
	if f, ok := s.provider.(channel.Finder); ok {
		fctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
		defer cancel()
		got, found, err := f.Find(fctx, s.account.Channel(), m, r.ClaimedAt.Time)
		if err == nil && found && !s.used(fctx, r.To, got.IDs[0]) {
			s.recordSent()
			out.Status, out.Code, out.ProviderID = string(channel.StatusSent), "", got.IDs[0]
			return out
		}
	}
	s.count(&s.out.InDoubt)
	return out
}

// used reports whether a message that was found is another one of ours, or may be.
func (s *sender) used(ctx context.Context, to, id string) bool {
	used, err := s.Store.Campaign.ProviderIDUsed(ctx, s.frozen.Account, to, id)
	return err != nil || used
}

// pace keeps to the limits of messages a second: the campaign's, the number's,
// which all campaigns on it share, and the organisation's.
type pace struct {
	store             *store.Store
	campaign, address uuid.UUID
	rates             campaigndb.Rates
	read              time.Time
	slot              time.Time     // when the next message may go
	every             time.Duration // between two
	left              int           // messages that may still go without asking
	ready             bool          // the next of them was waited for
}

const (
	ratesFor = time.Second // how soon another limit is kept to
	headroom = 0.95        // a little under the limit, because networks and clocks bring together what was apart
	leaseFor = 50 * time.Millisecond
	late     = 20 * time.Millisecond // a place in the line that was missed by more is given up
)

// limits are the buckets that there are.
func (p *pace) limits() map[string]int {
	out := map[string]int{}
	add := func(key string, rate *int) {
		if rate != nil {
			out[key] = *rate
		}
	}
	add("campaign/"+p.campaign.String(), p.rates.Campaign)
	add(campaigndb.AddressBucket(p.address), p.rates.Number)
	add("organisation", p.rates.Org)
	return out
}

// refresh reads the limits again if they are old, and returns how many recipients
// to claim at once: at a low rate few, because they wait.
func (p *pace) refresh(ctx context.Context, most int) (int, error) {
	if time.Since(p.read) > ratesFor {
		rates, err := p.store.Campaign.SendRates(ctx, p.campaign, p.address)
		if err != nil {
			return 0, err
		}
		p.rates, p.read = rates, time.Now()
	}
	for _, rate := range p.limits() {
		most = min(most, max(1, rate/4))
	}
	return most, nil
}

func (p *pace) limited() bool { return len(p.limits()) > 0 }

// await waits until a message may go, and returns how many may at about that
// moment, at most want. Recipients are claimed only then: who was claimed and not
// written to when everything is cut off would be in doubt.
func (p *pace) await(ctx context.Context, want int) (int, error) {
	limits := p.limits()
	if p.left == 0 || time.Since(p.slot) > late {
		if err := p.lease(ctx, limits, want); err != nil {
			return 0, err
		}
	}
	p.ready = true
	return min(want, p.left), sleepUntil(ctx, p.slot)
}

// wait waits until a message may go; want more are to go after it.
func (p *pace) wait(ctx context.Context, want int) error {
	limits := p.limits()
	if len(limits) == 0 {
		return ctx.Err()
	}
	switch now := time.Now(); {
	case p.ready && p.left > 0: // however long the claim took since
		p.ready = false
		if now.After(p.slot) {
			p.slot = now
		}
	case p.left == 0 || now.Sub(p.slot) > late:
		if err := p.lease(ctx, limits, want); err != nil {
			return err
		}
	}
	err := sleepUntil(ctx, p.slot)
	p.slot, p.left = p.slot.Add(p.every), p.left-1
	return err
}

// lease takes places in the lines of all limits, few enough that others have
// their turn soon.
func (p *pace) lease(ctx context.Context, limits map[string]int, want int) error {
	p.every = 0
	slowest := 0.0
	for _, rate := range limits {
		if per := float64(rate) * headroom; slowest == 0 || per < slowest {
			slowest = per
		}
	}
	p.every = time.Duration(float64(time.Second) / slowest)
	p.left = max(1, min(want, int(slowest*leaseFor.Seconds())))
	var wait time.Duration
	for key, rate := range limits {
		d, err := p.store.Campaign.TakeFromBucket(ctx, key, p.left, float64(rate)*headroom)
		if err != nil {
			p.left = 0
			return err
		}
		wait = max(wait, d)
	}
	p.slot = time.Now().Add(wait)
	return nil
}
