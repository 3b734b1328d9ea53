package sandbox_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
	"switchboard/dev/sandbox/line"
	"switchboard/dev/sandbox/twilio"
	"switchboard/test/tier"
)

// What each fault looks like from outside, and what arrives all the same.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   sandbox.Fault
		status  int // 0: no answer
		arrived int
		hangs   bool // the caller gives up
	}{
		"throttled":     {sandbox.Fault{Kind: "429", Times: 1, RetryAfter: 3 * time.Second}, 429, 0, false},
		"broken":        {sandbox.Fault{Kind: "503", Times: 1}, 503, 0, false},
		"refused":       {sandbox.Fault{Kind: "refuse_auth", Times: 1}, 401, 0, false},
		"quota":         {sandbox.Fault{Kind: "quota", Times: 1}, 429, 0, false},
		"slow":          {sandbox.Fault{Kind: "slow", Times: 1, Delay: time.Millisecond}, 201, 1, false},
		"hangs":         {sandbox.Fault{Kind: "hang_before", Times: 1}, 0, 0, true},
		"hangs after":   {sandbox.Fault{Kind: "hang_after_accept", Times: 1}, 0, 1, true},
		"dropped after": {sandbox.Fault{Kind: "drop_after_accept", Times: 1}, 0, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, sandbox.Config{})
			b.Fault(sid, c.fault)
			ctx, giveUp := context.WithCancel(t.Context())
			defer giveUp()
			arrived := func() int { return twilio.Find(b.Box, sid).SMS(customer, ourSMS).Count("x") }
			if c.hangs {
				go func() {
					defer giveUp()
					assert.Eventually(t, func() bool { return len(b.Faults(sid)) == 0 && arrived() == c.arrived }, tier.Patience(time.Minute), time.Millisecond)
				}()
			}
			got, err := b.twilio(ctx, http.MethodPost, sid+"/Messages.json", sms("x"))
			require.Equal(t, c.status == 0, err != nil, "%v", err)
			require.Equal(t, c.status, got.status)
			if c.fault.RetryAfter > 0 {
				require.Equal(t, "3", got.header.Get("Retry-After"))
			}
			require.Equal(t, c.arrived, arrived())
			require.Empty(t, b.Faults(sid), "it was for one call")
			require.Equal(t, 201, b.send(sms("y")).status)
		})
	}
}

// A hang that is under way is counted, and ends when the faults are cleared.
func TestFaults_HangsEndWhenCleared(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	b.Fault(sid, sandbox.Fault{Kind: "hang_before", Times: 1})
	ended := make(chan error)
	go func() {
		_, err := b.twilio(t.Context(), http.MethodPost, sid+"/Messages.json", sms("x"))
		ended <- err
	}()
	require.Eventually(t, func() bool { return b.Hanging(sid) == 1 }, tier.Patience(time.Minute), time.Millisecond)
	b.ClearFaults(sid)
	require.Error(t, <-ended)
	require.Eventually(t, func() bool { return b.Hanging(sid) == 0 }, tier.Patience(time.Minute), time.Millisecond)
	require.Equal(t, 201, b.send(sms("y")).status)
}

func TestOwn_PhonesOverHTTP(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	made := b.own(http.MethodPost, "phones", `{"account":"`+sid+`","channel":"whatsapp","name":"Mia"}`)
	require.Equal(t, 201, made.status)
	phone := "phones/" + made.body["id"].(string)
	for path, in := range map[string]string{
		"/says": `{"text":"hi"}`, "/location": `{"latitude":1,"longitude":2}`, "/sticker": `{}`, "/button": `{"label":"Yes","data":"y"}`, "/reads": ``, "/close-window": ``,
		"/block": ``, "/unblock": ``,
	} {
		require.Equal(t, 200, b.own(http.MethodPost, phone+path, in).status, path)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "a.png")
	require.NoError(t, err)
	_, err = part.Write([]byte("\x89PNG\r\n\x1a\n"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+"/_sandbox/"+phone+"/media", &form)
	require.NoError(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	sent, err := b.do(req)
	require.NoError(t, err)
	require.Equal(t, 200, sent.status)
	require.Len(t, b.told(), 5)
	thread, ok := b.own(http.MethodGet, phone, "").body["thread"].([]any)
	require.True(t, ok)
	require.Len(t, thread, 5)
	again := b.own(http.MethodPost, "redeliver", `{"event_id":"`+sent.body["event_id"].(string)+`"}`)
	require.Equal(t, 200, again.status)
	require.Len(t, b.told(), 6)
}

func TestOwn_BadInput(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	sms := twilio.Find(b.Box, sid).SMS(customer, ourSMS).ID()
	for _, c := range []struct {
		path, in string
		status   int
	}{
		{"phones/nobody/says", `{"text":"x"}`, 404}, {"phones/" + sms + "/says", `{}`, 400}, {"phones/" + sms + "/says", `{`, 400},
		{"phones/" + sms + "/sticker", `{}`, 409}, {"phones/" + sms + "/unsend", `{}`, 409}, {"phones/" + sms + "/media", ``, 400},
		{"phones", `{"account":"none"}`, 400}, {"phones", `{"account":"` + sid + `"}`, 400}, {"phones", `{"account":"` + sid + `","channel":"sms","number":"12"}`, 400},
		{"accounts/" + sid + "/faults", `{"kind":"fire"}`, 400}, {"accounts/line", `{}`, 400}, {"redeliver", `{"event_id":"none"}`, 502},
	} {
		r := b.own(http.MethodPost, c.path, c.in)
		require.Equal(t, c.status, r.status, "%s %s: %v", c.path, c.in, r.body)
		require.NotEmpty(t, r.body["error"])
	}
}

func TestOwn_StateTellsNoSecret(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_sandbox/state", nil))
	require.Contains(t, w.Body.String(), sid)
	require.NotContains(t, w.Body.String(), secret)
}

// Open pages hear of every change.
func TestOwn_Events(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+"/_sandbox/events", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	require.True(t, lines.Scan()) // the stream is open
	_, err = line.Find(b.Box, lineID).User("U1").Says(t.Context(), "hi there")
	require.NoError(t, err)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "hi there") {
			return
		}
	}
	t.Fatal("the stream ended without the message")
}

// A provider that finds nobody listening tries again as it does in life.
func TestRedelivery(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{RetryDelay: time.Millisecond})
	line.Find(b.Box, lineID).Redelivery(true)
	b.mu.Lock()
	b.answer = http.StatusInternalServerError
	b.mu.Unlock()
	_, err := line.Find(b.Box, lineID).User("U1").Says(t.Context(), "hi")
	require.NoError(t, err)
	require.NoError(t, b.Settle(t.Context()))
	told := b.told()
	require.Len(t, told, 6, "once, and five times more")
	require.Contains(t, told[5], `"isRedelivery":true`)
	require.Equal(t, 6, b.Counts(lineID).WebhooksOther)
}

// The page comes with its script, and knows who has written and who only got something.
func TestPage(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	for path, kind := range map[string]string{"/": "text/html", "/_sandbox/page.js": "text/javascript"} {
		resp, err := http.Get(b.base + path)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode, path)
		require.Contains(t, resp.Header.Get("Content-Type"), kind, path)
	}
	line.Find(b.Box, lineID).User("U1")
	_, err := line.Find(b.Box, lineID).User("U2").Says(t.Context(), "hi")
	require.NoError(t, err)
	resp, err := http.Get(b.base + "/_sandbox/state")
	require.NoError(t, err)
	defer resp.Body.Close()
	var state struct {
		Phones []struct {
			Number string
			Wrote  bool
		}
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&state))
	wrote := map[string]bool{}
	for _, p := range state.Phones {
		wrote[p.Number] = p.Wrote
	}
	require.Equal(t, map[string]bool{"U1": false, "U2": true}, wrote)
}
