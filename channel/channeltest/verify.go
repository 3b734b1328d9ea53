package channeltest

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"switchboard/channel"
)

// signed is a request as the provider would send it, of its own headers.
func (c Contract) signed(r channel.Request, secret string) channel.Request {
	r.Header, r.Body = r.Header.Clone(), slices.Clone(r.Body)
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if r.URL != nil {
		u := *r.URL
		r.URL = &u
	}
	c.Sign(&r, secret)
	return r
}

// signature is what Sign put into a request.
func (c Contract) signature(r channel.Request) string {
	if c.InQuery {
		return r.URL.Query().Get(c.Signature)
	}
	return r.Header.Get(c.Signature)
}

// bearing is a request with these signatures instead of its own.
func (c Contract) bearing(r channel.Request, signatures ...string) channel.Request {
	if !c.InQuery {
		r.Header = http.Header{}
		if len(signatures) > 0 {
			r.Header[c.Signature] = signatures
		}
		return r
	}
	u := *r.URL
	q := u.Query()
	q.Del(c.Signature)
	for _, s := range signatures {
		q.Add(c.Signature, s)
	}
	u.RawQuery = q.Encode()
	r.URL = &u
	return r
}

func (c Contract) verify(t *testing.T) {
	t.Parallel()
	p := c.Provider(nil)
	for _, r := range c.Samples {
		for _, name := range c.VerifiedBy {
			a := c.account()
			a.Secrets[name] = "secret-of-" + name
			require.NoError(t, p.Verify(a, c.signed(r, a.Secrets[name])), name)
			require.Equal(t, channel.ErrSignature, p.Verify(a, c.signed(r, "secret-of-another")))
		}
		c.refuseEmptySecrets(t, r)
		a := c.account()
		good := c.signed(r, a.Secrets[c.VerifiedBy[0]])
		for _, wrong := range [][]string{{}, {""}, {"====", c.signature(good)}} {
			require.Equal(t, channel.ErrSignature, p.Verify(a, c.bearing(good, wrong...)))
		}
		if bare := good; !c.InQuery {
			bare.Header = nil
			require.Equal(t, channel.ErrSignature, p.Verify(a, bare))
		}
	}
	t.Run("one byte", c.oneByte)
	t.Run("anything", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(rt *rapid.T) {
			r := rapid.SampledFrom(c.Samples).Draw(rt, "sample")
			r = c.bearing(r, rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=`)).Draw(rt, "signature"))
			r.Body = garbled(rt, r.Body)
			require.Equal(rt, channel.ErrSignature, p.Verify(c.account(), r))
		})
	})
}

// refuseEmptySecrets: a signature made with no key is anybody's.
func (c Contract) refuseEmptySecrets(t *testing.T, r channel.Request) {
	t.Helper()
	p := c.Provider(nil)
	unset := c.account()
	empty := c.account()
	for _, name := range c.VerifiedBy {
		delete(unset.Secrets, name)
		empty.Secrets[name] = ""
	}
	none := c.account()
	none.Secrets = nil
	for _, a := range []channel.Account{unset, empty, none} {
		require.Equal(t, channel.ErrSignature, p.Verify(a, c.signed(r, "")))
	}
	// Nor does the one that is empty beside one that is not.
	require.Equal(t, channel.ErrSignature, p.Verify(c.account(), c.signed(r, "")))
}

// oneByte changes one byte of the body or of the signature.
func (c Contract) oneByte(t *testing.T) {
	t.Parallel()
	p := c.Provider(nil)
	a := c.account()
	change := func(rt *rapid.T, b []byte) []byte {
		b = slices.Clone(b)
		i := rapid.IntRange(0, len(b)-1).Draw(rt, "at")
		was := b[i]
		b[i] = rapid.Byte().Filter(func(v byte) bool { return v != was }).Draw(rt, "byte")
		return b
	}
	rapid.Check(t, func(rt *rapid.T) {
		good := c.signed(rapid.SampledFrom(c.Samples).Draw(rt, "sample"), a.Secrets[c.VerifiedBy[0]])
		require.NoError(rt, p.Verify(a, good))

		bad := c.bearing(good, string(change(rt, []byte(c.signature(good)))))
		require.Equal(rt, channel.ErrSignature, p.Verify(a, bad))

		if len(good.Body) == 0 {
			return
		}
		bad = good
		bad.Body = change(rt, good.Body)
		if c.Same == nil || !c.Same(good.Body, bad.Body) {
			require.Equal(rt, channel.ErrSignature, p.Verify(a, bad))
		}
	})
}
