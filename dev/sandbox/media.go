package sandbox

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

// fetchLater fetches the media of a message as the provider would and says what
// came of it; then, if given, it is called with whether all came. s.mu must be held.
func (s *Sandbox) fetchLater(p *Phone, id string, media []MediaSeen, then func(context.Context, []MediaSeen)) {
	media = slices.Clone(media)
	s.background(func(ctx context.Context) {
		for i := range media {
			s.see(ctx, &media[i])
		}
		if then != nil {
			then(ctx, media)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.append(record{Kind: recChange, Account: p.account.id, Phone: p.id, Change: &change{ID: id, Media: media}})
	})
}

// see fetches one file.
func (s *Sandbox) see(ctx context.Context, m *MediaSeen) {
	m.Status = -1
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL, nil)
	if err != nil {
		m.Error = err.Error()
		return
	}
	resp, err := s.fetch.Do(req)
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
	if m.Size <= keepFetch && m.came() {
		if _, err = s.blobs.put(head); err != nil {
			s.log.Error("media not kept", "error", err)
		}
	}
}

func (m MediaSeen) came() bool { return m.Status == http.StatusOK }
