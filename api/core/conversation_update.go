package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"switchboard/api/httpx"
	"switchboard/domain/conversation"
	"switchboard/store/campaigndb"
	"switchboard/store/contactdb"
	"switchboard/store/outbox"
	"switchboard/workflows/contract"
)

// CommandTimeout is how long a workflow may take to answer a command.
const CommandTimeout = 10 * time.Second

// DirectionOut is the direction of messages to customers.
const DirectionOut = "out"

// UpdateCall is one command on its way to a workflow: the name and argument of the
// update, an id under which it is done once, and the bell it carries.
type UpdateCall struct {
	Name, ID string
	Arg      any
	Bell     outbox.PendingBell
}

// UpdateConversation runs a command in the conversation's workflow. The error is a
// *conversation.Refusal, or a 503 when Temporal cannot say.
func (s *Server) UpdateConversation(ctx context.Context, conv uuid.UUID, u UpdateCall) error {
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
		if err := s.Store.Outbox.AckBell(ctx, conv, u.Bell.Rings); err != nil {
			s.Log.WarnContext(ctx, "bell not answered", "conversation_id", conv, "error", err) // the relay rings once more, for nothing
		}
		return nil
	}
	return s.updateFailure(ctx, conv, err)
}

// UpdatedBefore says what came of a command that was given before under the same
// id: nil, or the error that UpdateConversation answered. known is false when no
// such command is known.
func (s *Server) UpdatedBefore(ctx context.Context, conv uuid.UUID, id string) (known bool, err error) {
	var acted contract.Acted
	err = s.Workflows.GetWorkflowUpdateHandle(client.GetWorkflowUpdateHandleOptions{WorkflowID: contract.ConversationID(conv), UpdateID: id}).Get(ctx, &acted)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return false, nil
	} else if err != nil {
		return true, s.updateFailure(ctx, conv, err)
	}
	return true, nil
}

func (s *Server) updateOnce(ctx context.Context, conv uuid.UUID, u UpdateCall) error {
	h, err := s.Workflows.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: contract.ConversationID(conv), UpdateName: u.Name, UpdateID: u.ID, Args: []any{u.Arg},
		WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return err
	}
	var acted contract.Acted
	return h.Get(ctx, &acted)
}

// updateFailure tells a refusal from a workflow that could not be asked.
func (s *Server) updateFailure(ctx context.Context, conv uuid.UUID, err error) error {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		if IsRefusal(app.Type()) {
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
func (s *Server) closedNow(ctx context.Context, conv uuid.UUID) error {
	rung, err := s.Store.Outbox.ReadBell(ctx, conv)
	if err != nil {
		return err
	}
	if rung.State == string(conversation.Closed) {
		return &conversation.Refusal{Code: conversation.WrongState,
			Reason: "It is closed for good; a new message from the customer opens a new conversation."}
	}
	return nil
}

func unavailableWorkflow(err error) error {
	return errors.Join(httpx.Unavailable("The conversation's process does not answer at the moment. "+httpx.MayHappen, 2*time.Second), err)
}

// IsRefusal tells codes that refuse a command from errors of a workflow.
func IsRefusal(code string) bool {
	switch code {
	case contract.RefusedState, contract.RefusedPrimary, contract.RefusedOffer, contract.RefusedCapacity, contract.RefusedWindow,
		contract.RefusedStale, contract.RefusedTarget, contract.RefusedAway, contract.RefusedSame, contract.RefusedOutside,
		contract.RefusedNobody, contract.RefusedThere, contract.RefusedAbsent, contract.RefusedMany, contract.RefusedUndisposed,
		contactdb.RefusedOptedOut, campaigndb.RefusedAccountPaused, campaigndb.RefusedAccountRemoved:
		return true
	}
	return false
}
