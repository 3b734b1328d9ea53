package agent

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/conversation"
	"switchboard/store/auditdb"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
	"switchboard/workflows/contract"
)

func (s *Server) accept(c echo.Context) error {
	return s.actOnOffer(c, contract.UpdateAccept)
}

func (s *Server) decline(c echo.Context) error {
	return s.actOnOffer(c, contract.UpdateDecline)
}

func (s *Server) pick(c echo.Context) error { return s.act(c, contract.UpdatePick, uuid.Nil) }

func (s *Server) end(c echo.Context) error { return s.act(c, contract.UpdateEnd, uuid.Nil) }

func (s *Server) close(c echo.Context) error { return s.act(c, contract.UpdateClose, uuid.Nil) }

func (s *Server) park(c echo.Context) error { return s.act(c, contract.UpdatePark, uuid.Nil) }

func (s *Server) resume(c echo.Context) error { return s.act(c, contract.UpdateResume, uuid.Nil) }

func (s *Server) release(c echo.Context) error { return s.act(c, contract.UpdateRelease, uuid.Nil) }

func (s *Server) forceClose(c echo.Context) error { return s.act(c, contract.UpdateForce, uuid.Nil) }

// ruleSwitch: {"on": false}
type ruleSwitch struct {
	On *bool `json:"on"`
}

// switchRule switches a timeout rule off for one conversation, or on again.
func (s *Server) switchRule(c echo.Context) error {
	rule, err := httpx.PathID(c, "rule_id")
	if err != nil {
		return err
	}
	var in ruleSwitch
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if in.On == nil {
		return httpx.Invalid(httpx.FieldError{Field: "on", Reason: "must be given"})
	}
	return s.command(c, contract.UpdateRule+"/"+rule.String(), contract.UpdateRule, contract.Act{Rule: rule, On: *in.On})
}

// offerAnswer: {"offer_id": "…"}
type offerAnswer struct {
	OfferID uuid.UUID `json:"offer_id"`
}

func (s *Server) actOnOffer(c echo.Context, name string) error {
	var in offerAnswer
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if k.Required("offer_id", in.OfferID); k.Errs != nil {
		return k.Err()
	}
	return s.act(c, name, in.OfferID)
}

func (s *Server) act(c echo.Context, name string, offer uuid.UUID) error {
	return s.command(c, name, name, contract.Act{Offer: offer})
}

// command carries a person's command to the conversation's workflow and answers
// the conversation after it. what tells apart commands that may share a key.
func (s *Server) command(c echo.Context, what, name string, act contract.Act) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	key, err := httpx.IdempotencyKey(c, false)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if errors.Is(err, pg.ErrNotFound) {
		return s.repeatCommand(c, what, err)
	} else if err != nil {
		return err
	}
	if key == "" {
		key = uuid.NewString()
	}
	// A command that was given is seen through even if the client leaves.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), core.CommandTimeout)
	defer cancel()
	rung, err := s.Store.Outbox.ReadBell(ctx, conv.ID)
	if err != nil {
		return err
	}
	act.Agent, act.Bell = agent, rung.Bell
	err = s.UpdateConversation(ctx, conv.ID, core.UpdateCall{Name: name, ID: commandID(what, agent, key), Bell: rung, Arg: act})
	if took, unknown := s.tookBefore(ctx, conv.ID, name, act, err); unknown != nil {
		return unknown
	} else if err != nil && !took {
		return err
	}
	return s.answerConversation(c, conv)
}

// commandID tells commands apart. The agent is part of it: another agent's equal
// key is another command.
func commandID(what string, agent uuid.UUID, key string) string {
	return what + "/" + agent.String() + "/" + key
}

// repeatCommand answers the repeat of a command whose sender lost sight of the
// conversation by it, as after a transfer. What was said since is not theirs to read.
func (s *Server) repeatCommand(c echo.Context, what string, unseen error) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	key, err := httpx.IdempotencyKey(c, false)
	if err != nil {
		return err
	}
	id, err := httpx.PathID(c, "id")
	if err != nil || key == "" {
		return unseen
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), core.CommandTimeout)
	defer cancel()
	known, err := s.UpdatedBefore(ctx, id, commandID(what, agent, key))
	switch {
	case !known:
		return unseen
	case err != nil:
		return err
	}
	after, err := s.Store.Conversation.ConversationFor(ctx, auditdb.Viewer{Scope: auditdb.Everywhere()}, id)
	if err != nil {
		return err
	}
	view := s.showConversation(after)
	view.LastMessage = nil
	return c.JSON(http.StatusOK, view)
}

// tookBefore says that an accept was refused only because it had been written
// before: by a try whose task was lost with its answer, after which the offer
// seems to be gone. Only the row knows then.
func (s *Server) tookBefore(ctx context.Context, conv uuid.UUID, name string, act contract.Act, err error) (bool, error) {
	var refusal *conversation.Refusal
	if name != contract.UpdateAccept || !errors.As(err, &refusal) || refusal.Code != conversation.OfferGone {
		return false, nil
	}
	return s.Store.Assignment.TookOffer(ctx, conv, act.Agent, act.Offer)
}

// answerConversation shows a conversation after a command, also to an agent who
// has just lost sight of it by declining.
func (s *Server) answerConversation(c echo.Context, before conversationdb.Conversation) error {
	after, err := s.Store.Conversation.ConversationFor(context.WithoutCancel(c.Request().Context()), auditdb.Viewer{Scope: auditdb.Everywhere()}, before.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.showConversation(after))
}
