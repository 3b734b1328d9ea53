package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
)

func liveSite(t *testing.T, more map[string]any) *rig.Site {
	t.Helper()
	settings := map[string]any{"style": "live"}
	for k, v := range more {
		settings[k] = v
	}
	return newSite(t, settings)
}

func persistentSite(t *testing.T) (*rig.Site, string) {
	t.Helper()
	s := newSite(t, map[string]any{"style": "persistent"})
	return s, newWidget(t, s, map[string]any{"authentication": "required", "public_key": shopPublic(t)})
}

// closedHours are operating hours in which nobody is ever there.
func closedHours(t *testing.T) uuid.UUID {
	t.Helper()
	day := time.Now().UTC().AddDate(0, 0, 3).Weekday().String()
	var made apiclient.Ref
	_, err := shared.Admin.Do(t.Context(), http.MethodPost, "/v1/operating-hours", map[string]any{"name": uuid.NewString(), "time_zone": "UTC",
		"calendar": map[string]any{"events": []map[string]any{{"weekdays": []string{map[string]string{"Sunday": "sun", "Monday": "mon", "Tuesday": "tue",
			"Wednesday": "wed", "Thursday": "thu", "Friday": "fri", "Saturday": "sat"}[day]}, "start": "10:00", "end": "11:00"}}}}, &made)
	require.NoError(t, err)
	return made.ID
}

// What docs/webchat.md says of both kinds of chat, row by row.
func TestWebchat_Table(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]func(*testing.T){
		"out of hours/live": rowClosedLive, "out of hours/persistent": rowClosedPersistent,
		"ending/live": rowEndLive, "ending/persistent": rowEndPersistent,
		"wait and position/live": rowQueueLive, "wait and position/persistent": rowQueuePersistent,
		"history/live": rowHistoryLive, "history/persistent": rowHistoryPersistent,
		"parking/live": rowParkLive, "parking/persistent": rowParkPersistent,
		"prerequisite":   rowPrerequisite,
		"reconnect/live": rowReconnectLive, "reconnect/persistent": rowReconnectPersistent,
		"upgrade": rowUpgrade,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row(t)
		})
	}
}

func rowClosedLive(t *testing.T) {
	key := newWidget(t, liveSite(t, nil), map[string]any{"operating_hours_id": closedHours(t)})
	v := newVisitor(t, key)
	var settings struct {
		Open    bool
		OpensAt *time.Time `json:"opens_at"`
	}
	_, err := v.Call(t.Context(), http.MethodGet, "", nil, &settings)
	require.NoError(t, err)
	require.False(t, settings.Open)
	require.NotNil(t, settings.OpensAt)
	_, err = v.Start(t.Context(), nil)
	require.Equal(t, "closed", refusal(t, err).Code)
}

func rowClosedPersistent(t *testing.T) {
	site := newSite(t, map[string]any{"style": "persistent"})
	key := newWidget(t, site, map[string]any{"operating_hours_id": closedHours(t), "authentication": "required", "public_key": shopPublic(t)})
	ann := newAgent(t, site, 3)
	_, err := shared.Admin.Do(t.Context(), http.MethodPut, "/v1/automated-messages", map[string]any{"trigger": "out_of_hours", "workstream_id": site.Workstream,
		"enabled": true, "texts": map[string]string{"en": markText + " closed"}}, nil)
	require.NoError(t, err)
	v := newVisitor(t, key)
	v.start(map[string]any{"token": signedIn(t, uuid.NewString())})
	text := said("at night")
	m := v.says(text)
	v.reads(markText + " closed")
	c, err := ann.Conversation(t.Context(), m.Conversation)
	require.NoError(t, err)
	require.Equal(t, "open", c.State, "it stays open until somebody is there")
	require.Nil(t, c.Offer)
	require.Equal(t, text, ann.thread(t, m.Conversation)[0].Text, "the agents have it")
}

func rowEndLive(t *testing.T) {
	site := liveSite(t, nil)
	key := newWidget(t, site, nil)
	ann := newAgent(t, site, 3)
	v := newVisitor(t, key)
	v.start(nil)
	conv := ann.accept(t)
	v.sees("the agent is there", func(th apiclient.ChatThread) bool { return th.State == "active" && th.Agent != nil && th.CanEnd })
	require.NoError(t, v.end())
	ann.changed(t, conv, "ended")
	ann.awaitMessage(t, conv, "the agent is told", func(m apiclient.Message) bool { return m.Automated != nil && *m.Automated == "customer_ended" })
	v.sees("it has ended", func(th apiclient.ChatThread) bool { return th.State == "ended" && !th.CanWrite })
	_, _, err := v.Say(t.Context(), uuid.New(), said("late"))
	require.Equal(t, "ended", refusal(t, err).Code)

	w := newVisitor(t, key)
	w.start(nil)
	other := ann.acceptWhere(t, func(id uuid.UUID) bool { return id != conv })
	ann.do(t, other, "end")
	w.sees("the agent ended it", func(th apiclient.ChatThread) bool { return th.State == "ended" })
}

func rowEndPersistent(t *testing.T) {
	site, key := persistentSite(t)
	ann := newAgent(t, site, 3)
	v := newVisitor(t, key)
	v.start(map[string]any{"token": signedIn(t, uuid.NewString())})
	v.says(said("hello"))
	conv := ann.accept(t)
	th := v.sees("the agent is there", func(th apiclient.ChatThread) bool { return th.State == "active" })
	require.False(t, th.CanEnd)
	require.Equal(t, "wrong_state", refusal(t, v.end()).Code)
	ann.do(t, conv, "end")
	th = v.sees("only the agent ends it", func(th apiclient.ChatThread) bool { return th.State == "none" })
	require.True(t, th.CanWrite, "and the customer may write at any time")
}

func rowQueueLive(t *testing.T) {
	site := liveSite(t, nil)
	key := newWidget(t, site, nil)
	first, second := newVisitor(t, key), newVisitor(t, key)
	first.start(nil)
	first.sees("nobody is ahead", func(th apiclient.ChatThread) bool { return th.Queue != nil && th.Queue.Ahead == 0 })
	second.start(nil)
	th := second.sees("one is ahead", func(th apiclient.ChatThread) bool { return th.Queue != nil && th.Queue.Ahead == 1 })
	require.Nil(t, th.Queue.Wait, "nobody waited here yet, and that is not guessed")
	require.NoError(t, first.end())
	second.sees("they are told that they moved up", func(th apiclient.ChatThread) bool { return th.Queue != nil && th.Queue.Ahead == 0 })
}

func rowQueuePersistent(t *testing.T) {
	_, key := persistentSite(t)
	v := newVisitor(t, key)
	v.start(map[string]any{"token": signedIn(t, uuid.NewString())})
	v.says(said("hello"))
	th := v.sees("it waits", func(th apiclient.ChatThread) bool { return th.State == "waiting" })
	require.Nil(t, th.Queue)
	v.reads("Nobody is here at the moment. Write as much as you like: we keep it, answer later, and you can come back at any time.")
}

func rowHistoryLive(t *testing.T) {
	site := liveSite(t, nil)
	key := newWidget(t, site, nil)
	ann := newAgent(t, site, 3)
	v := newVisitor(t, key)
	v.start(nil)
	before := said("before")
	v.says(before)
	conv := ann.accept(t)
	ann.do(t, conv, "end")
	ann.do(t, conv, "close")
	require.Equal(t, []string{before}, v.history(), "it can be read until another begins")
	_, err := v.Start(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, v.history(), "the session ended with its chat")
}

func rowHistoryPersistent(t *testing.T) {
	site, key := persistentSite(t)
	ann := newAgent(t, site, 3)
	who := uuid.NewString()
	v := newVisitor(t, key)
	v.start(map[string]any{"token": signedIn(t, who)})
	first := said("first")
	v.says(first)
	conv := ann.accept(t)
	answered := ann.answer(t, conv)
	v.reads(answered)
	ann.do(t, conv, "end")
	ann.do(t, conv, "close")
	v.leave()

	again := newVisitor(t, key) // another browser, the same sign-in
	again.start(map[string]any{"token": signedIn(t, who)})
	require.Equal(t, []string{first, answered}, again.history())
	second := said("second")
	m := again.says(second)
	require.NotEqual(t, conv, m.Conversation)
	require.Equal(t, []string{first, answered, second}, again.history(), "over conversations that ended")
	stranger := newVisitor(t, key)
	stranger.start(map[string]any{"token": signedIn(t, uuid.NewString())})
	require.Empty(t, stranger.history(), "and of nobody else")
}

func rowParkLive(t *testing.T) {
	site := liveSite(t, nil)
	key := newWidget(t, site, nil)
	ann := newAgent(t, site, 3)
	v := newVisitor(t, key)
	v.start(nil)
	conv := ann.accept(t)
	ann.do(t, conv, "park")
	c, err := ann.Conversation(t.Context(), conv)
	require.NoError(t, err)
	require.Equal(t, "open", c.State, "nothing waits: it is back in the queue")
}

func rowParkPersistent(t *testing.T) {
	site, key := persistentSite(t)
	ann := newAgent(t, site, 1)
	v := newVisitor(t, key)
	v.start(map[string]any{"token": signedIn(t, uuid.NewString())})
	v.says(said("hello"))
	conv := ann.accept(t)
	first := ann.offer(t, func(id uuid.UUID) bool { return id == conv })
	ann.do(t, conv, "park")
	require.Zero(t, ann.load(t), "waiting takes no capacity")
	v.leave()
	ann.changed(t, conv, "customer_away")
	newAgent(t, site, 5) // has more room
	v.arrive()
	ann.changed(t, conv, "customer_back")
	v.says(said("I am back"))
	back := ann.returns(t, conv, first.OfferID())
	require.NoError(t, ann.Command(t.Context(), conv, "accept", "", map[string]any{"offer_id": back.OfferID()}), "the same agent by default")
	v.reads(ann.answer(t, conv))
}

// A persistent thread hangs on a sign-in, unless the administrator says otherwise.
func rowPrerequisite(t *testing.T) {
	site := newSite(t, map[string]any{"style": "persistent"})
	in := map[string]any{"name": uuid.NewString(), "workstream_id": site.Workstream}
	_, err := shared.Admin.Do(t.Context(), http.MethodPost, "/v1/widgets", in, nil)
	require.Equal(t, "invalid", refusal(t, err).Code)
	in["anonymous_threads"] = true
	_, err = shared.Admin.Do(t.Context(), http.MethodPost, "/v1/widgets", in, nil)
	require.NoError(t, err)
	_, key := persistentSite(t)
	v := newVisitor(t, key)
	_, err = v.Start(t.Context(), nil)
	require.Equal(t, "sign_in_required", refusal(t, err).Code)
	live := newVisitor(t, newWidget(t, liveSite(t, nil), nil))
	_, err = live.Start(t.Context(), nil)
	require.NoError(t, err, "a live chat needs none")
	var ws struct {
		Same bool `json:"same_agent"`
	}
	_, err = shared.Admin.Do(t.Context(), http.MethodGet, "/v1/workstreams/"+site.Workstream.String(), nil, &ws)
	require.NoError(t, err)
	require.True(t, ws.Same, "the same agent by default")
}

func rowReconnectLive(t *testing.T) {
	site := liveSite(t, map[string]any{"away_timeout": 2, "reconnect_for": 600})
	key := newWidget(t, site, nil)
	ann := newAgent(t, site, 3)
	v := newVisitor(t, key)
	v.start(nil)
	conv := ann.accept(t)
	v.leave()
	ann.changed(t, conv, "customer_held")
	ann.awaitMessage(t, conv, "the agent is told", func(m apiclient.Message) bool { return m.Automated != nil && *m.Automated == "customer_held" })
	require.Equal(t, 1, ann.load(t), "its capacity stays blocked")
	th, err := v.Thread(t.Context())
	require.NoError(t, err)
	require.NotNil(t, th.HeldUntil, "the visitor is asked whether to go on")
	require.True(t, th.CanWrite)

	var link struct{ Reconnect string }
	_, err = ann.Do(t.Context(), http.MethodPost, "/v1/conversations/"+conv.String()+"/reconnect-link", nil, &link)
	require.NoError(t, err)
	elsewhere := newVisitor(t, key)
	elsewhere.start(map[string]any{"reconnect": link.Reconnect})
	ann.changed(t, conv, "customer_back")
	text := said("here I am again")
	require.Equal(t, conv, elsewhere.says(text).Conversation)
	ann.do(t, conv, "end")
	late := newVisitor(t, key)
	_, err = late.Start(t.Context(), map[string]any{"reconnect": link.Reconnect})
	require.Equal(t, "ended", refusal(t, err).Code, "once it was ended there is no way back")
}

func rowReconnectPersistent(t *testing.T) {
	site, key := persistentSite(t)
	ann := newAgent(t, site, 3)
	v := newVisitor(t, key)
	v.start(map[string]any{"token": signedIn(t, uuid.NewString())})
	v.says(said("hello"))
	conv := ann.accept(t)
	v.leave()
	ann.changed(t, conv, "customer_away")
	th, err := v.Thread(t.Context())
	require.NoError(t, err)
	require.Nil(t, th.HeldUntil, "nothing to ask: it simply goes on")
	_, err = ann.Do(t.Context(), http.MethodPost, "/v1/conversations/"+conv.String()+"/reconnect-link", nil, nil)
	require.Equal(t, "wrong_state", refusal(t, err).Code)
}

// Nobody is left behind who signs in later: not on another device either.
func rowUpgrade(t *testing.T) {
	site := liveSite(t, nil)
	key := newWidget(t, site, map[string]any{"authentication": "optional", "public_key": shopPublic(t)})
	ann := newAgent(t, site, 3)
	v := newVisitor(t, key)
	th := v.start(nil)
	require.False(t, th.Authenticated)
	text := said("anonymous")
	v.says(text)
	conv := ann.accept(t)
	_, err := v.SignIn(t.Context(), signedIn(t, uuid.NewString()))
	require.NoError(t, err)
	v.arrive() // by the token of the sign-in: the stream of the anonymous one has ended
	v.sees("it is the same chat", func(th apiclient.ChatThread) bool { return th.Authenticated && th.Conversation.UUID == conv })
	require.Equal(t, []string{text}, v.history())
	v.reads(ann.answer(t, conv))
}

// A visitor who leaves a live chat for too long has ended it, whether an agent
// had come or not.
func TestWebchat_LiveEndsWhenTheVisitorIsGone(t *testing.T) {
	t.Parallel()
	site := liveSite(t, map[string]any{"away_timeout": 2})
	key := newWidget(t, site, nil)
	waits := newVisitor(t, key)
	th := waits.start(nil)
	waits.leave()
	eventually(t, "it is closed before an agent came", func() bool {
		c, err := shared.Admin.Conversation(t.Context(), th.Conversation.UUID)
		require.NoError(t, err)
		return c.State == "closed" && c.CloseReason != nil && *c.CloseReason == "customer_gone"
	})
	ann := newAgent(t, site, 3)
	v := newVisitor(t, key)
	v.start(nil)
	conv := ann.accept(t)
	v.leave()
	ann.changed(t, conv, "ended")
	ann.awaitMessage(t, conv, "the agent is told", func(m apiclient.Message) bool { return m.Automated != nil && *m.Automated == "customer_disconnected" })
}
