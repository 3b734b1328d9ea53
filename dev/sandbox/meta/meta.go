// Package meta has what the stand-ins for Meta's channels share: signatures,
// errors and the proof of a call, as the Graph API has them.
package meta

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"switchboard/dev/sandbox/core"
)

// Headers signs a body as Meta does.
func Headers(secret, body string) http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "facebookexternalua")
	h.Set("X-Hub-Signature-256", "sha256="+mac(secret, body))
	return h
}

func mac(secret, text string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

// Proved reports whether a call has the proof that its app demands.
func Proved(r *http.Request, secret, token string) bool {
	return hmac.Equal([]byte(r.URL.Query().Get("appsecret_proof")), []byte(mac(secret, token)))
}

// Body writes a document as Meta does: in ASCII, with every slash escaped.
func Body(doc any) (string, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("encode event: %w", err)
	}
	var out bytes.Buffer
	for _, r := range string(raw) {
		switch {
		case r == '/':
			out.WriteString(`\/`)
		case r < 0x80:
			out.WriteRune(r)
		case r >= 0x10000:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String(), nil
}

// Error words an error as the Graph API does; subcode 0 is none.
func Error(status, code, subcode int, message string) core.Reply {
	e := map[string]any{"message": message, "type": "OAuthException", "code": code, "fbtrace_id": core.HexID("A")[:12]}
	if subcode != 0 {
		e["error_subcode"] = subcode
	}
	return core.Reply{Status: status, Call: core.Call{Reason: strconv.Itoa(code) + " " + message}, Body: map[string]any{"error": e}}
}

// Refuse words a fault.
func Refuse(kind string) core.Reply {
	switch kind {
	case "refuse_auth", "401":
		return Error(http.StatusUnauthorized, 190, 463, "Error validating access token: Session has expired")
	case "quota":
		return Error(http.StatusForbidden, 368, 0, "(#368) Temporarily blocked for policies violations")
	case "429":
		return Error(http.StatusBadRequest, 613, 0, "(#613) Calls to this api have exceeded the rate limit.")
	}
	status, _ := strconv.Atoi(kind)
	if status >= http.StatusInternalServerError {
		return Error(status, 2, 0, "Service temporarily unavailable")
	}
	return Error(status, 100, 0, "(#100) "+http.StatusText(status))
}

// Token is the access token of a call.
func Token(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

// Unknown is the answer where there is nothing.
func Unknown() core.Reply {
	return Error(http.StatusBadRequest, 100, 33, "Unsupported request. Object does not exist.")
}

// Serve serves a customer's file to whoever knows its address.
func Serve(b *core.Box, w http.ResponseWriter, id string) {
	b.Lock()
	m, ok := b.Link(id)
	b.Unlock()
	data, kept := b.Blob(m.SHA256)
	if !ok || m.Gone || !kept {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", m.ContentType)
	_, _ = w.Write(data)
}
