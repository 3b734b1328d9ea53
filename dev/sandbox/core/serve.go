package core

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

const maxRequest = 2 << 20 // LINE's limit; Twilio's is of that order

// Reply is an answer of a provider, made before it is written so that a fault
// can withhold it.
type Reply struct {
	Status   int
	Header   http.Header
	Body     any    // JSON
	Raw      []byte // instead of Body
	Call     Call   // what the journal says about the request
	Recorded bool   // Call is in the journal already
}

// Request is what a provider's handler works on.
type Request struct {
	*http.Request
	Account *Account
	Body    []byte
	TooBig  bool
	ID      string
}

// API is how a provider answers when no handler is asked.
type API struct {
	// Authenticate finds the account, or refuses.
	Authenticate func(r *Request) *Reply
	// Refuse words a fault.
	Refuse func(kind string) Reply
	// IDHeader names the request in every answer; "" names none.
	IDHeader string
}

// Serve answers one call to a provider: faults, authentication, handler, journal.
func (b *Box) Serve(api API, sends bool, h func(*Request) Reply) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		r := &Request{Request: hr, ID: UUID()}
		var err error
		if r.Body, err = io.ReadAll(http.MaxBytesReader(w, hr.Body, maxRequest)); err != nil {
			r.TooBig = true
		}
		out := Reply{}
		refused := api.Authenticate(r)
		f := b.takeFault(r.Account, sends)
		switch {
		case f != nil && !f.before(hr.Context(), b, r.Account):
			b.note(r, Reply{Call: Call{Outcome: Refused, Reason: "no answer", Fault: f.Kind}})
			panic(http.ErrAbortHandler)
		case f != nil && f.Refuses():
			out = api.Refuse(f.Kind)
			if f.RetryAfter > 0 {
				out.Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
			}
		case refused != nil:
			out = *refused
		default:
			out = h(r)
		}
		if f != nil {
			out.Call.Fault = f.Kind
		}
		b.note(r, out)
		if f != nil && !f.after(hr.Context(), b, r.Account) {
			panic(http.ErrAbortHandler)
		}
		if api.IDHeader != "" {
			w.Header().Set(api.IDHeader, r.ID)
		}
		out.write(w)
	}
}

// note puts a call into the journal unless its handler did.
func (b *Box) note(r *Request, out Reply) {
	if out.Recorded {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Record(r, out)
}

// Record completes and journals a call. The lock must be held.
func (b *Box) Record(r *Request, out Reply) {
	c := out.Call
	c.At, c.Method, c.Path, c.Status, c.RequestID = b.Now(), r.Method, r.URL.RequestURI(), out.Status, r.ID
	if c.Outcome == "" {
		c.Outcome = Accepted
		if out.Status >= http.StatusBadRequest {
			c.Outcome = Refused
		}
	}
	if r.Account != nil {
		c.Account = r.Account.ID
	}
	b.append(record{Kind: recCall, Account: c.Account, Call: &c})
}

// Set sets a header.
func (out *Reply) Set(key, value string) {
	if out.Header == nil {
		out.Header = http.Header{}
	}
	out.Header.Set(key, value)
}

func (out *Reply) write(w http.ResponseWriter) {
	for k, v := range out.Header {
		w.Header()[k] = v
	}
	data := out.Raw
	if data == nil && out.Body != nil {
		w.Header().Set("Content-Type", "application/json")
		data, _ = json.Marshal(out.Body) //nolint:errchkjson // maps and strings only
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(out.Status)
	_, _ = w.Write(data)
}
