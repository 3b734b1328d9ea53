package workflows

import (
	"errors"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/workflow"

	"switchboard/conversation"
	"switchboard/workflows/message"
)

// listen registers queries and updates. Validators only read; what they refuse
// leaves no trace in history.
func (c *run) listen(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, message.QueryState, func() (State, error) { return c.State, nil }); err != nil {
		return err
	}
	err := workflow.SetUpdateHandlerWithOptions(ctx, message.UpdateSend, c.send, workflow.UpdateHandlerOptions{Validator: c.maySend})
	if err != nil {
		return err
	}
	for _, cmd := range []struct {
		name string
		kind conversation.Kind
	}{
		{message.UpdateAccept, conversation.Accept}, {message.UpdateDecline, conversation.Decline}, {message.UpdatePick, conversation.Pick},
		{message.UpdateEnd, conversation.End}, {message.UpdateClose, conversation.Close},
		{message.UpdatePark, conversation.Park}, {message.UpdateResume, conversation.Resume}, {message.UpdateRelease, conversation.Release},
		{message.UpdateForce, conversation.ForceClose}, {message.UpdateRule, conversation.SwitchRule},
		{message.UpdateCustomerEnd, conversation.CustomerEnd},
		{message.UpdateConsult, conversation.Consult}, {message.UpdateConsultAccept, conversation.ConsultAccept},
		{message.UpdateConsultDecline, conversation.ConsultDecline}, {message.UpdateBringIn, conversation.BringIn},
		{message.UpdateRemove, conversation.Remove}, {message.UpdateLeave, conversation.Leave}, {message.UpdateTransfer, conversation.Transfer},
		{message.UpdateMonitor, conversation.Monitor}, {message.UpdateJoin, conversation.Join}, {message.UpdateAssign, conversation.AssignTo},
	} {
		err := workflow.SetUpdateHandlerWithOptions(ctx, cmd.name,
			func(ctx workflow.Context, a message.Act) (message.Acted, error) { return c.act(ctx, cmd.kind, a) },
			workflow.UpdateHandlerOptions{Validator: func(ctx workflow.Context, a message.Act) error { return c.mayAct(ctx, cmd.kind, a) }})
		if err != nil {
			return err
		}
	}
	return nil
}

// view is the state as it will be once a command's bell is heard. A workflow
// that has only just begun, or does not know its row, lets its handlers decide.
func (c *run) view(b message.Bell) (conversation.State, bool) {
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

func (c *run) maySend(ctx workflow.Context, s message.Send) error {
	if st, known := c.view(s.Bell); known {
		return refused(st.MaySend(sending(s), workflow.Now(ctx)))
	}
	return nil
}

func sending(s message.Send) conversation.Sending {
	return conversation.Sending{Agent: s.Agent.String(), Template: s.Template}
}

// send announces a stored answer. It is delivered in the order of seq; whether
// it was taken by the provider stands in its row.
func (c *run) send(ctx workflow.Context, s message.Send) (message.Acted, error) {
	if err := workflow.Await(ctx, func() bool { return c.began }); err != nil {
		return message.Acted{}, err
	}
	if c.behind(ctx, s.Bell) {
		c.rung(s.Bell)
		if err := c.hear(ctx); err != nil {
			return message.Acted{}, err
		}
	}
	st, _ := c.view(s.Bell)
	if err := st.MaySend(sending(s), workflow.Now(ctx)); err != nil {
		return message.Acted{}, refused(err)
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

func (c *run) mayAct(ctx workflow.Context, kind conversation.Kind, a message.Act) error {
	st, known := c.view(a.Bell)
	if !known || c.had(kind, a) {
		return nil
	}
	_, _, err := conversation.Apply(st, command(kind, a), workflow.Now(ctx))
	return refused(err)
}

// act carries out an agent's command.
func (c *run) act(ctx workflow.Context, kind conversation.Kind, a message.Act) (message.Acted, error) {
	if err := workflow.Await(ctx, func() bool { return c.began }); err != nil {
		return message.Acted{}, err
	}
	c.rung(a.Bell)
	if err := c.hear(ctx); err != nil {
		return message.Acted{}, err
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
		return message.Acted{}, refused(err)
	}
	return c.acted(), nil
}

// had says that what the agent asks for had been done by a try of which this
// workflow knows nothing but the row: its task was lost, and its answer with it.
func (c *run) had(kind conversation.Kind, a message.Act) bool {
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

func command(kind conversation.Kind, a message.Act) conversation.Command {
	return conversation.Command{Kind: kind, Agent: a.Agent.String(), On: a.On, Over: a.Over, Rule: idText(a.Rule), Part: idText(a.Part),
		To: idText(a.To), Queue: idText(a.Queue), Offer: conversation.Offer{ID: idText(a.Offer)}}
}

func idText(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

func (c *run) acted() message.Acted {
	s := c.Facts.State
	return message.Acted{State: string(s.Phase), Version: s.Version, Agent: s.Agent}
}
