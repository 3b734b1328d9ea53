package activities

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"switchboard/attachment"
	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store"
	"switchboard/store/configdb"
	"switchboard/store/messagedb"
	"switchboard/store/pg"
)

// Links makes the public, expiring addresses from which providers fetch what
// agents send.
type Links interface {
	PublicURL(attachment uuid.UUID, name string, preview bool, ttl time.Duration) string
}

// Contents gives what is in a stored file, for providers that fetch nothing.
type Contents interface {
	Reader(ctx context.Context, key string) (attachment.Content, error)
}

// Accounts gives an account with its credentials.
type Accounts interface {
	AccountForSend(ctx context.Context, id uuid.UUID) (configdb.Account, error)
}

// Delivery sends stored answers through their provider.
type Delivery struct {
	Store     *store.Store
	Accounts  Accounts
	Registry  *channel.Registry
	Links     Links
	Contents  Contents
	PublicURL string        // where providers report statuses
	LookAgain time.Duration // between two looks for a message in doubt; 0 is 2 s
}

// Deliver asks for all answers of a conversation up to a seq to be sent.
type Deliver struct {
	Conversation uuid.UUID `json:"conversation"`
	UpTo         int64     `json:"up_to"`
}

// Delivered counts what became of them.
type Delivered struct {
	Sent    int `json:"sent"`
	Failed  int `json:"failed,omitempty"`
	InDoubt int `json:"in_doubt,omitempty"`
}

// Types of errors that are tried again.
const (
	Throttled = "throttled"      // the provider asked for a pause
	Misconfig = "channel_config" // the account is paused until an administrator looked at it
)

const (
	sendTimeout    = 15 * time.Second
	pauseRetry     = 15 * time.Second // how often a paused account is looked at again
	linkTTL        = 24 * time.Hour
	unavailableFor = "the provider did not take the message"
)

// Deliver sends in order and stops at the first message that must wait, with an
// error that says for how long. A message the provider refuses is a result, not
// an error. Which messages were sent stands in their rows, so a retry goes on
// where this try stopped.
func (a *Delivery) Deliver(ctx context.Context, in Deliver) (Delivered, error) {
	var done Delivered
	for {
		m, err := a.Store.Message.NextToSend(ctx, in.Conversation, in.UpTo)
		if err != nil {
			return done, err
		}
		if m == nil {
			return done, nil
		}
		if activity.IsActivity(ctx) {
			activity.RecordHeartbeat(ctx)
		}
		if err := a.deliver(ctx, m, &done); err != nil {
			return done, err
		}
	}
}

func (a *Delivery) deliver(ctx context.Context, m *messagedb.Outgoing, done *Delivered) error {
	p, err := a.Registry.Get(m.Provider)
	if err != nil {
		return err
	}
	acct, err := a.Accounts.AccountForSend(ctx, m.Account)
	if errors.Is(err, pg.ErrNotFound) {
		return a.removed(ctx, m, done)
	} else if err != nil {
		return fmt.Errorf("read account: %w", err)
	}
	caps := p.Channels()[m.Channel]
	switch {
	case m.InDoubt:
		return a.repeat(ctx, p, acct, m, done)
	case m.Expired:
		return a.Store.Message.MessageNotTried(ctx, m.ID, channel.Unavailable, "expired", "It could not be sent in time.")
	case acct.Paused():
		e := paused()
		if err := a.Store.Message.MessageWaits(ctx, m.ID, e.Class, e.Code); err != nil {
			return err
		}
		return again(e)
	}
	if err := passes(caps, m); err != nil {
		done.Failed++
		return a.Store.Message.MessageNotTried(ctx, m.ID, channel.Window, conversation.WindowClosed, "The reply window closed before it could be sent.")
	}
	// All that can fail beforehand is done: what is begun may have been taken.
	claim, begun := uuid.New(), false
	err = keep(ctx, func(ctx context.Context) (err error) {
		begun, err = a.Store.Message.BeginSending(ctx, m, claim)
		return err
	})
	if err != nil || !begun {
		return err
	}
	return a.send(ctx, p, acct, m, done)
}

func paused() *channel.Error {
	return &channel.Error{Class: channel.Config, Code: "paused", RetryAfter: pauseRetry}
}

// repeatable reports whether a message may be sent although an earlier try may
// have been taken: by a way on which the provider knows it again.
func repeatable(caps channel.Caps, m *messagedb.Outgoing) bool {
	return caps.SafeSend && !m.ByReply && (caps.SafeFor == 0 || time.Since(m.ClaimedAt) < caps.SafeFor)
}

// repeat deals with a message that an earlier try may have brought to the
// provider. It is sent again where that is harmless; nothing that happens to the
// repeat says that the earlier try was not taken.
func (a *Delivery) repeat(ctx context.Context, p channel.Sender, acct configdb.Account, m *messagedb.Outgoing, done *Delivered) error {
	switch {
	case m.Expired || !repeatable(p.Channels()[m.Channel], m):
		return a.resolve(ctx, p, acct.Channel(), m, providerFailed(m.FailedWith), done)
	case acct.Paused():
		return again(paused())
	}
	return a.send(ctx, p, acct, m, done)
}

// send hands a message that was begun to its provider. It is seen through, so
// that little is left in doubt.
func (a *Delivery) send(ctx context.Context, p channel.Sender, acct configdb.Account, m *messagedb.Outgoing, done *Delivered) error {
	sctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	receipt, err := p.Send(sctx, acct.Channel(), a.outbound(m, acct))
	if err != nil {
		return a.failed(ctx, p, acct, m, done, err)
	}
	done.Sent++
	return keep(ctx, func(ctx context.Context) error { return a.Store.Message.MessageSent(ctx, m.ID, receipt.IDs) })
}

// keepFor is how long the outcome of a try is held while the database is away.
const keepFor = time.Minute

// keep writes down what a try did, also when the database is away for a while or
// the activity was canceled: what is not written is in doubt.
func keep(ctx context.Context, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepFor)
	defer cancel()
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := write(ctx)
		if err == nil || errors.Is(err, pg.ErrNotFound) {
			return err
		}
		if activity.IsActivity(ctx) {
			activity.RecordHeartbeat(ctx)
		}
		if sleepUntil(ctx, time.Now().Add(wait)) != nil {
			return err
		}
	}
}

// passes asks the domain once more, at the moment of sending: the window may
// have closed while the message waited.
func passes(caps channel.Caps, m *messagedb.Outgoing) error {
	st := conversation.State{InboundAt: m.InboundAt, Policy: conversation.Policy{Window: caps.Window, HumanWindow: caps.HumanWindow, Templates: caps.Templates}}
	return st.Passes(conversation.Sending{Template: m.Template != nil, Automated: m.Automated}, time.Now())
}

// failed acts on the class of a failed send.
func (a *Delivery) failed(ctx context.Context, p channel.Sender, acct configdb.Account, m *messagedb.Outgoing, done *Delivered, err error) error {
	var e *channel.Error
	if !errors.As(err, &e) {
		e = &channel.Error{Class: channel.Uncertain, Code: "internal", Detail: "The provider's answer could not be read."}
	}
	switch e.Class {
	case channel.Refused, channel.Window, channel.OptedOut:
		if m.InDoubt {
			return a.inDoubt(ctx, m, done)
		}
		done.Failed++
		return keep(ctx, func(ctx context.Context) error {
			return a.Store.Message.MessageFailed(ctx, m.ID, e.Class, e.Code, e.Detail)
		})
	case channel.Config:
		var paused bool
		err := keep(ctx, func(ctx context.Context) (err error) {
			paused, err = a.Store.Message.PauseAccount(ctx, m.Account, e.Code, acct.UpdatedAt)
			return err
		})
		if err != nil {
			return err
		}
		if paused { // else it was repaired meanwhile: the next try need not wait
			e.RetryAfter = max(e.RetryAfter, pauseRetry)
		}
		return a.putBack(ctx, m, e)
	case channel.Throttled, channel.Unavailable:
		return a.putBack(ctx, m, e)
	}
	switch failed := providerFailed(e.Code); {
	case repeatable(p.Channels()[m.Channel], m):
		return again(e) // the row stays 'sending'; the same id makes the next try harmless
	case m.Reply != nil && !m.InDoubt:
		return a.replyAgain(ctx, p, acct, m, done)
	case failed && !m.InDoubt:
		// The next try has to know it, too, should this one not get so far.
		if err := a.noteFailure(ctx, m, e); err != nil {
			return err
		}
		return a.resolve(ctx, p, acct.Channel(), m, true, done)
	}
	return a.resolve(ctx, p, acct.Channel(), m, providerFailed(m.FailedWith), done)
}

// putBack returns a message that was certainly not taken to the queue and asks
// for another try. One that an earlier try left in doubt stays so: back in the
// queue it might go by another way, and twice.
func (a *Delivery) putBack(ctx context.Context, m *messagedb.Outgoing, e *channel.Error) error {
	if !m.InDoubt {
		err := keep(ctx, func(ctx context.Context) error { return a.Store.Message.RequeueMessage(ctx, m.ID, e.Class, e.Code) })
		if err != nil {
			return err
		}
	}
	return again(e)
}

func again(e *channel.Error) error {
	typ := string(e.Class)
	switch e.Class {
	case channel.Throttled:
		typ = Throttled
	case channel.Config:
		typ = Misconfig
	}
	return temporal.NewApplicationErrorWithOptions(unavailableFor, typ, temporal.ApplicationErrorOptions{
		NextRetryDelay: e.RetryAfter, Category: temporal.ApplicationErrorCategoryBenign, Details: []any{e.Code},
	})
}

func (a *Delivery) outbound(m *messagedb.Outgoing, acct configdb.Account) channel.Outbound {
	out := channel.Outbound{ID: m.ID.String(), Channel: m.Channel, From: m.From, To: m.To, Text: m.Text, Template: m.Template, Buttons: m.Buttons, Reply: m.Reply,
		InboundAt: m.InboundAt, Automated: m.Automated}
	if acct.Key != "" {
		out.CallbackURL = a.PublicURL + "/webhooks/" + m.Provider + "/" + url.PathEscape(acct.Key) + "?message=" + m.ID.String()
	}
	for _, f := range m.Files {
		media := channel.OutMedia{URL: a.Links.PublicURL(f.ID, f.Name, false, linkTTL), ContentType: f.ContentType, Name: f.Name, Size: f.Size}
		if a.Contents != nil {
			media.Open = func(ctx context.Context) (io.ReadCloser, error) { return a.Contents.Reader(ctx, f.Blob) }
		}
		if f.PreviewBlob != "" {
			media.PreviewURL = a.Links.PublicURL(f.ID, f.Name, true, linkTTL)
		}
		out.Media = append(out.Media, media)
	}
	return out
}
