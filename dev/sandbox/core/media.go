package core

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
)

const (
	maxFetch  = 200 << 20 // LINE's limit for video
	keepFetch = 10 << 20  // what is kept to be shown on the page
)

// FetchLater fetches the media of a message as the provider would and says what
// came of it, with then instead of a Change, if given. The lock must be held.
func (b *Box) FetchLater(p *Phone, id string, media []MediaSeen, then func(context.Context, []MediaSeen)) {
	media = slices.Clone(media)
	b.Background(func(ctx context.Context) {
		for i := range media {
			b.see(ctx, &media[i])
		}
		if then != nil {
			then(ctx, media)
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		p.Change(Change{ID: id, Media: media})
	})
}

// see fetches one file.
func (b *Box) see(ctx context.Context, m *MediaSeen) {
	m.Status = -1
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL, nil)
	if err != nil {
		m.Error = err.Error()
		return
	}
	resp, err := b.fetch.Do(req)
	if err != nil {
		m.Error = err.Error()
		return
	}
	defer func() { _ = resp.Body.Close() }()
	sum := sha256.New()
	head, err := io.ReadAll(io.TeeReader(io.LimitReader(resp.Body, keepFetch), sum))
	m.Size = int64(len(head))
	if err == nil {
		var more int64
		more, err = io.Copy(sum, io.LimitReader(resp.Body, maxFetch-keepFetch))
		m.Size += more
	}
	if err != nil {
		m.Error = err.Error()
		return
	}
	m.Status, m.ContentType, m.SHA256 = resp.StatusCode, resp.Header.Get("Content-Type"), hex.EncodeToString(sum.Sum(nil))
	if m.Size <= keepFetch && m.Came() {
		if _, err = b.blobs.put(head); err != nil {
			b.log.Error("media not kept", "error", err)
		}
	}
}

// Came tells whether the file could be fetched.
func (m MediaSeen) Came() bool { return m.Status == http.StatusOK }
