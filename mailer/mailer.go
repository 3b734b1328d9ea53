// Package mailer sends e-mail to people who sign in: invitations, and links to set a
// new password. What is to be sent stands in the database until a mail server took it.
package mailer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/wneessen/go-mail"

	"switchboard/secret"
	"switchboard/store/auditdb"
	"switchboard/store/identitydb"
	"switchboard/store/pg"
)

// Config is what a Mailer is made of. All is required but the times.
type Config struct {
	Store  *identitydb.Store
	Server Server
	Link   func(token string) string // the address of a link by its token
	Mark   string                    // that tokens of links begin with
	Log    *slog.Logger
	Look   time.Duration // how often it is looked for e-mail to send; 0: 2 s
	Retry  time.Duration // after the first try that failed; 0: 30 s
}

// Mailer sends what is due, any number of processes at a time.
type Mailer struct {
	Config
}

// New returns a mailer that has not begun.
func New(cfg Config) *Mailer {
	if cfg.Look == 0 {
		cfg.Look = 2 * time.Second
	}
	if cfg.Retry == 0 {
		cfg.Retry = 30 * time.Second
	}
	return &Mailer{Config: cfg}
}

// Run sends until ctx ends.
func (m *Mailer) Run(ctx context.Context) error {
	tick := time.NewTicker(m.Look)
	defer tick.Stop()
	for {
		for m.next(ctx) {
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// next sends one e-mail; false: none is due, or the database is away.
func (m *Mailer) next(ctx context.Context) bool {
	one, ok, err := m.Store.ClaimMail(ctx)
	if err != nil && ctx.Err() == nil && !pg.Unavailable(err) {
		m.Log.Error("e-mail to send was not read", "error", err)
	}
	if err != nil || !ok {
		return false
	}
	if err := m.deliver(ctx, one); err != nil {
		wait := min(m.Retry<<min(one.Tries-1, 10), 10*time.Minute)
		m.Log.Warn("an e-mail was not sent and is tried again", "kind", one.Kind, "tries", one.Tries, "in", wait, "error", withoutAddress(err))
		if err := m.Store.RetryMail(ctx, one.ID, wait); err != nil { // it is due again by itself, later
			m.Log.Warn("e-mail", "error", err)
		}
	}
	return true
}

// deliver makes the link now, so that none stands in the database, and sends it. An
// e-mail that was sent and is not known to be is sent again, with a newer link.
func (m *Mailer) deliver(ctx context.Context, one identitydb.Mail) error {
	to, err := m.Store.RecipientOf(ctx, one.Email)
	if errors.Is(err, pg.ErrNotFound) {
		return m.Store.MailDone(ctx, one.ID)
	} else if err != nil {
		return err
	}
	token := m.Mark + secret.NewToken()
	_, err = m.Store.CreateLink(ctx, auditdb.Actor{}, identitydb.Origin{}, to.Agent, one.Kind, secret.HashToken(token))
	if errors.Is(err, pg.ErrNotFound) { // disabled in this moment
		return m.Store.MailDone(ctx, one.ID)
	} else if err != nil {
		return err
	}
	err = m.Server.send(ctx, to.Email, compose(one.Kind, to.Name, m.Link(token)))
	var refused *mail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.Reason == mail.ErrSMTPRcptTo {
		m.Log.Warn("an e-mail was refused for good: the mail server does not take the address", "agent_id", to.Agent, "kind", one.Kind)
	} else if err != nil {
		return err
	}
	return m.Store.MailDone(ctx, one.ID)
}

// withoutAddress is an error of the mail server without what it says of the recipient.
func withoutAddress(err error) error {
	var refused *mail.SendError
	if errors.As(err, &refused) {
		return fmt.Errorf("the mail server answered %d in step %d of sending", refused.ErrorCode(), refused.Reason)
	}
	return err
}
