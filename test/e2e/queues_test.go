package e2e

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"switchboard/dev/sandbox"
	"switchboard/dev/sandbox/line"
	"switchboard/test/tier"
	"switchboard/worker"
	"switchboard/workflows/contract"
)

// An agent's answer does not wait behind files: it leaves while the provider's
// downloads hang, more of them than have room at once. Another provider's files
// come in meanwhile, and nothing of it is lost. With SWITCHBOARD_TEST_FAULTS=1
// there are more downloads than a worker has room for activities of all kinds.
func TestTemporal_AnswersPassHangingMedia(t *testing.T) {
	n := worker.MediaSlots + 8
	many := tier.Long()
	if many {
		n = 1100
	}
	site := newSite(t, nil)
	ann := newAgent(t, site, 1)
	customer := site.LINE.User(userID())
	say(t, customer, said("hi"))
	conv := ann.accept(t)

	shared.Sandbox.Fault(site.LINEID, sandbox.Fault{Kind: "hang_before", On: "read"})
	t.Cleanup(func() { shared.Sandbox.ClearFaults(site.LINEID) })
	sendFiles(t, site.LINE, n)
	full := func() bool { return shared.Sandbox.Hanging(site.LINEID) >= min(n, worker.MediaSlots) }
	eventually(t, "downloads hang wherever there is room for them", full)
	eventually(t, "all files wait", func() bool { return files(t, site.LINEAcct, "pending") == n })

	text := said("answer")
	_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
	require.NoError(t, err)
	_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
	require.Equal(t, n, files(t, site.LINEAcct, "pending"), "the answer left while all downloads still hang")

	say(t, site.Twilio.SMS(number(), site.SMS), said("hi"))
	_, err = site.Twilio.SMS(number(), site.SMS).SendsMedia(t.Context(), "image/png", picture(t), markText+".png")
	require.NoError(t, err)
	eventually(t, "another provider's file is stored", func() bool { return files(t, site.TwilioAcct, "stored") == 1 })
	if many {
		other := newSite(t, nil)
		sendFiles(t, other.LINE, 1)
		eventually(t, "another account's file is stored", func() bool { return files(t, other.LINEAcct, "stored") == 1 })
	}
	require.Equal(t, n, files(t, site.LINEAcct, "pending"))
	accountsTakeTurns(t, conv, site.LINEAcct)
	shared.Sandbox.ClearFaults(site.LINEID)
	eventually(t, "all files are stored", func() bool { return files(t, site.LINEAcct, "stored") == n })
}

// accountsTakeTurns: what is asked of providers carries its account, and answers
// go before what an earlier version left in their queue.
func accountsTakeTurns(t *testing.T, conversation, account uuid.UUID) {
	t.Helper()
	c := temporalClient(t)
	var kinds []string
	it := c.GetWorkflowHistory(t.Context(), contract.ConversationID(conversation), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		require.NoError(t, err)
		a := e.GetActivityTaskScheduledEventAttributes()
		if a == nil {
			continue
		}
		kinds = append(kinds, a.ActivityType.Name)
		require.Equal(t, account.String(), a.GetPriority().GetFairnessKey())
		require.Equal(t, a.ActivityType.Name == "Deliver", a.GetPriority().GetPriorityKey() == 1)
	}
	require.Contains(t, kinds, "Deliver")
}

func temporalClient(t *testing.T) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: shared.Temporal.Address(), Namespace: shared.Namespace()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// sendFiles has as many customers send a picture each.
func sendFiles(t *testing.T, line *line.Account, n int) {
	t.Helper()
	data := picture(t)
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(32)
	for range n {
		user := line.User(userID())
		g.Go(func() error {
			_, err := user.SendsMedia(ctx, "image/png", data, markText+".png")
			return err
		})
	}
	require.NoError(t, g.Wait())
}

// files counts those that an account's customers sent, by state.
func files(t *testing.T, account uuid.UUID, state string) int {
	t.Helper()
	return count(t, `SELECT count(*) FROM attachment a JOIN message m ON m.id = a.message_id
		WHERE m.account_id = $1 AND a.state = $2`, account, state)
}

// What an earlier version scheduled before an upgrade is still done: its files
// and profiles waited in the queue of answers.
func TestTemporal_OlderQueueIsServed(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 1)
	say(t, site.LINE.User(userID()), said("hi"))
	conv := ann.accept(t)
	c := temporalClient(t)
	const queue = "earlier-version"
	w := sdkworker.New(c, queue, sdkworker.Options{})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, name string, id uuid.UUID) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{TaskQueue: contract.SendQueue("line"),
			StartToCloseTimeout: time.Minute, ScheduleToCloseTimeout: patience})
		return workflow.ExecuteActivity(ctx, name, id).Get(ctx, nil)
	}, workflow.RegisterOptions{Name: queue})
	require.NoError(t, w.Start())
	defer w.Stop()
	for _, name := range []string{"Fetch", "Profile"} {
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: queue}, queue, name, conv)
		require.NoError(t, err)
		require.NoError(t, run.Get(t.Context(), nil), name)
	}
}
