package agent

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/channel"
	"switchboard/store/conversationdb"
)

const (
	signalTimeout = 5 * time.Second
	maxSignals    = 16 // under way at once; more are left out
	typingLasts   = 15 * time.Second
)

// signal tells the customer's provider that the agent types, or has read what came,
// where the provider shows such things. Nobody waits for it, and what fails is not
// tried again: it is over in a moment.
func (s *Server) signal(c echo.Context, conv conversationdb.Conversation, typing bool) {
	if conv.AccountPaused {
		return
	}
	select {
	case s.signals <- struct{}{}:
	default:
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), signalTimeout)
	go func() {
		defer func() { cancel(); <-s.signals }()
		if err := s.sendSignal(ctx, conv, typing); err != nil {
			s.Log.Debug("signal was not shown", "account_id", conv.Account, "error", err)
		}
	}()
}

func (s *Server) sendSignal(ctx context.Context, conv conversationdb.Conversation, typing bool) error {
	account, err := s.Store.Config.AccountByID(ctx, conv.Account)
	if err != nil {
		return err
	}
	p, err := s.Providers.Get(account.Provider)
	if err != nil {
		return err
	}
	signaler, ok := p.(channel.Signaler)
	if !ok {
		return nil
	}
	last, err := s.Store.Message.LastInbound(ctx, conv.ID)
	if err != nil {
		return err
	}
	return signaler.Signal(ctx, account.Channel(), channel.Signal{To: last.To, MessageID: last.MessageID, Typing: typing})
}
