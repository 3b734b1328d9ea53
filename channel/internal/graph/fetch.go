package graph

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
	"switchboard/channel/safehttp"
)

// Files lists where Meta keeps files.
func Files(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	for _, domain := range []string{"fbcdn.net", "fbsbx.com", "facebook.com", "cdninstagram.com", "whatsapp.net"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// Download fetches a file at an address of Meta's. Links expire: what is refused
// there is gone.
func Download(ctx context.Context, d safehttp.Download, ref channel.MediaRef, now time.Time, w Words) (channel.Media, error) {
	if d.Guarded == nil {
		d.Guarded = safehttp.New()
	}
	resp, err := d.Get(ctx, ref.URL)
	if errors.Is(err, safehttp.ErrForbidden) {
		return channel.Media{}, &channel.Error{Class: channel.Refused, Code: "forbidden", Detail: "The file lies at an address that is not fetched."}
	} else if err != nil {
		return channel.Media{}, &channel.Error{Class: channel.Unavailable, Code: "connect", Detail: "The file could not be reached."}
	}
	if resp.StatusCode == http.StatusOK {
		return channel.Media{Body: resp.Body, ContentType: resp.Header.Get("Content-Type"), Name: ref.Name}, nil
	}
	_ = resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		return channel.Media{}, &channel.Error{Class: channel.Refused, Code: "gone", Detail: "Meta no longer has the file."}
	}
	return channel.Media{}, rest.Asked(w.Refusal(rest.Reply{Status: resp.StatusCode, Header: resp.Header}, now))
}
