package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
)

const maxRequest = 2 << 20 // LINE's limit; Twilio's is of that order

// reply is an answer of a provider, made before it is written so that a fault
// can withhold it.
type reply struct {
	status   int
	header   http.Header
	body     any    // JSON
	raw      []byte // instead of body
	call     Call   // what the journal says about the request
	recorded bool   // call is in the journal already
}

// request is what a provider's handler works on.
type request struct {
	*http.Request
	account *account
	body    []byte
	tooBig  bool
	id      string // x-line-request-id
}

// provider is how a provider answers when no handler is asked.
type provider interface {
	// authenticate finds the account, or refuses.
	authenticate(r *request) *reply
	// refuse words a fault.
	refuse(r *request, kind string) reply
}

// Handler serves the providers' APIs, the sandbox's own API and its page.
func (s *Sandbox) Handler() http.Handler {
	mux := http.NewServeMux()
	s.lineRoutes(mux)
	s.twilioRoutes(mux)
	s.ownRoutes(mux)
	s.shopRoutes(mux)
	return Loopback(guardOwn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.learn(r)
		mux.ServeHTTP(w, r)
	})))
}

// learn takes the sandbox's own address from a request when none was configured.
func (s *Sandbox) learn(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.public != "" || r.Host == "" {
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	s.public = scheme + "://" + r.Host
}

// serve answers one call to a provider: faults, authentication, handler, journal.
func (s *Sandbox) serve(p provider, sends bool, h func(*request) reply) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, id: uuid()}
		var err error
		if r.body, err = io.ReadAll(http.MaxBytesReader(w, hr.Body, maxRequest)); err != nil {
			r.tooBig = true
		}
		out := reply{}
		refused := p.authenticate(r)
		f := s.takeFault(r.account, sends)
		switch {
		case f != nil && !f.before(hr.Context(), s, r.account):
			s.note(r, reply{call: Call{Outcome: Refused, Reason: "no answer", Fault: f.Kind}})
			panic(http.ErrAbortHandler)
		case f != nil && f.refuses():
			out = p.refuse(r, f.Kind)
			if f.RetryAfter > 0 {
				out.set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
			}
		case refused != nil:
			out = *refused
		default:
			out = h(r)
		}
		if f != nil {
			out.call.Fault = f.Kind
		}
		s.note(r, out)
		if f != nil && !f.after(hr.Context(), s, r.account) {
			panic(http.ErrAbortHandler)
		}
		out.write(w, r)
	}
}

// note puts a call into the journal unless its handler did.
func (s *Sandbox) note(r *request, out reply) {
	if out.recorded {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record(r, out)
}

// record completes and journals a call. s.mu must be held.
func (s *Sandbox) record(r *request, out reply) {
	c := out.call
	c.At, c.Method, c.Path, c.Status, c.RequestID = s.now(), r.Method, r.URL.RequestURI(), out.status, r.id
	if c.Outcome == "" {
		c.Outcome = Accepted
		if out.status >= http.StatusBadRequest {
			c.Outcome = Refused
		}
	}
	if r.account != nil {
		c.Account = r.account.id
	}
	s.append(record{Kind: recCall, Account: c.Account, Call: &c})
}

func (out *reply) set(key, value string) {
	if out.header == nil {
		out.header = http.Header{}
	}
	out.header.Set(key, value)
}

func (out *reply) write(w http.ResponseWriter, r *request) {
	for k, v := range out.header {
		w.Header()[k] = v
	}
	if strings.HasPrefix(r.URL.Path, "/line/") {
		w.Header().Set("X-Line-Request-Id", r.id)
	}
	data := out.raw
	if data == nil && out.body != nil {
		w.Header().Set("Content-Type", "application/json")
		data, _ = json.Marshal(out.body) //nolint:errchkjson // maps and strings only
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(out.status)
	_, _ = w.Write(data)
}
