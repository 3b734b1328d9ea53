package sandbox

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	retryHeader = "X-Line-Retry-Key"
	retryLife   = 24 * time.Hour
)

// lineAPI answers as api.line.me and api-data.line.me do.
type lineAPI struct{ s *Sandbox }

func (s *Sandbox) lineRoutes(mux *http.ServeMux) {
	l := lineAPI{s}
	read := func(pattern string, h func(*request) reply) { mux.HandleFunc(pattern, s.serve(l, false, h)) }
	mux.HandleFunc("POST /line/v2/bot/message/push", s.serve(l, true, l.push))
	mux.HandleFunc("POST /line/v2/bot/message/reply", s.serve(l, true, l.reply))
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
	read("POST /line/v2/bot/chat/loading/start", func(*request) reply { return reply{status: http.StatusAccepted, body: struct{}{}} })
	read("POST /line/v2/bot/chat/markAsRead", func(*request) reply { return reply{status: http.StatusOK, body: struct{}{}} })
	mux.HandleFunc("/line/", s.serve(l, false, func(*request) reply { return lineError(http.StatusNotFound, "Not found") }))
}

// detail is one fault that LINE found in a request.
type detail struct {
	Message  string `json:"message"`
	Property string `json:"property"`
}

// lineError words an error as LINE does.
func lineError(status int, message string, details ...detail) reply {
	body := map[string]any{"message": message}
	reason := message
	if len(details) > 0 {
		body["details"] = details
		reason = details[0].Property + ": " + details[0].Message
	}
	return reply{status: status, body: body, call: Call{Reason: reason}}
}

const lineUnauthorized = "Authentication failed. Confirm that the access token in the authorization header is valid."

func (l lineAPI) authenticate(r *request) *reply {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if r.account = l.s.tokens[token]; ok && r.account != nil {
		return nil
	}
	out := lineError(http.StatusUnauthorized, lineUnauthorized)
	return &out
}

func (l lineAPI) refuse(_ *request, kind string) reply {
	switch kind {
	case "refuse_auth", "401":
		return lineError(http.StatusUnauthorized, lineUnauthorized)
	case "quota":
		return lineError(http.StatusTooManyRequests, "You have reached your monthly limit.")
	case "429":
		return lineError(http.StatusTooManyRequests, "The API rate limit has been exceeded. Try again later.")
	case "403":
		return lineError(http.StatusForbidden, "Access to this API is not available for your account")
	}
	status, _ := strconv.Atoi(kind)
	if status >= http.StatusInternalServerError {
		return lineError(status, "The server is currently unavailable.")
	}
	return lineError(status, http.StatusText(status))
}

func (l lineAPI) info(r *request) reply {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	a := r.account.line
	return reply{status: http.StatusOK, body: map[string]any{
		"userId": a.BotUserID, "basicId": "@" + a.ChannelID, "displayName": a.Name, "chatMode": "bot", "markAsReadMode": "auto",
	}}
}

func (l lineAPI) profile(r *request) reply {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	p := l.s.phones[phoneID(r.account.id, chLINE, r.PathValue("user"), "")]
	if p == nil || p.blocked {
		return lineError(http.StatusNotFound, "Not found")
	}
	return reply{status: http.StatusOK, body: map[string]any{"userId": p.number, "displayName": p.name, "language": "en"}}
}

func (l lineAPI) quota(*request) reply {
	return reply{status: http.StatusOK, body: map[string]any{"type": "none"}}
}

func (l lineAPI) consumption(r *request) reply {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return reply{status: http.StatusOK, body: map[string]any{"totalUsage": r.account.counts.Accepted}}
}

// stored finds the file of a customer's message.
func (l lineAPI) stored(r *request) (mediaLink, bool) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	m, ok := l.s.links[r.PathValue("id")]
	return m, ok && m.Account == r.account.id
}

func (l lineAPI) content(r *request) reply {
	m, ok := l.stored(r)
	if !ok {
		return lineError(http.StatusNotFound, "Not found")
	}
	data, kept := l.s.blobs.get(m.SHA256)
	if m.Gone || !kept {
		return lineError(http.StatusGone, "Gone")
	}
	out := reply{status: http.StatusOK, raw: data}
	out.set("Content-Type", m.ContentType)
	return out
}

func (l lineAPI) transcoding(r *request) reply {
	if _, ok := l.stored(r); !ok {
		return lineError(http.StatusNotFound, "Not found")
	}
	return reply{status: http.StatusOK, body: map[string]any{"status": "succeeded"}}
}

func (l lineAPI) endpoint(r *request) reply {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return reply{status: http.StatusOK, body: map[string]any{"endpoint": r.account.line.WebhookURL, "active": true}}
}

// testWebhook is the console's Verify button: a webhook without events.
func (l lineAPI) testWebhook(r *request) reply {
	l.s.mu.Lock()
	body := `{"destination":"` + r.account.line.BotUserID + `","events":[]}`
	e := &event{ID: ulid(l.s.now()), Kind: "verify", Body: body, account: r.account}
	l.s.mu.Unlock()
	sent, err := l.s.deliver(r.Context(), e)
	out := map[string]any{
		"success": sent.Status == http.StatusOK, "timestamp": l.s.now().Format(time.RFC3339), "statusCode": sent.Status,
		"reason": "OK", "detail": strconv.Itoa(sent.Status),
	}
	switch {
	case err != nil:
		out["reason"], out["detail"] = "COULD_NOT_CONNECT", err.Error()
	case sent.Status != http.StatusOK:
		out["reason"] = "ERROR_STATUS_CODE"
	}
	return reply{status: http.StatusOK, body: out}
}

// readJSON refuses what LINE does not even parse.
func (l lineAPI) readJSON(r *request, into any) *reply {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var out reply
	switch {
	case r.tooBig:
		out = lineError(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case err != nil || kind != "application/json":
		out = lineError(http.StatusUnsupportedMediaType, "Unsupported Media Type")
	case decode(r.body, into) != nil:
		out = lineError(http.StatusBadRequest, "The request body could not be parsed as JSON")
	default:
		return nil
	}
	return &out
}
