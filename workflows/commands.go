package workflows

import (
	"errors"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/workflow"

	"switchboard/domain/conversation"
	"switchboard/workflows/contract"
)

// listen registers queries and updates. Validators only read; what they refuse
// leaves no trace in history.
func (c *run) listen(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, contract.QueryState, func() (State, error) { return c.State, nil }); err != nil {
		return err
	}
	err := workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateSend, c.send, workflow.UpdateHandlerOptions{Validator: c.maySend})
	if err != nil {
		return err
	}
	for _, cmd := range []struct {
		name string
		kind conversation.Kind
	}{
		{contract.UpdateAccept, conversation.Accept}, {contract.UpdateDecline, conversation.Decline}, {contract.UpdatePick, conversation.Pick},
		{contract.UpdateEnd, conversation.End}, {contract.UpdateClose, conversation.Close},
		{contract.UpdatePark, conversation.Park}, {contract.UpdateSnooze, conversation.Snooze}, {contract.UpdateResume, conversation.Resume}, {contract.UpdateRelease, conversation.Release},
		{contract.UpdateForce, conversation.ForceClose}, {contract.UpdateRule, conversation.SwitchRule},
		{contract.UpdateCustomerEnd, conversation.CustomerEnd},
		{contract.UpdateConsult, conversation.Consult}, {contract.UpdateConsultAccept, conversation.ConsultAccept},
		{contract.UpdateConsultDecline, conversation.ConsultDecline}, {contract.UpdateBringIn, conversation.BringIn},
		{contract.UpdateRemove, conversation.Remove}, {contract.UpdateLeave, conversation.Leave}, {contract.UpdateTransfer, conversation.Transfer},
		{contract.UpdateMonitor, conversation.Monitor}, {contract.UpdateJoin, conversation.Join}, {contract.UpdateAssign, conversation.AssignTo},
	} {
		err := workflow.SetUpdateHandlerWithOptions(ctx, cmd.name,
			func(ctx workflow.Context, a contract.Act) (contract.Acted, error) { return c.act(ctx, cmd.kind, a) },
			workflow.UpdateHandlerOptions{Validator: func(ctx workflow.Context, a contract.Act) error { return c.mayAct(ctx, cmd.kind, a) }})
		if err != nil {
			return err
		}
	}
	return nil
}

// view is the state as it will be once a command's bell is heard. A workflow
// that has only just begun, or does not know its row, lets its handlers decide.
func (c *run) view(b contract.Bell) (conversation.State, bool) {
	bell := c.bell.Merge(b)
	s := withOffer(c.Facts.State, bell)
	if bell.InboundSeq > s.InboundSeq {
		// The phase stays as it is: what the command means is decided when it is heard.
		s.InboundSeq, s.InboundAt, s.Sent = bell.InboundSeq, later(s.InboundAt, bell.InboundAt), 0
	}
	return s, c.began && !differs(c.Facts.State, bell)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (c *run) maySend(ctx workflow.Context, s contract.Send) error {
	if st, known := c.view(s.Bell); known {
		return refused(st.MaySend(sending(s), workflow.Now(ctx)))
	}
	return nil
}

func sending(s contract.Send) conversation.Sending {
	return conversation.Sending{Agent: s.Agent.String(), Template: s.Template}
}

// send announces a stored answer. It is delivered in the order of seq; whether
// it was taken by the provider stands in its row.
func (c *run) send(ctx workflow.Context, s contract.Send) (contract.Acted, error) {
	if err := workflow.Await(ctx, func() bool { return c.began }); err != nil {
		return contract.Acted{}, err
	}
	if c.behind(ctx, s.Bell) {
		c.rung(s.Bell)
		if err := c.hear(ctx); err != nil {
			return contract.Acted{}, err
		}
	}
	st, _ := c.view(s.Bell)
	if err := st.MaySend(sending(s), workflow.Now(ctx)); err != nil {
		return contract.Acted{}, refused(err)
	}
	c.rung(s.Bell)
	c.Outbound = max(c.Outbound, s.Seq)
	if c.versioned {
		c.Handed = min(c.Handed, s.Seq-1) // a repeat; or the row was restored and counts its messages anew
	}
	c.answered(s.Seq, workflow.Now(ctx))
	return c.acted(), nil
}

// answered takes note that the agent wrote.
func (c *run) answered(seq int64, now time.Time) {
	st := &c.Facts.State
	st.Activity = now
	if seq <= st.AgentSeq {
		return
	}
	st.AgentSeq, st.AgentAt, st.Sent = seq, now, st.Sent+1
	if seq > max(st.InboundSeq, c.bell.InboundSeq) {
		st.Unanswered = time.Time{}
	}
}

func (c *run) mayAct(ctx workflow.Context, kind conversation.Kind, a contract.Act) error {
	st, known := c.view(a.Bell)
	if !known || c.had(kind, a) {
		return nil
	}
	_, _, err := conversation.Apply(st, command(kind, a), workflow.Now(ctx))
	return refused(err)
}

// act carries out an agent's command.
func (c *run) act(ctx workflow.Context, kind conversation.Kind, a contract.Act) (contract.Acted, error) {
	if err := workflow.Await(ctx, func() bool { return c.began }); err != nil {
		return contract.Acted{}, err
	}
	c.rung(a.Bell)
	if err := c.hear(ctx); err != nil {
		return contract.Acted{}, err
	}
	if c.had(kind, a) {
		return c.acted(), nil
	}
	_, err := c.apply(ctx, command(kind, a))
	// A supervisor means it, whatever arrives at this moment.
	for kind == conversation.ForceClose && isStale(err) {
		if err = c.hear(ctx); err == nil {
			_, err = c.apply(ctx, command(kind, a))
		}
	}
	if err != nil {
		return contract.Acted{}, refused(err)
	}
	return c.acted(), nil
}

// had says that what the agent asks for had been done by a try of which this
// workflow knows nothing but the row: its task was lost, and its answer with it.
func (c *run) had(kind conversation.Kind, a contract.Act) bool {
	st := c.Facts.State
	if !c.Learned {
		return false
	}
	if kind == conversation.ForceClose {
		return st.Phase == conversation.Closed
	}
	phase, known := ledTo()[kind]
	return known && st.Phase == phase && st.Agent == a.Agent.String()
}

// ledTo says where commands lead that leave the conversation with its agent.
func ledTo() map[conversation.Kind]conversation.Phase {
	return map[conversation.Kind]conversation.Phase{
		conversation.Accept: conversation.Active, conversation.Pick: conversation.Active, conversation.Resume: conversation.Active,
		conversation.Park: conversation.Waiting, conversation.End: conversation.WrapUp, conversation.Close: conversation.Closed,
	}
}

func isStale(err error) bool {
	var r *conversation.Refusal
	return errors.As(err, &r) && r.Code == conversation.Stale
}

func command(kind conversation.Kind, a contract.Act) conversation.Command {
	return conversation.Command{Kind: kind, Agent: a.Agent.String(), On: a.On, Over: a.Over, Rule: idText(a.Rule), Part: idText(a.Part),
		Until: a.Until, Note: idText(a.Note),
		To: idText(a.To), Queue: idText(a.Queue), Offer: conversation.Offer{ID: idText(a.Offer)}}
}

func idText(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

func (c *run) acted() contract.Acted {
	s := c.Facts.State
	return contract.Acted{State: string(s.Phase), Version: s.Version, Agent: s.Agent}
}
