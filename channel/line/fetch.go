package line

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
	"switchboard/channel/safehttp"
)

// processingWait is how long to wait for a video that LINE still converts.
const processingWait = 5 * time.Second

// Fetch implements channel.Fetcher. LINE keeps content for some days only; what
// is gone is Refused, what is not ready yet is Unavailable.
func (l *Line) Fetch(ctx context.Context, a channel.Account, ref channel.MediaRef) (channel.Media, error) {
	address := ref.URL
	content := base(a, dataHost) + "/v2/bot/message/" + ref.ID + "/content"
	if !ref.External {
		if strings.Trim(ref.ID, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != "" || ref.ID == "" {
			return channel.Media{}, refused("media_id", "This is no message id of LINE's.")
		}
		address = content
	}
	resp, err := l.download(a, !ref.External).Get(ctx, address)
	if errors.Is(err, safehttp.ErrForbidden) {
		return channel.Media{}, refused("forbidden", "The file lies at an address that is not fetched.")
	} else if err != nil {
		return channel.Media{}, &channel.Error{Class: channel.Unavailable, Code: "connect", Detail: "The file could not be reached."}
	}
	if resp.StatusCode == http.StatusOK {
		return channel.Media{Body: resp.Body, ContentType: resp.Header.Get("Content-Type"), Name: ref.Name}, nil
	}
	_ = resp.Body.Close()
	if ref.External {
		return channel.Media{}, external(resp, l.now())
	}
	if resp.StatusCode == http.StatusAccepted {
		return channel.Media{}, l.processing(ctx, a, content)
	}
	return channel.Media{}, rest.Asked(refusal(rest.Reply{Status: resp.StatusCode, Header: resp.Header}, l.now()))
}

// download asks LINE with the token, and strangers' hosts without.
func (l *Line) download(a channel.Account, own bool) safehttp.Download {
	d := safehttp.Download{Trusted: rest.Client(l.HTTP), Guarded: l.External}
	if d.Guarded == nil {
		d.Guarded = safehttp.New()
	}
	if host, err := url.Parse(base(a, dataHost)); err == nil && own {
		d.Trust = func(u *url.URL) bool { return safehttp.Below(u, host, "/v2/bot/message/") }
	}
	if own {
		d.Authorize = func(req *http.Request) { authorize(req, a) }
	}
	return d
}

// processing asks why there is no content yet: a conversion that failed never ends.
func (l *Line) processing(ctx context.Context, a channel.Account, content string) error {
	r, err := l.ask(ctx, a, content+"/transcoding")
	var doc struct{ Status string }
	if err == nil && r.OK() && json.Unmarshal(r.Body, &doc) == nil && doc.Status == "failed" {
		return refused("transcoding_failed", "LINE could not convert the file.")
	}
	return &channel.Error{Class: channel.Unavailable, Code: "processing", Detail: "LINE is still converting the file.", RetryAfter: processingWait}
}

// external classifies the answer of somebody's host: none of it is about our
// account, so nothing is Config.
func external(resp *http.Response, now time.Time) error {
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500 {
		return &channel.Error{Class: channel.Unavailable, Code: "external", Detail: "The file's host has a fault.", RetryAfter: rest.RetryAfter(resp.Header, now)}
	}
	return refused("external", "The file's host does not give the file.")
}

// Profile implements channel.Profiler. A customer who blocked the account has
// none: that is Refused.
func (l *Line) Profile(ctx context.Context, a channel.Account, id string) (channel.Profile, error) {
	r, err := l.get(ctx, a, "/v2/bot/profile/"+url.PathEscape(id))
	if err != nil {
		return channel.Profile{}, err
	}
	if !r.OK() {
		return channel.Profile{}, rest.Asked(refusal(r, l.now()))
	}
	var doc struct{ DisplayName, PictureURL, Language string }
	if r.Torn || json.Unmarshal(r.Body, &doc) != nil || doc.DisplayName == "" { // LINE's profiles have a name
		return channel.Profile{}, &channel.Error{Class: channel.Unavailable, Code: "bad_answer", Detail: "LINE's answer could not be read."}
	}
	return channel.Profile{Name: doc.DisplayName, PictureURL: doc.PictureURL, Language: doc.Language}, nil
}
