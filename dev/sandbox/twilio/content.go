package twilio

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"switchboard/dev/sandbox/core"
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
		{
			Name: "we_missed_you", Language: "en", Status: "pending", Variables: map[string]string{"name": "Ada"},
			Body: "Hello {{name}}, we could not reach you.",
		},
	}
	for i := range out {
		sum := sha256.Sum256([]byte(account + "/" + out[i].Name))
		out[i].Type = "twilio/text"
		out[i].SID = "HX" + hex.EncodeToString(sum[:16])
	}
	return out
}

// kindContent is the journal's kind of a template.
const kindContent = "content"

// SetContent adds a template or changes the one with its SID, and returns its SID.
func (a *Account) SetContent(c Content) string {
	if c.SID == "" {
		c.SID = core.HexID("HX")
	}
	if c.Type == "" {
		c.Type = "twilio/text"
	}
	if c.Status == "" {
		c.Status = "unsubmitted"
	}
	a.Box.Lock()
	defer a.Box.Unlock()
	a.Own(kindContent, c)
	return c.SID
}

// Contents lists the templates, the oldest first.
func (a *Account) Contents() []Content {
	a.Box.Lock()
	defer a.Box.Unlock()
	return slices.Clone(a.contents)
}

// KeepOwn takes a template from the journal.
func (a *Account) KeepOwn(kind string, own json.RawMessage) error {
	if kind != kindContent {
		return fmt.Errorf("kind %q: %w", kind, core.ErrNone)
	}
	var c Content
	if err := json.Unmarshal(own, &c); err != nil {
		return fmt.Errorf("template: %w", err)
	}
	a.keepContent(c)
	return nil
}

func (a *Account) keepContent(c Content) {
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

// content finds a template, or nil. The lock must be held.
func (a *Account) content(sid string) *Content {
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
			return "", fmt.Errorf("%w: not a JSON object of strings", core.ErrInput)
		}
	}
	for _, gap := range contentGap.FindAllStringSubmatch(c.Body, -1) {
		if values[gap[1]] == "" {
			return "", fmt.Errorf("%w: %s has no value", core.ErrInput, gap[1])
		}
	}
	for _, v := range values {
		if strings.ContainsAny(v, "\n\r\t") || strings.Contains(v, fourSpaces) {
			return "", fmt.Errorf("%w: a value with line breaks, tabs or four blanks", core.ErrInput)
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

// authenticateByKey is for content.twilio.com. Who asks is known by the
// credentials alone: no account stands in the address.
func (t api) authenticateByKey(r *core.Request) *core.Reply {
	user, secret, _ := r.BasicAuth()
	t.box.Lock()
	defer t.box.Unlock()
	for _, common := range t.box.Accounts() {
		a, ok := common.Side.(*Account)
		if !ok || user == "" {
			continue
		}
		s := a.settings
		if user == s.SID && secret == s.AuthToken || user == s.APIKeySID && secret == s.APIKeySecret {
			r.Account = common
			return nil
		}
	}
	out := apiError(http.StatusUnauthorized, 20003, "Authenticate")
	return &out
}

// listContents answers a page of templates with their approval.
func (t api) listContents(r *core.Request) core.Reply {
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
	t.box.Lock()
	defer t.box.Unlock()
	all := of(r).contents
	from := min(page*size, len(all))
	to := min(from+size, len(all))
	found := []map[string]any{}
	for _, c := range all[from:to] {
		found = append(found, c.resource(r.Account.ID))
	}
	meta := map[string]any{"page": page, "page_size": size, "key": "contents", "url": address(page), "first_page_url": address(0),
		"previous_page_url": nil, "next_page_url": nil}
	if to < len(all) {
		meta["next_page_url"] = address(page + 1)
	}
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"contents": found, "meta": meta}}
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
func (t api) changeContent(w http.ResponseWriter, r *http.Request) {
	var c Content
	if !core.ReadJSON(w, r, &c) {
		return
	}
	refuse := func(status int, why string) { core.Answer(w, status, map[string]string{"error": why}) }
	a := Find(t.box, r.PathValue("account"))
	switch {
	case a == nil:
		refuse(http.StatusNotFound, "There is no such Twilio account.")
		return
	case c.SID != "" && !contentSID.MatchString(c.SID):
		refuse(http.StatusBadRequest, "The sid is HX and 32 hexadecimal digits.")
		return
	case !c.Removed && (c.Name == "" || c.Language == "" || c.Status != "" && !slices.Contains(wholeStatus, c.Status)):
		refuse(http.StatusBadRequest, "A template needs friendly_name, language and one of the statuses "+strings.Join(wholeStatus, ", ")+".")
		return
	}
	core.Answer(w, http.StatusOK, map[string]string{"sid": a.SetContent(c)})
}

func (t api) contents(w http.ResponseWriter, r *http.Request) {
	a := Find(t.box, r.PathValue("account"))
	if a == nil {
		core.Answer(w, http.StatusNotFound, map[string]string{"error": "There is no such Twilio account."})
		return
	}
	core.Answer(w, http.StatusOK, append([]Content{}, a.Contents()...))
}
