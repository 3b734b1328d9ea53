package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"switchboard/domain/conversation"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/outbox"
	"switchboard/workflows/contract"
)

const keyHeader = "Idempotency-Key"

const maxKey = 200

// idempotencyKey reads the header: 1 to 200 printable ASCII characters.
func idempotencyKey(c echo.Context, required bool) (string, error) {
	key := c.Request().Header.Get(keyHeader)
	if key == "" && !required {
		return "", nil
	}
	ok := key != "" && len(key) <= maxKey
	for i := range len(key) {
		ok = ok && key[i] > ' ' && key[i] < 0x7f
	}
	if !ok {
		return "", badParameter(keyHeader, "must be a header of 1 to 200 printable characters, new for every message and the same for every try")
	}
	return key, nil
}

func (s *server) accept(c echo.Context) error {
	return s.actOnOffer(c, contract.UpdateAccept)
}

func (s *server) decline(c echo.Context) error {
	return s.actOnOffer(c, contract.UpdateDecline)
}

func (s *server) pick(c echo.Context) error  { return s.act(c, contract.UpdatePick, uuid.Nil) }
func (s *server) end(c echo.Context) error   { return s.act(c, contract.UpdateEnd, uuid.Nil) }
func (s *server) close(c echo.Context) error { return s.act(c, contract.UpdateClose, uuid.Nil) }

func (s *server) park(c echo.Context) error       { return s.act(c, contract.UpdatePark, uuid.Nil) }
func (s *server) resume(c echo.Context) error     { return s.act(c, contract.UpdateResume, uuid.Nil) }
func (s *server) release(c echo.Context) error    { return s.act(c, contract.UpdateRelease, uuid.Nil) }
func (s *server) forceClose(c echo.Context) error { return s.act(c, contract.UpdateForce, uuid.Nil) }

// ruleSwitch: {"on": false}
type ruleSwitch struct {
	On *bool `json:"on"`
}

// switchRule switches a timeout rule off for one conversation, or on again.
func (s *server) switchRule(c echo.Context) error {
	rule, err := pathID(c, "rule_id")
	if err != nil {
		return err
	}
	var in ruleSwitch
	if err := decode(c, &in); err != nil {
		return err
	}
	if in.On == nil {
		return invalid(FieldError{Field: "on", Reason: "must be given"})
	}
	return s.command(c, contract.UpdateRule+"/"+rule.String(), contract.UpdateRule, contract.Act{Rule: rule, On: *in.On})
}

// offerAnswer: {"offer_id": "…"}
type offerAnswer struct {
	OfferID uuid.UUID `json:"offer_id"`
}

func (s *server) actOnOffer(c echo.Context, name string) error {
	var in offerAnswer
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	if k.required("offer_id", in.OfferID); k.errs != nil {
		return k.err()
	}
	return s.act(c, name, in.OfferID)
}

func (s *server) act(c echo.Context, name string, offer uuid.UUID) error {
	return s.command(c, name, name, contract.Act{Offer: offer})
}

// command carries a person's command to the conversation's workflow and answers
// the conversation after it. what tells apart commands that may share a key.
func (s *server) command(c echo.Context, what, name string, act contract.Act) error {
	agent, err := actingAgent(c)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c, false)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	if key == "" {
		key = uuid.NewString()
	}
	// A command that was given is seen through even if the client leaves.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), commandTimeout)
	defer cancel()
	rung, err := s.Store.Outbox.ReadBell(ctx, conv.ID)
	if err != nil {
		return err
	}
	// The agent is part of the id: another agent's equal key is another command.
	act.Agent, act.Bell = agent, rung.Bell
	err = s.update(ctx, conv.ID, updateCall{name: name, id: what + "/" + agent.String() + "/" + key, rung: rung, arg: act})
	if took, unknown := s.tookBefore(ctx, conv.ID, name, act, err); unknown != nil {
		return unknown
	} else if err != nil && !took {
		return err
	}
	return s.answerConversation(c, conv)
}

// tookBefore says that an accept was refused only because it had been written
// before: by a try whose task was lost with its answer, after which the offer
// seems to be gone. Only the row knows then.
func (s *server) tookBefore(ctx context.Context, conv uuid.UUID, name string, act contract.Act, err error) (bool, error) {
	var refusal *conversation.Refusal
	if name != contract.UpdateAccept || !errors.As(err, &refusal) || refusal.Code != conversation.OfferGone {
		return false, nil
	}
	return s.Store.Assignment.TookOffer(ctx, conv, act.Agent, act.Offer)
}

// answerConversation shows a conversation after a command, also to an agent who
// has just lost sight of it by declining.
func (s *server) answerConversation(c echo.Context, before conversationdb.Conversation) error {
	after, err := s.Store.Conversation.ConversationFor(context.WithoutCancel(c.Request().Context()), auditdb.Viewer{All: true}, before.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.showConversation(after))
}

// updateCall is one command on its way to a workflow, with the bell it carries.
type updateCall struct {
	name, id string
	arg      any
	rung     outbox.PendingBell
}

// update runs a command in the conversation's workflow. The error is a
// *conversation.Refusal, or a 503 when Temporal cannot say.
func (s *server) update(ctx context.Context, conv uuid.UUID, u updateCall) error {
	err := s.updateOnce(ctx, conv, u)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		if err := s.closedNow(ctx, conv); err != nil {
			return err
		}
		if err := s.Ringer.Ring(ctx, conv); err != nil {
			return fmt.Errorf("ring conversation: %w", unavailableWorkflow(err))
		}
		err = s.updateOnce(ctx, conv, u)
	}
	if err == nil {
		if err := s.Store.Outbox.AckBell(ctx, conv, u.rung.Rings); err != nil {
			s.log.WarnContext(ctx, "bell not answered", "conversation_id", conv, "error", err) // the relay rings once more, for nothing
		}
		return nil
	}
	return s.updateFailure(ctx, conv, err)
}

func (s *server) updateOnce(ctx context.Context, conv uuid.UUID, u updateCall) error {
	h, err := s.Workflows.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: contract.ConversationID(conv), UpdateName: u.name, UpdateID: u.id, Args: []any{u.arg}, WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return err
	}
	var acted contract.Acted
	return h.Get(ctx, &acted)
}

// updateFailure tells a refusal from a workflow that could not be asked.
func (s *server) updateFailure(ctx context.Context, conv uuid.UUID, err error) error {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		if isRefusal(app.Type()) {
			return &conversation.Refusal{Code: app.Type(), Reason: app.Message()}
		}
		if closed := s.closedNow(ctx, conv); closed != nil {
			return closed // it completed while the command waited
		}
		return fmt.Errorf("command failed in its workflow: %w", err)
	}
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		if closed := s.closedNow(ctx, conv); closed != nil {
			return closed
		}
	}
	var bad *serviceerror.InvalidArgument
	if errors.As(err, &bad) {
		return fmt.Errorf("command: %w", err)
	}
	return fmt.Errorf("command: %w", unavailableWorkflow(err))
}

// closedNow is the refusal of a conversation that is closed, or nil.
func (s *server) closedNow(ctx context.Context, conv uuid.UUID) error {
	rung, err := s.Store.Outbox.ReadBell(ctx, conv)
	if err != nil {
		return err
	}
	if rung.State == string(conversation.Closed) {
		return &conversation.Refusal{Code: conversation.WrongState, Reason: "It is closed for good; a new message from the customer opens a new conversation."}
	}
	return nil
}

func unavailableWorkflow(err error) error {
	return errors.Join(unavailable("The conversation's process does not answer at the moment. "+mayHappen, 2*time.Second), err)
}

func isRefusal(code string) bool {
	switch code {
	case contract.RefusedState, contract.RefusedPrimary, contract.RefusedOffer, contract.RefusedCapacity, contract.RefusedWindow, contract.RefusedStale,
		contract.RefusedTarget, contract.RefusedAway, contract.RefusedSame, contract.RefusedOutside, contract.RefusedNobody, contract.RefusedThere,
		contract.RefusedAbsent, contract.RefusedMany,
		contactdb.RefusedOptedOut, campaigndb.RefusedAccountPaused, campaigndb.RefusedAccountRemoved:
		return true
	}
	return false
}
