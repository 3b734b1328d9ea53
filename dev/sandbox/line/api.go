package line

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"switchboard/dev/sandbox/core"
)

const (
	retryHeader = "X-Line-Retry-Key"
	retryLife   = 24 * time.Hour
)

// api answers as api.line.me and api-data.line.me do.
type api struct {
	box  *core.Box
	line *provider
}

func routes(l api, mux *http.ServeMux) {
	how := core.API{Authenticate: l.authenticate, Refuse: refuse, IDHeader: "X-Line-Request-Id"}
	read := func(pattern string, h func(*core.Request) core.Reply) {
		mux.HandleFunc(pattern, l.box.Serve(how, false, h))
	}
	mux.HandleFunc("POST /line/v2/bot/message/push", l.box.Serve(how, true, l.push))
	mux.HandleFunc("POST /line/v2/bot/message/reply", l.box.Serve(how, true, l.reply))
	read("POST /line/v2/bot/message/validate/{kind}", l.validate)
	read("GET /line/v2/bot/info", l.info)
	read("GET /line/v2/bot/profile/{user}", l.profile)
	read("GET /line/v2/bot/message/quota", l.quota)
	read("GET /line/v2/bot/message/quota/consumption", l.consumption)
	read("GET /line/v2/bot/message/{id}/content", l.content)
	read("GET /line/v2/bot/message/{id}/content/preview", l.content)
	read("GET /line/v2/bot/message/{id}/content/transcoding", l.transcoding)
	read("GET /line/v2/bot/channel/webhook/endpoint", l.endpoint)
	read("POST /line/v2/bot/channel/webhook/test", l.testWebhook)
	empty := func(status int) func(*core.Request) core.Reply {
		return func(*core.Request) core.Reply { return core.Reply{Status: status, Body: struct{}{}} }
	}
	read("POST /line/v2/bot/chat/loading/start", empty(http.StatusAccepted))
	read("POST /line/v2/bot/chat/markAsRead", empty(http.StatusOK))
	read("/line/", func(*core.Request) core.Reply { return apiError(http.StatusNotFound, "Not found") })
}

// detail is one fault that LINE found in a request.
type detail struct {
	Message  string `json:"message"`
	Property string `json:"property"`
}

// apiError words an error as LINE does.
func apiError(status int, message string, details ...detail) core.Reply {
	body := map[string]any{"message": message}
	reason := message
	if len(details) > 0 {
		body["details"] = details
		reason = details[0].Property + ": " + details[0].Message
	}
	return core.Reply{Status: status, Body: body, Call: core.Call{Reason: reason}}
}

const unauthorized = "Authentication failed. Confirm that the access token in the authorization header is valid."

// of is the account that calls.
func of(r *core.Request) *Account {
	a, _ := r.Account.Side.(*Account)
	return a
}

func (l api) authenticate(r *core.Request) *core.Reply {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	l.box.Lock()
	defer l.box.Unlock()
	if a := l.line.tokens[token]; ok && a != nil {
		r.Account = a.Account
		return nil
	}
	out := apiError(http.StatusUnauthorized, unauthorized)
	return &out
}

func refuse(kind string) core.Reply {
	switch kind {
	case "refuse_auth", "401":
		return apiError(http.StatusUnauthorized, unauthorized)
	case "quota":
		return apiError(http.StatusTooManyRequests, "You have reached your monthly limit.")
	case "429":
		return apiError(http.StatusTooManyRequests, "The API rate limit has been exceeded. Try again later.")
	case "403":
		return apiError(http.StatusForbidden, "Access to this API is not available for your account")
	}
	status, _ := strconv.Atoi(kind)
	if status >= http.StatusInternalServerError {
		return apiError(status, "The server is currently unavailable.")
	}
	return apiError(status, http.StatusText(status))
}

func (l api) info(r *core.Request) core.Reply {
	l.box.Lock()
	defer l.box.Unlock()
	a := of(r).settings
	return core.Reply{Status: http.StatusOK, Body: map[string]any{
		"userId": a.BotUserID, "basicId": "@" + a.ChannelID, "displayName": a.Name, "chatMode": "bot", "markAsReadMode": "auto",
	}}
}

func (l api) profile(r *core.Request) core.Reply {
	l.box.Lock()
	defer l.box.Unlock()
	p := r.Account.FindPhone(channel, r.PathValue("user"), "")
	if p == nil || p.Blocked {
		return apiError(http.StatusNotFound, "Not found")
	}
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"userId": p.Number, "displayName": p.Name, "language": "en"}}
}

func (l api) quota(*core.Request) core.Reply {
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"type": "none"}}
}

func (l api) consumption(r *core.Request) core.Reply {
	l.box.Lock()
	defer l.box.Unlock()
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"totalUsage": r.Account.Accepted()}}
}

// stored finds the file of a customer's message.
func (l api) stored(r *core.Request) (core.Link, bool) {
	l.box.Lock()
	defer l.box.Unlock()
	m, ok := l.box.Link(r.PathValue("id"))
	return m, ok && m.Account == r.Account.ID
}

func (l api) content(r *core.Request) core.Reply {
	m, ok := l.stored(r)
	if !ok {
		return apiError(http.StatusNotFound, "Not found")
	}
	data, kept := l.box.Blob(m.SHA256)
	if m.Gone || !kept {
		return apiError(http.StatusGone, "Gone")
	}
	out := core.Reply{Status: http.StatusOK, Raw: data}
	out.Set("Content-Type", m.ContentType)
	return out
}

func (l api) transcoding(r *core.Request) core.Reply {
	if _, ok := l.stored(r); !ok {
		return apiError(http.StatusNotFound, "Not found")
	}
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"status": "succeeded"}}
}

func (l api) endpoint(r *core.Request) core.Reply {
	l.box.Lock()
	defer l.box.Unlock()
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"endpoint": of(r).settings.WebhookURL, "active": true}}
}

// testWebhook is the console's Verify button: a webhook without events.
func (l api) testWebhook(r *core.Request) core.Reply {
	l.box.Lock()
	body := `{"destination":"` + of(r).settings.BotUserID + `","events":[]}`
	e := &core.Event{ID: ulid(l.box.Now()), Kind: "verify", Body: body, Account: r.Account}
	l.box.Unlock()
	sent, err := l.box.Deliver(r.Context(), e)
	out := map[string]any{
		"success": sent.Status == http.StatusOK, "timestamp": l.box.Now().Format(time.RFC3339), "statusCode": sent.Status,
		"reason": "OK", "detail": strconv.Itoa(sent.Status),
	}
	switch {
	case err != nil:
		out["reason"], out["detail"] = "COULD_NOT_CONNECT", err.Error()
	case sent.Status != http.StatusOK:
		out["reason"] = "ERROR_STATUS_CODE"
	}
	return core.Reply{Status: http.StatusOK, Body: out}
}

// readJSON refuses what LINE does not even parse.
func (l api) readJSON(r *core.Request, into any) *core.Reply {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var out core.Reply
	switch {
	case r.TooBig:
		out = apiError(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case err != nil || kind != "application/json":
		out = apiError(http.StatusUnsupportedMediaType, "Unsupported Media Type")
	case json.Unmarshal(r.Body, into) != nil:
		out = apiError(http.StatusBadRequest, "The request body could not be parsed as JSON")
	default:
		return nil
	}
	return &out
}
