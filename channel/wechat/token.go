package wechat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

// tokens are the access tokens of the accounts that this process calls for.
// WeChat keeps one token for an account and gives the same to everybody who asks
// as done here, so processes need not tell each other: none ends another's.
type tokens struct {
	mu   sync.Mutex
	kept map[[sha256.Size]byte]*held
}

// held is the token of one account. Who has turn may use the rest.
type held struct {
	turn  chan struct{}
	token string
	until time.Time
}

func (t *tokens) of(a channel.Account) *held {
	key := sha256.Sum256([]byte(a.Settings["app_id"] + "\x00" + a.Secrets["app_secret"]))
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		t.kept = map[[sha256.Size]byte]*held{}
	}
	h := t.kept[key]
	if h == nil {
		h = &held{turn: make(chan struct{}, 1)}
		t.kept[key] = h
	}
	return h
}

// token is the account's token. Refused is one that WeChat did not accept, or "".
// The error is never Uncertain.
func (w *WeChat) token(ctx context.Context, a channel.Account, refused string) (string, error) {
	h := w.tokens.of(a)
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return "", &channel.Error{Class: channel.Unavailable, Code: "canceled", Detail: "There was no time left to ask the provider."}
	}
	if h.token != "" && h.token != refused && w.now().Before(h.until) {
		return h.token, nil
	}
	token, life, err := w.stableToken(ctx, a, false)
	if err == nil && token == refused { // WeChat still has it, and does not accept it: it must make another
		token, life, err = w.stableToken(ctx, a, true)
	}
	if err != nil {
		return "", err
	}
	h.token, h.until = token, w.now().Add(life*4/5)
	return token, nil
}

// stableToken asks for the token that all have, or for a new one in its place.
func (w *WeChat) stableToken(ctx context.Context, a channel.Account, replace bool) (string, time.Duration, error) {
	doc := map[string]any{"grant_type": "client_credential", "appid": a.Settings["app_id"], "secret": a.Secrets["app_secret"], "force_refresh": replace}
	body, err := json.Marshal(doc)
	if err != nil {
		return "", 0, badBase()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base(a)+"/cgi-bin/stable_token", bytes.NewReader(body))
	if err != nil {
		return "", 0, badBase()
	}
	req.Header.Set("Content-Type", "application/json")
	r, err := rest.Ask(rest.Client(w.HTTP), req)
	if err != nil {
		return "", 0, err
	}
	var answer struct {
		Token string `json:"access_token"`
		Life  int    `json:"expires_in"`
	}
	if !r.OK() || r.Torn || json.Unmarshal(r.Body, &answer) != nil || answer.Token == "" || answer.Life <= 0 || answer.Life > 86400 {
		return "", 0, rest.Asked(refusal(r, w.now()))
	}
	return answer.Token, time.Duration(answer.Life) * time.Second, nil
}

// call makes a call with the account's token, and once more with a new one where
// WeChat no longer accepts it: what was refused for its token was not done.
func (w *WeChat) call(ctx context.Context, a channel.Account, build func(address string) (*http.Request, error), path string, query url.Values) (rest.Reply, error) {
	refused := ""
	for {
		token, err := w.token(ctx, a, refused)
		if err != nil {
			return rest.Reply{}, err
		}
		req, err := build(address(a, path, query, token))
		if err != nil {
			return rest.Reply{}, badBase()
		}
		r, err := rest.Do(rest.Client(w.HTTP), req)
		if err != nil {
			return rest.Reply{}, err
		}
		if code, told := faultOf(r.Body); !told || !stale(code) || refused != "" {
			return r, nil
		}
		refused = token
	}
}

func address(a channel.Account, path string, query url.Values, token string) string {
	q := url.Values{"access_token": {token}}
	for name, values := range query {
		q[name] = values
	}
	return base(a) + path + "?" + q.Encode()
}

// get reads a document that the API answers with.
func (w *WeChat) get(ctx context.Context, a channel.Account, path string, query url.Values, into any) error {
	build := func(address string) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	}
	r, err := w.call(ctx, a, build, path, query)
	if err != nil {
		return rest.Asked(err)
	}
	if code, told := faultOf(r.Body); !r.OK() || told && code != 0 {
		return rest.Asked(refusal(r, w.now()))
	}
	if r.Torn || json.Unmarshal(r.Body, into) != nil {
		return badAnswer()
	}
	return nil
}

// Test implements channel.Connector: WeChat knows the AppSecret and takes calls
// from this server. The token in use is left alone.
func (w *WeChat) Test(ctx context.Context, a channel.Account) error {
	token, _, err := w.stableToken(ctx, a, false)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address(a, "/cgi-bin/getcallbackip", nil, token), nil)
	if err != nil {
		return badBase()
	}
	r, err := rest.Ask(rest.Client(w.HTTP), req)
	if err != nil {
		return err
	}
	var doc struct {
		List *[]string `json:"ip_list"`
	}
	if !r.OK() || r.Torn || json.Unmarshal(r.Body, &doc) != nil || doc.List == nil {
		return rest.Asked(refusal(r, w.now()))
	}
	return nil
}

// Profile implements channel.Profiler. WeChat gives no names any more; a remark
// that somebody made at WeChat is one.
func (w *WeChat) Profile(ctx context.Context, a channel.Account, id string) (channel.Profile, error) {
	var doc struct {
		ID                      string `json:"openid"`
		Remark, Nickname        string
		Picture                 string `json:"headimgurl"`
		Language                string
		City, Province, Country string
		Sex                     int
	}
	if err := w.get(ctx, a, "/cgi-bin/user/info", url.Values{"openid": {id}, "lang": {"en"}}, &doc); err != nil {
		return channel.Profile{}, err
	}
	if doc.ID != id {
		return channel.Profile{}, badAnswer()
	}
	p := channel.Profile{Name: doc.Remark, PictureURL: doc.Picture, Language: locale(doc.Language), Attributes: map[string]string{}}
	if p.Name == "" {
		p.Name = doc.Nickname
	}
	told := map[string]string{"city": doc.City, "province": doc.Province, "country": doc.Country, "gender": map[int]string{1: "male", 2: "female"}[doc.Sex]}
	for name, value := range told {
		if value != "" {
			p.Attributes[name] = value
		}
	}
	return p, nil
}
