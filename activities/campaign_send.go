package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"switchboard/channel"
	"switchboard/domain/campaign"
	"switchboard/store/campaigndb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// SendRange asks for the recipients of a range to be written to.
type SendRange struct {
	Campaign uuid.UUID `json:"campaign"`
	Lo       int       `json:"lo"`
	Hi       int       `json:"hi"`
}

// RangeSent counts what became of a range. Left says that it is to be sent again,
// from Lo on: the campaign does not run any more, or the provider wants a pause.
type RangeSent struct {
	Lo        int            `json:"lo"`
	Sent      int            `json:"sent,omitempty"`
	Refused   int            `json:"refused,omitempty"`
	InDoubt   int            `json:"in_doubt,omitempty"`
	State     campaign.State `json:"state"`
	NotBefore time.Time      `json:"not_before,omitzero"`
	Left      bool           `json:"left,omitempty"`
}

const (
	connections = 32                   // of one range to its provider; also how many are in doubt at most when everything is cut off
	claimLeast  = 8                    // connections that are free before more recipients are claimed
	claimEvery  = 5 * time.Millisecond // while fewer than all are free
	beatEvery   = 2 * time.Second
	longPause   = 20 * time.Second // beyond it a range is given back
)

// SendRange writes to everybody of a range who was not written to. Whom an
// earlier try left in doubt is looked up first.
func (a *Campaigns) SendRange(ctx context.Context, in SendRange) (RangeSent, error) {
	s, err := a.newSender(ctx, in)
	if errors.Is(err, errAccountGone) {
		return s.pauseForAccount(ctx)
	} else if err != nil {
		return RangeSent{}, err
	}
	if s.account.Paused() {
		return s.pauseForAccount(ctx)
	}
	s.begin(ctx)
	err = s.run(ctx)
	if ferr := s.end(); err == nil {
		err = ferr
	}
	if err != nil {
		return RangeSent{}, err
	}
	if s.out.State == campaign.Running {
		if s.out.State, err = a.Store.Campaign.AutoPauseIfFailing(ctx, in.Campaign); err != nil {
			return RangeSent{}, err
		}
		return s.out, nil
	}
	if s.out.State == campaign.Canceled { // what was put back meanwhile is not tried again
		if err := a.Store.Campaign.SettleDoubts(ctx, in.Campaign); err != nil {
			return RangeSent{}, err
		}
	}
	// Who watches is told of what was still under way when it was paused or canceled.
	return s.out, a.Store.Campaign.TellProgress(ctx, in.Campaign)
}

// sender sends one range.
type sender struct {
	*Campaigns
	in       SendRange
	c        campaigndb.Campaign
	frozen   campaigndb.Content
	account  configdb.Account
	provider channel.Sender
	caps     channel.Caps
	pace     *pace

	jobs     chan campaigndb.ToSend
	slots    chan struct{} // one for each connection; who claims recipients takes as many
	claimed  time.Time     // when recipients were last claimed
	zones    []string      // of those who were left when the range was begun; read when there are quiet hours
	outcomes chan campaigndb.RecipientOutcome
	workers  sync.WaitGroup
	last     chan struct{} // says that only what is under way is left of the range
	writer   chan error    // of the ledger, when it has ended
	beats    func()

	mu      sync.Mutex
	out     RangeSent
	putBack int       // recipients that were put back since the range was last begun from its start
	open    int       // recipients whose outcome is not written down yet
	broken  bool      // the ledger cannot be written
	backoff time.Time // nothing is sent before
	refused int       // pauses asked for in a row
}

// errAccountGone says that the account of a campaign was deleted.
var errAccountGone = errors.New("the account of the campaign was removed")

func (a *Campaigns) newSender(ctx context.Context, in SendRange) (*sender, error) {
	c, err := a.Store.Campaign.CampaignByID(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	s := &sender{Campaigns: a, in: in, c: c, jobs: make(chan campaigndb.ToSend), slots: make(chan struct{}, connections),
		outcomes: make(chan campaigndb.RecipientOutcome, 2*connections), last: make(chan struct{}, 1), writer: make(chan error, 1)}
	s.out = RangeSent{Lo: in.Lo, State: campaign.Running}
	if s.frozen, err = c.DecodeContent(); err != nil {
		return nil, err
	}
	if err := a.Store.Campaign.ReadApprovals(ctx, &s.frozen); err != nil {
		return nil, err
	}
	if s.provider, err = a.Registry.Get(s.frozen.Provider); err != nil {
		return nil, err
	}
	s.caps = s.provider.Channels()[s.frozen.Channel]
	s.account, err = a.Accounts.AccountForSend(ctx, s.frozen.Account)
	if errors.Is(err, pg.ErrNotFound) {
		return s, errAccountGone
	} else if err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	s.pace = &pace{store: a.Store, campaign: c.ID, address: s.frozen.Address}
	return s, nil
}

// begin starts workers, the writer of the ledger and heartbeats.
func (s *sender) begin(ctx context.Context) {
	for range connections {
		s.slots <- struct{}{}
		s.workers.Go(func() {
			for r := range s.jobs {
				s.outcomes <- s.try(ctx, r)
				s.slots <- struct{}{}
			}
		})
	}
	go func() { s.writer <- s.write(ctx) }()
	if !activity.IsActivity(ctx) {
		s.beats = func() {}
		return
	}
	stop := make(chan struct{})
	s.beats = sync.OnceFunc(func() { close(stop) })
	go func() {
		t := time.NewTicker(beatEvery)
		defer t.Stop()
		for {
			activity.RecordHeartbeat(ctx)
			select {
			case <-stop:
				return
			case <-t.C:
			}
		}
	}()
}

// end waits until everything that was begun is written down.
func (s *sender) end() error {
	close(s.jobs)
	s.workers.Wait()
	close(s.outcomes)
	err := <-s.writer
	s.beats()
	return err
}

// run claims recipients and hands them to the workers until none is left.
func (s *sender) run(ctx context.Context) error {
	doubtful, err := s.Store.Campaign.RecipientsInDoubt(ctx, s.in.Campaign, s.in.Lo, s.in.Hi)
	if err != nil {
		return err
	}
	s.opened(len(doubtful))
	for _, r := range doubtful {
		<-s.slots
		s.jobs <- r
	}
	for from := s.in.Lo; ; {
		if err := s.mayGoOn(ctx); err != nil {
			return err
		}
		if until := s.pauseUntil(); time.Until(until) > longPause {
			s.yieldRange(until)
			return nil
		}
		if err := sleepUntil(ctx, s.pauseUntil()); err != nil {
			return err
		}
		got, err := s.claim(ctx, from)
		switch {
		case err != nil:
			return err
		case got.State != campaign.Running:
			s.stop(got.State)
			return nil
		case len(got.List) > 0:
			if from, err = s.dispatch(ctx, got.List); err != nil {
				return err
			}
		case !s.again(ctx):
			return nil
		default:
			from = s.in.Lo
		}
	}
}

// dispatch gives recipients to the workers, at the pace that the limits allow.
func (s *sender) dispatch(ctx context.Context, list []campaigndb.ToSend) (next int, err error) {
	s.opened(len(list))
	for i, r := range list {
		if err := s.pace.wait(ctx, len(list)-i); err != nil {
			s.release(list[i:])
			return 0, err
		}
		s.jobs <- r
		next = max(next, r.Seq+1)
	}
	return next, nil
}

// release puts back those who were claimed and not written to.
func (s *sender) release(list []campaigndb.ToSend) {
	for _, r := range list {
		s.outcomes <- campaigndb.RecipientOutcome{Seq: r.Seq, Status: campaigndb.RecipientPending, InDoubt: r.InDoubt}
		s.slots <- struct{}{}
	}
}

// claim takes as many recipients as there are free connections, so that none of
// them waits for one while it is in doubt.
func (s *sender) claim(ctx context.Context, from int) (got campaigndb.Claimed, err error) {
	limit, err := s.pace.refresh(ctx, connections)
	if err != nil {
		return campaigndb.Claimed{}, err
	}
	free, err := s.acquireSlots(ctx, limit)
	defer func() { // what is not used is free again
		for range free - len(got.List) {
			s.slots <- struct{}{}
		}
	}()
	if err != nil {
		return got, err
	}
	most, err := s.turn(ctx, from, free)
	if err != nil {
		return got, err
	}
	in := campaigndb.Claim{Campaign: s.in.Campaign, Lo: from, Hi: s.in.Hi, Limit: most, Account: s.frozen.Account, Channel: s.frozen.Channel}
	if !s.c.Quiet().None() {
		if in.Zones, err = s.openZones(ctx); err != nil {
			return campaigndb.Claimed{}, err
		}
	}
	return s.Store.Campaign.ClaimRecipients(ctx, in)
}

// turn waits for the turn of the next recipients, if there are any, and returns
// how many may be claimed.
func (s *sender) turn(ctx context.Context, from, free int) (int, error) {
	if !s.pace.limited() {
		return free, ctx.Err()
	}
	left, err := s.Store.Campaign.AnyPending(ctx, s.in.Campaign, from, s.in.Hi)
	if err != nil || !left { // nobody needs a place in the line
		return free, err
	}
	return s.pace.await(ctx, free)
}

// acquireSlots takes connections that are free: some at least, and then as many as come
// free until a moment after the last claim. Where a provider answers at once,
// claims are larger for it and fewer; where it takes its time, nothing waits.
func (s *sender) acquireSlots(ctx context.Context, limit int) (free int, err error) {
	for ; free < min(limit, claimLeast); free++ {
		select {
		case <-s.slots:
		case <-ctx.Done():
			return free, ctx.Err()
		}
	}
	moment := time.NewTimer(time.Until(s.claimed.Add(claimEvery)))
	defer moment.Stop()
	for waits := true; waits && free < limit; {
		select {
		case <-s.slots:
			free++
		case <-moment.C:
			waits = false
		case <-ctx.Done():
			return free, ctx.Err()
		}
	}
	for ; free < limit && len(s.slots) > 0; free++ {
		<-s.slots // only this goroutine takes any
	}
	s.claimed = time.Now()
	return free, nil
}

func (s *sender) opened(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open += n
}

// again reports whether some were put back, once all others are through.
func (s *sender) again(ctx context.Context) bool {
	select {
	case s.last <- struct{}{}:
	default:
	}
	for {
		s.mu.Lock()
		back, open, broken := s.putBack, s.open, s.broken
		if open == 0 {
			s.putBack = 0
		}
		s.mu.Unlock()
		if open == 0 || broken {
			return back > 0 && !broken
		}
		if sleepUntil(ctx, time.Now().Add(2*time.Millisecond)) != nil {
			return false
		}
	}
}

var errStopping = errors.New("the worker is shutting down")

func (s *sender) mayGoOn(ctx context.Context) error {
	if !activity.IsActivity(ctx) {
		return ctx.Err()
	}
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return temporal.NewApplicationErrorWithOptions("the worker is shutting down", "stopping",
			temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign, Cause: errStopping})
	default:
		return ctx.Err()
	}
}

// stop takes note that the campaign does not run any more.
func (s *sender) stop(state campaign.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.State, s.out.Left = state, true
}

// yieldRange gives the range back until a moment.
func (s *sender) yieldRange(until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.NotBefore, s.out.Left = until, true
}

// pauseForAccount pauses the campaign, unless its account was mended meanwhile.
func (s *sender) pauseForAccount(ctx context.Context) (RangeSent, error) {
	state, err := s.Store.Campaign.PauseForAccount(ctx, s.in.Campaign, s.frozen.Account)
	return RangeSent{Lo: s.in.Lo, State: state, Left: true}, err
}

func (s *sender) pauseUntil() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.backoff
}

func sleepUntil(ctx context.Context, at time.Time) error {
	d := time.Until(at)
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
