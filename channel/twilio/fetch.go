package twilio

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
	"switchboard/channel/safehttp"
)

// Fetch implements channel.Fetcher. The address of the reference came with a
// webhook; it must be a file at Twilio, which redirects to where the bytes are.
func (t *Twilio) Fetch(ctx context.Context, a channel.Account, ref channel.MediaRef) (channel.Media, error) {
	host, err := url.Parse(base(a))
	if err != nil {
		return channel.Media{}, &channel.Error{Class: channel.Config, Code: "base_url", Detail: "The API address of the account cannot be used."}
	}
	d := safehttp.Download{
		Trusted: rest.Client(t.HTTP), Guarded: t.External,
		Allow: atTwilio,
		// Whoever signs webhooks chooses the path: of another API address only files are had.
		Trust: func(u *url.URL) bool {
			return a.BaseURL != "" && safehttp.Below(u, host, "/2010-04-01/Accounts/"+a.Settings["account_sid"]+"/Messages/", "/cdn/")
		},
	}
	if d.Guarded == nil {
		d.Guarded = safehttp.New()
	}
	ours := func(u *url.URL) bool { return safehttp.SameHost(u, host) || under(u, "twilio.com") }
	if u, err := url.Parse(ref.URL); err == nil && ours(u) {
		d.Authorize = func(req *http.Request) { authorize(req, a) }
	}
	resp, err := d.Get(ctx, ref.URL)
	if errors.Is(err, safehttp.ErrForbidden) {
		return channel.Media{}, refused("forbidden", "The file lies at an address that is not fetched.")
	} else if err != nil {
		return channel.Media{}, &channel.Error{Class: channel.Unavailable, Code: "connect", Detail: "The file could not be reached."}
	}
	if resp.StatusCode == http.StatusOK {
		return channel.Media{Body: resp.Body, ContentType: resp.Header.Get("Content-Type"), Name: ref.Name}, nil
	}
	_ = resp.Body.Close()
	gone := resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone
	if !ours(resp.Request.URL) { // where the bytes lie, a refusal is about the link, not about our credentials
		gone = gone || resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden
	}
	if gone {
		return channel.Media{}, refused("gone", "Twilio no longer has the file.")
	}
	return channel.Media{}, rest.Asked(refusal(rest.Reply{Status: resp.StatusCode, Header: resp.Header}, t.now()))
}

// atTwilio lists where Twilio keeps media.
func atTwilio(u *url.URL) bool {
	return under(u, "twilio.com") || under(u, "twiliocdn.com") || under(u, "amazonaws.com")
}

func under(u *url.URL, domain string) bool {
	host := strings.ToLower(u.Hostname())
	return host == domain || strings.HasSuffix(host, "."+domain)
}
