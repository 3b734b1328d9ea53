package safehttp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

const maxHops = 5

// A Download fetches one file, hop by hop, so that every address on the way is
// checked and credentials stay with the host they are for.
type Download struct {
	Trusted   *http.Client        // for addresses that Trust names; http is taken there too
	Guarded   *http.Client        // for all others, from New
	Trust     func(*url.URL) bool // the account's own API; nil is none
	Allow     func(*url.URL) bool // which hosts may be asked at all; nil is any
	Authorize func(*http.Request) // adds credentials, at the first host only; nil is none
}

// Get answers the first response that is no redirect. An address that must not
// be fetched is ErrForbidden.
func (d Download) Get(ctx context.Context, raw string) (*http.Response, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("read address: %w", ErrForbidden) // err would quote it
	}
	first := u
	for range maxHops {
		resp, err := d.hop(ctx, u, first)
		if err != nil {
			return nil, err
		}
		next := resp.Header.Get("Location")
		switch resp.StatusCode {
		case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		default:
			return resp, nil
		}
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
		_ = resp.Body.Close()
		if u, err = u.Parse(next); next == "" || err != nil {
			return nil, fmt.Errorf("follow redirect: %w", ErrForbidden)
		}
	}
	return nil, fmt.Errorf("follow more than %d redirects: %w", maxHops, ErrForbidden)
}

func (d Download) hop(ctx context.Context, u, first *url.URL) (*http.Response, error) {
	trusted := d.Trust != nil && d.Trust(u)
	if u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !trusted) {
		return nil, fmt.Errorf("check address: %w", ErrForbidden)
	}
	if !trusted && d.Allow != nil && !d.Allow(u) {
		return nil, fmt.Errorf("check host: %w", ErrForbidden)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("read address: %w", ErrForbidden)
	}
	if d.Authorize != nil && SameHost(u, first) {
		d.Authorize(req)
	}
	client := *d.Guarded
	if trusted {
		client = *d.Trusted
	}
	client.Timeout = 0 // a large file takes its time; ctx is the limit
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", bare(err))
	}
	return resp, nil
}

// SameHost reports whether two addresses are one server under one scheme.
func SameHost(a, b *url.URL) bool { return a.Scheme == b.Scheme && a.Host == b.Host }

// bare takes the address off an error, because addresses carry signatures.
func bare(err error) error {
	if e, ok := err.(*url.Error); ok {
		return e.Err
	}
	return err
}

// Below reports whether u lies on base's server under a path that begins with
// base's and one of the folders, however it is written.
func Below(u, base *url.URL, folders ...string) bool {
	if !SameHost(u, base) || u.RawPath != "" || path.Clean(u.Path) != u.Path {
		return false
	}
	root := strings.TrimRight(base.Path, "/")
	return slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(u.Path, root+f) })
}
