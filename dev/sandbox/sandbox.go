// Package sandbox stands in for the providers: it answers their APIs as strictly
// as they do, plays the customers' phones and can fail on demand, so that demos
// and tests need no provider account. It shares no code with the product, which
// makes it an independent check of the product's wire formats.
package sandbox

import (
	"crypto/rsa"
	"net/http"

	"switchboard/dev/sandbox/core"
	"switchboard/dev/sandbox/instagram"
	"switchboard/dev/sandbox/line"
	"switchboard/dev/sandbox/messenger"
	"switchboard/dev/sandbox/twilio"
	"switchboard/dev/sandbox/wechat"
	"switchboard/dev/sandbox/whatsapp"
)

// providers are all that the sandbox stands in for.
func providers() []core.Provider {
	return []core.Provider{
		instagram.New(),
		line.New(),
		messenger.New(),
		twilio.New(),
		wechat.New(),
		whatsapp.New(),
	}
}

// What customers, faults and webhooks are is said once, for all providers.
type (
	// Config says how a sandbox runs; the zero value works in memory.
	Config = core.Config
	// Phone is one person on one channel.
	Phone = core.Phone
	// Message is a message of the product on a phone.
	Message = core.Message
	// Fault is a failure that a provider plays on the product.
	Fault = core.Fault
	// Sent is what became of a webhook.
	Sent = core.Sent
)

// Accepted is the outcome of a call that was not refused.
const Accepted = core.Accepted

// Sandbox is one set of accounts, phones and their history, with a page to play
// the customers and perhaps a shop that signs them in.
type Sandbox struct {
	*core.Box
	shop *rsa.PrivateKey // nil: there is no shop
}

// New starts a sandbox and reads its journal, if there is one.
func New(cfg Config) (*Sandbox, error) {
	b, err := core.New(cfg, providers()...)
	if err != nil {
		return nil, err
	}
	return &Sandbox{Box: b}, nil
}

// Handler serves the providers' APIs, the sandbox's own API and its page.
func (s *Sandbox) Handler() http.Handler {
	mux := http.NewServeMux()
	s.Routes(mux)
	s.ownRoutes(mux)
	s.shopRoutes(mux)
	return Loopback(guardOwn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.LearnPublicURL(r)
		mux.ServeHTTP(w, r)
	})))
}
