package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Content is one template of a Twilio account, in one language.
type Content struct {
	SID       string            `json:"sid"` // "" gets one
	Name      string            `json:"friendly_name"`
	Language  string            `json:"language"`
	Type      string            `json:"type,omitempty"` // "" is twilio/text
	Body      string            `json:"body"`
	Variables map[string]string `json:"variables,omitempty"` // samples
	Status    string            `json:"status"`              // of WhatsApp's approval: unsubmitted, pending, approved, rejected …
	Reason    string            `json:"rejection_reason,omitempty"`
	Removed   bool              `json:"removed,omitempty"` // takes it out of the account
}

var (
	contentSID  = regexp.MustCompile(`^HX[0-9a-f]{32}$`)
	contentGap  = regexp.MustCompile(`\{\{(\w+)\}\}`)
	fourSpaces  = strings.Repeat(" ", 4)
	wholeStatus = []string{"unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled"}
)

// firstContents are what every account has from the start. Their SIDs depend on
// the account alone, so that a restart changes none.
func firstContents(account string) []Content {
	out := []Content{
		{
			Name: "order_update", Language: "en", Status: "approved", Variables: map[string]string{"1": "Ada", "2": "1042"},
			Body: "Hello {{1}}, there is news of your order {{2}}. May we tell you more here?",
		},
		{Name: "we_missed_you", Language: "en", Status: "pending", Variables: map[string]string{"name": "Ada"}, Body: "Hello {{name}}, we could not reach you."},
	}
	for i := range out {
		sum := sha256.Sum256([]byte(account + "/" + out[i].Name))
		out[i].SID = "HX" + hex.EncodeToString(sum[:16])
	}
	return out
}

// SetContent adds a template or changes the one with its SID, and returns its SID.
func (t *Twilio) SetContent(c Content) string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.setContent(c)
}

// setContent is SetContent with s.mu held.
func (a *account) setContent(c Content) string {
	if c.SID == "" {
		c.SID = hexID("HX")
	}
	if c.Type == "" {
		c.Type = "twilio/text"
	}
	if c.Status == "" {
		c.Status = "unsubmitted"
	}
	a.s.append(record{Kind: recContent, Account: a.id, Content: &c})
	return c.SID
}

// Contents lists the templates, the oldest first.
func (t *Twilio) Contents() []Content {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return slices.Clone(t.contents)
}

func (a *account) applyContent(c Content) {
	at := slices.IndexFunc(a.contents, func(have Content) bool { return have.SID == c.SID })
	switch {
	case c.Removed && at >= 0:
		a.contents = slices.Delete(slices.Clone(a.contents), at, at+1)
	case c.Removed:
	case at >= 0:
		a.contents[at] = c
	default:
		a.contents = append(a.contents, c)
	}
}

// content finds a template, or nil. s.mu must be held.
func (a *account) content(sid string) *Content {
	for _, c := range a.contents {
		if c.SID == sid {
			return &c
		}
	}
	return nil
}

// fill puts values into the gaps. It refuses what Twilio does: variables that are
// no JSON object of strings, one that is missing, and values that WhatsApp takes
// for a trick with the layout.
func (c Content) fill(encoded string) (string, error) {
	values := map[string]string{}
	if encoded != "" {
		if err := json.Unmarshal([]byte(encoded), &values); err != nil {
			return "", fmt.Errorf("%w: not a JSON object of strings", errInput)
		}
	}
	for _, gap := range contentGap.FindAllStringSubmatch(c.Body, -1) {
		if values[gap[1]] == "" {
			return "", fmt.Errorf("%w: %s has no value", errInput, gap[1])
		}
	}
	for _, v := range values {
		if strings.ContainsAny(v, "\n\r\t") || strings.Contains(v, fourSpaces) {
			return "", fmt.Errorf("%w: a value with line breaks, tabs or four blanks", errInput)
		}
	}
	return contentGap.ReplaceAllStringFunc(c.Body, func(gap string) string { return values[gap[2:len(gap)-2]] }), nil
}

// unapproved is the error with which a template fails at WhatsApp, or 0.
func (c Content) unapproved() int {
	switch c.Status {
	case "approved":
		return 0
	case "rejected":
		return 63040
	case "paused":
		return 63041
	case "disabled":
		return 63042
	}
	return 63027 // WhatsApp does not know it yet
}

// contentAPI answers as content.twilio.com does. Who asks is known by the
// credentials alone: no account stands in the address.
type contentAPI struct{ twilioAPI }

func (t contentAPI) authenticate(r *request) *reply {
	user, secret, _ := r.BasicAuth()
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(t.s.accounts)) {
		a := t.s.accounts[id]
		if a.twilio == nil || user == "" {
			continue
		}
		if user == a.twilio.SID && secret == a.twilio.AuthToken || user == a.twilio.APIKeySID && secret == a.twilio.APIKeySecret {
			r.account = a
			return nil
		}
	}
	out := twilioError(http.StatusUnauthorized, 20003, "Authenticate")
	return &out
}

// list answers a page of templates with their approval.
func (t contentAPI) list(r *request) reply {
	q := r.URL.Query()
	size, err := strconv.Atoi(q.Get("PageSize"))
	if err != nil || size < 1 || size > 1000 {
		size = 50
	}
	page, _ := strconv.Atoi(q.Get("Page"))
	page = max(page, 0)
	address := func(n int) string {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		return scheme + "://" + r.Host + r.URL.Path + "?" + url.Values{"PageSize": {strconv.Itoa(size)}, "Page": {strconv.Itoa(n)}}.Encode()
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	all := r.account.contents
	from := min(page*size, len(all))
	to := min(from+size, len(all))
	found := []map[string]any{}
	for _, c := range all[from:to] {
		found = append(found, c.resource(r.account.id))
	}
	meta := map[string]any{"page": page, "page_size": size, "key": "contents", "url": address(page), "first_page_url": address(0),
		"previous_page_url": nil, "next_page_url": nil}
	if to < len(all) {
		meta["next_page_url"] = address(page + 1)
	}
	return reply{status: http.StatusOK, body: map[string]any{"contents": found, "meta": meta}}
}

func (c Content) resource(account string) map[string]any {
	variables := c.Variables
	if variables == nil {
		variables = map[string]string{}
	}
	return map[string]any{
		"sid": c.SID, "account_sid": account, "friendly_name": c.Name, "language": c.Language, "variables": variables,
		"types": map[string]any{c.Type: map[string]any{"body": c.Body}},
		"approval_requests": map[string]any{
			"name": c.Name, "category": "UTILITY", "content_type": c.Type, "status": c.Status, "rejection_reason": c.Reason,
		},
	}
}

// changeContent is the own API's way to add, change or remove a template.
func (s *Sandbox) changeContent(w http.ResponseWriter, r *http.Request) {
	var c Content
	if !read(w, r, &c) {
		return
	}
	s.mu.Lock()
	a := s.accounts[r.PathValue("account")]
	s.mu.Unlock()
	switch {
	case a == nil || a.twilio == nil:
		answer(w, http.StatusNotFound, map[string]string{"error": "There is no such Twilio account."})
	case c.SID != "" && !contentSID.MatchString(c.SID):
		answer(w, http.StatusBadRequest, map[string]string{"error": "The sid is HX and 32 hexadecimal digits."})
	case !c.Removed && (c.Name == "" || c.Language == "" || c.Status != "" && !slices.Contains(wholeStatus, c.Status)):
		answer(w, http.StatusBadRequest, map[string]string{"error": "A template needs friendly_name, language and one of the statuses " + strings.Join(wholeStatus, ", ") + "."})
	default:
		answer(w, http.StatusOK, map[string]string{"sid": (&Twilio{a}).SetContent(c)})
	}
}

func (s *Sandbox) listContents(w http.ResponseWriter, r *http.Request) {
	t := s.Twilio(r.PathValue("account"))
	if t == nil {
		answer(w, http.StatusNotFound, map[string]string{"error": "There is no such Twilio account."})
		return
	}
	answer(w, http.StatusOK, append([]Content{}, t.Contents()...))
}
