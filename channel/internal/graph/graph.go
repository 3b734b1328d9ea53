// Package graph is what channels of Meta's Graph API share: how webhooks are
// proved and addresses confirmed, calls, and the errors of calls.
//
// https://developers.facebook.com/docs/graph-api
package graph

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

const (
	// Host is where the API is.
	Host = "https://graph.facebook.com"
	// Version is the version that is called where an account names none.
	Version = "v25.0"
	// SignatureHeader is the header that proves a webhook.
	SignatureHeader = "X-Hub-Signature-256"
)

// AppFields are the fields of the app at Meta that an account belongs to. Accounts
// of one app share its callback address and secrets.
func AppFields() []channel.Field {
	return []channel.Field{
		{Name: "app_secret", Label: "App secret", Secret: true, Required: true, Help: "Meta App Dashboard, App settings, Basic. Proves that webhooks come from Meta."},
		{Name: "app_secret_previous", Label: "Previous app secret", Secret: true, Help: "While the secret is being changed, both are accepted."},
		{Name: "verify_token", Label: "Verify token", Secret: true, Required: true,
			Help: "Any word that you make up. Enter the same beside the callback URL at Meta."},
		{Name: "graph_version", Label: "Graph API version", Help: "Only if another than " + Version + " is to be called, such as v26.0."},
	}
}

var version = regexp.MustCompile(`^v[1-9][0-9]{0,2}\.[0-9]$`)

// ValidateApp checks what AppFields holds, and that the named settings are ids.
func ValidateApp(a channel.Account, ids ...string) error {
	for _, name := range ids {
		if v := a.Settings[name]; len(v) > 32 || strings.Trim(v, "0123456789") != "" {
			return &channel.Invalid{Field: name, Reason: "must be a number"}
		}
	}
	if v := a.Settings["graph_version"]; v != "" && !version.MatchString(v) {
		return &channel.Invalid{Field: "graph_version", Reason: "must be written as v25.0"}
	}
	return nil
}

// Verify proves a webhook: HMAC-SHA256 over the bytes as they came, because Meta
// signs the escaped form.
func Verify(a channel.Account, r channel.Request) error {
	given, ok := strings.CutPrefix(r.Header.Get(SignatureHeader), "sha256=")
	got, err := hex.DecodeString(given)
	if !ok || err != nil || len(got) != sha256.Size || strings.ToLower(given) != given {
		return channel.ErrSignature
	}
	proved := false
	for _, name := range []string{"app_secret", "app_secret_previous"} {
		secret := a.Secrets[name]
		proved = hmac.Equal(got, Sign(secret, r.Body)) && secret != "" || proved
	}
	if !proved {
		return channel.ErrSignature
	}
	return nil
}

// Sign is the signature of some bytes.
func Sign(secret string, b []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(b)
	return mac.Sum(nil)
}

// Handshake answers Meta's question whether an address is ours: it knows the
// account's verify token, and wants its challenge back.
func Handshake(a channel.Account, r channel.Request) (channel.Answer, bool, error) {
	if r.Method != http.MethodGet || r.URL == nil {
		return channel.Answer{}, false, nil
	}
	q := r.URL.Query()
	token, challenge := a.Secrets["verify_token"], q.Get("hub.challenge")
	same := subtle.ConstantTimeCompare([]byte(q.Get("hub.verify_token")), []byte(token)) == 1
	if q.Get("hub.mode") != "subscribe" || token == "" || !same || challenge == "" || len(challenge) > 1000 {
		return channel.Answer{}, true, channel.ErrSignature
	}
	return channel.Answer{ContentType: "text/plain; charset=utf-8", Body: []byte(challenge)}, true, nil
}

// A Client calls the API with an account's token.
type Client struct {
	HTTP  *http.Client
	Host  string // "" is Host
	Token string // the secret that holds the account's access token
}

// Base is the address of the API that an account uses, without version.
func (c Client) Base(a channel.Account) string {
	switch {
	case a.BaseURL != "":
		return strings.TrimRight(a.BaseURL, "/")
	case c.Host != "":
		return c.Host
	}
	return Host
}

// Get asks for a document. Path begins with a slash and may have a query.
func (c Client) Get(ctx context.Context, a channel.Account, path string) (rest.Reply, error) {
	req, err := c.request(ctx, a, http.MethodGet, path, nil)
	if err != nil {
		return rest.Reply{}, err
	}
	return rest.Ask(rest.Client(c.HTTP), req)
}

// Post sends a document.
func (c Client) Post(ctx context.Context, a channel.Account, path string, doc any) (rest.Reply, error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return rest.Reply{}, &channel.Error{Class: channel.Refused, Code: "encode", Detail: "The message cannot be written as JSON."}
	}
	req, err := c.request(ctx, a, http.MethodPost, path, body)
	if err != nil {
		return rest.Reply{}, err
	}
	return rest.Do(rest.Client(c.HTTP), req)
}

func (c Client) request(ctx context.Context, a channel.Account, method, path string, body []byte) (*http.Request, error) {
	v := a.Settings["graph_version"]
	if v == "" {
		v = Version
	}
	u, err := url.Parse(c.Base(a) + "/" + v + path)
	if err != nil {
		return nil, badBase()
	}
	token := a.Secrets[c.Token]
	q := u.Query() // an app may demand the proof that whoever has the token has the secret as well
	q.Set("appsecret_proof", hex.EncodeToString(Sign(a.Secrets["app_secret"], []byte(token))))
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, badBase()
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

func badBase() error {
	return &channel.Error{Class: channel.Config, Code: "base_url", Detail: "The API address of the account cannot be used."}
}

// At reads Meta's times, which are in milliseconds, and sometimes in seconds. What
// no calendar has is none.
func At(n int64) time.Time {
	const year10000 = 253402300800000
	if n > 0 && n < 1e11 {
		n *= 1000
	}
	if n <= 0 || n >= year10000 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// Digest identifies what has no id.
func Digest(b []byte) string {
	h := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(h[:])
}
