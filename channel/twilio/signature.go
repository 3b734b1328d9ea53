package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"switchboard/channel"
)

const signatureHeader = "X-Twilio-Signature"

// Verify implements channel.Provider: HMAC-SHA1 over our address and, for a form,
// all its parameters.
//
// https://www.twilio.com/docs/usage/security#validating-requests
func (*Twilio) Verify(a channel.Account, r channel.Request) error {
	got, err := base64.StdEncoding.Strict().DecodeString(r.Header.Get(signatureHeader))
	if err != nil || len(got) != sha1.Size || r.URL == nil {
		return channel.ErrSignature
	}
	params, err := signed(r)
	if err != nil {
		return channel.ErrSignature
	}
	ok := false
	for _, address := range candidates(r.URL) {
		for _, name := range []string{"auth_token", "auth_token_secondary"} {
			token := a.Secrets[name]
			ok = hmac.Equal(got, sign(token, address, params)) && token != "" || ok
		}
	}
	if !ok {
		return channel.ErrSignature
	}
	if sid := first(fields(r), "AccountSid"); sid != "" && sid != a.Settings["account_sid"] {
		return channel.ErrSignature
	}
	return nil
}

// signed returns the parameters that the signature covers besides the address.
// A body that is no form is covered by its hash in the address instead.
func signed(r channel.Request) (map[string][]string, error) {
	if want := r.URL.Query().Get("bodySHA256"); want != "" {
		hash, err := hex.DecodeString(want)
		sum := sha256.Sum256(r.Body)
		if err != nil || !hmac.Equal(hash, sum[:]) {
			return nil, channel.ErrSignature
		}
		return nil, nil
	}
	if r.Method == http.MethodGet {
		return nil, nil
	}
	return parseForm(string(r.Body))
}

// sign appends every key with every different value of it, both in byte order.
func sign(token, address string, params map[string][]string) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	keys := make([]string, 0, len(params))
	for k := range params {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		values := slices.Clone(params[k])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			mac.Write([]byte(k + v))
		}
	}
	return mac.Sum(nil)
}

// candidates lists the ways in which Twilio may have written our address: as it
// is configured, as a browser would write it, and with the query written anew by
// its older libraries; each without a port and with one.
func candidates(u *url.URL) []string {
	query := ""
	if u.RawQuery != "" || u.ForceQuery {
		query = "?" + u.RawQuery
	}
	forms := []struct{ host, path, query string }{
		{u.Host, u.EscapedPath(), query},
		{strings.ToLower(u.Host), whatwg(orSlash(u.EscapedPath()), "\"#<>?`{}"), whatwg(query, "\"#<>'")},
		{strings.ToLower(u.Host), whatwg(orSlash(u.EscapedPath()), "\"#<>?`{}"), legacy(u.RawQuery)},
	}
	user := ""
	if u.User != nil {
		user = u.User.String() + "@"
	}
	var out []string
	for _, f := range forms {
		for _, host := range []string{bareHost(f.host), withPort(f.host, u.Scheme)} {
			out = append(out, u.Scheme+"://"+user+host+f.path+f.query)
		}
	}
	return out
}

func bareHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		if strings.Contains(name, ":") {
			return "[" + name + "]"
		}
		return name
	}
	return host
}

func withPort(host, scheme string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	if scheme == "http" {
		return host + ":80"
	}
	return host + ":443"
}

func orSlash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// whatwg percent-encodes what the URL standard does in this part of an address.
func whatwg(s, set string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || strings.IndexByte(set, c) >= 0 && (i > 0 || c != '?') {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// legacy parses a query and writes it anew as JavaScript's querystring does:
// blanks as %20, and !'()*~ as they are.
func legacy(raw string) string {
	if raw == "" {
		return ""
	}
	type pair struct{ key, value string }
	var order []string
	values := map[string][]pair{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		key := lenient(k)
		if values[key] == nil {
			order = append(order, key)
		}
		values[key] = append(values[key], pair{key, lenient(v)})
	}
	var out []string
	for _, key := range order {
		for _, p := range values[key] {
			out = append(out, component(p.key)+"="+component(p.value))
		}
	}
	return "?" + strings.Join(out, "&")
}

func lenient(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}

// component is JavaScript's encodeURIComponent.
func component(s string) string {
	s = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	return strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(s)
}

// parseForm reads a form. Unlike net/url it takes a raw semicolon for what it is
// to Twilio: a character.
func parseForm(body string) (map[string][]string, error) {
	form := map[string][]string{}
	for part := range strings.SplitSeq(body, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(k)
		if err != nil {
			return nil, fmt.Errorf("twilio form: %w", channel.ErrMalformed)
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return nil, fmt.Errorf("twilio form: %w", channel.ErrMalformed)
		}
		form[key] = append(form[key], value)
	}
	return form, nil
}

// fields are the parameters of a webhook, wherever they stand; none if the body
// is no form.
func fields(r channel.Request) map[string][]string {
	if r.Method == http.MethodGet && r.URL != nil {
		form, _ := parseForm(r.URL.RawQuery)
		return form
	}
	form, _ := parseForm(string(r.Body))
	return form
}

func first(form map[string][]string, key string) string {
	if v := form[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}
