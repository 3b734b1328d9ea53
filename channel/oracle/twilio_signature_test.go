package oracle

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	twilioclient "github.com/twilio/twilio-go/client"

	"switchboard/channel"
	"switchboard/channel/twilio"
	twiliobox "switchboard/dev/sandbox/twilio"
)

// words are what a form may hold: blanks, signs of the form's own, other scripts.
func words(random *rand.Rand) string {
	runes := []rune("abcXYZ019 &=+%;'äあ👋")
	var b strings.Builder
	for range random.IntN(12) {
		b.WriteRune(runes[random.IntN(len(runes))])
	}
	return b.String()
}

// address is a webhook address, with or without a port and a query. It has no
// apostrophe, because the library has no second way of writing one.
func address(random *rand.Rand) string {
	hosts := []string{
		"https://desk.example", "https://desk.example:443", "https://desk.example:8443", "https://user:pass@desk.example",
		"http://desk.example", "http://desk.example:80", "http://desk.example:8080",
	}
	tails := []string{"", "?message=1", "?a=b+c&d=%C3%A4&a=2", "?x=%2F%2f", "?flag"}
	return hosts[random.IntN(len(hosts))] + "/webhooks/twilio/key" + tails[random.IntN(len(tails))]
}

// ports are the addresses that a provider may have signed for this one.
func ports(random *rand.Rand, raw string) string {
	u, _ := url.Parse(raw)
	switch random.IntN(4) {
	case 0:
		u.Host = u.Hostname()
	case 1:
		u.Host = u.Hostname() + ":" + map[string]string{"http": "80", "https": "443"}[u.Scheme]
	case 2:
		u.Host = u.Hostname() + ":8443"
	}
	return u.String()
}

// spoilt is a signature that is right, or wrong in one of many ways.
func spoilt(random *rand.Rand, s string) string {
	switch random.IntN(8) {
	case 0:
		b := []byte(s)
		b[random.IntN(len(b)-1)] ^= 1
		return string(b)
	case 1:
		return s[:random.IntN(len(s))]
	case 2:
		return strings.ToLower(s)
	case 3:
		return s + "="
	}
	return s
}

// Our judgement of a signature is that of Twilio's library, where that knows the
// form: one value for each key and nothing in the address that is written in two
// ways.
func TestTwilio_Signatures(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	validator := twilioclient.NewRequestValidator("token")
	right := 0
	for range 6000 {
		form := url.Values{"AccountSid": {sid}}
		for range random.IntN(6) {
			form.Set("K"+words(random), words(random))
		}
		raw := address(random)
		u, err := url.Parse(raw)
		require.NoError(t, err)
		signature := spoilt(random, twiliobox.Sign("token", ports(random, raw), form))
		switch random.IntN(6) {
		case 0:
			form.Set("Extra", "1")
		case 1:
			form.Set("AccountSid", sid+" ")
		}
		body := form.Encode()
		theirs := validator.ValidateBody(raw, []byte(body), signature)
		err = twilio.New().Verify(twilioAccount(""), channel.Request{Method: http.MethodPost, URL: u, Body: []byte(body),
			Header: http.Header{"X-Twilio-Signature": {signature}, "Content-Type": {"application/x-www-form-urlencoded"}}})
		require.Equal(t, theirs, err == nil, "%s of %s at %s", signature, body, raw)
		if theirs {
			right++
		}
	}
	require.Greater(t, right, 1000)
	require.Less(t, right, 4000)
}

// A webhook without a form: the address alone is signed, and holds the hash of
// the body where there is one.
func TestTwilio_SignaturesOfAddresses(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	validator := twilioclient.NewRequestValidator("token")
	right := map[string]int{}
	for range 4000 {
		raw, body, method := address(random), []byte(nil), http.MethodGet
		if random.IntN(2) == 0 {
			method, body = http.MethodPost, []byte(`{"property":"`+words(random)+`"}`)
			sum := sha256.Sum256(body)
			raw += map[bool]string{false: "?", true: "&"}[strings.Contains(raw, "?")] + "bodySHA256=" + hex.EncodeToString(sum[:])
		}
		u, err := url.Parse(raw)
		require.NoError(t, err)
		signature := spoilt(random, twiliobox.Sign("token", ports(random, raw), nil))
		if method == http.MethodPost && random.IntN(4) == 0 {
			body = append(body, ' ')
		}
		theirs := validator.ValidateBody(raw, body, signature)
		err = twilio.New().Verify(twilioAccount(""), channel.Request{Method: method, URL: u, Body: body,
			Header: http.Header{"X-Twilio-Signature": {signature}, "Content-Type": {"application/json"}}})
		require.Equal(t, theirs, err == nil, "%s of %s at %s", signature, body, raw)
		if theirs {
			right[method]++
		}
	}
	require.Greater(t, right[http.MethodGet], 300)
	require.Greater(t, right[http.MethodPost], 300)
}

// Where the library is wrong, we hold with Twilio's service, which signs every
// value of a repeated key, and writes an apostrophe of the address as %27.
func TestTwilio_LibraryIsWrong(t *testing.T) {
	t.Parallel()
	validator := twilioclient.NewRequestValidator("token")
	repeated := url.Values{"AccountSid": {sid}, "Digits": {"5678", "1234", "1234"}}
	for name, c := range map[string]struct {
		address, signed string
		form            url.Values
	}{
		"repeated key": {"https://desk.example/hook", "https://desk.example/hook", repeated},
		"apostrophe":   {"https://desk.example/hook?Body=It's", "https://desk.example/hook?Body=It%27s", url.Values{"AccountSid": {sid}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(c.address)
			require.NoError(t, err)
			signature := twiliobox.Sign("token", c.signed, c.form)
			require.False(t, validator.ValidateBody(c.address, []byte(c.form.Encode()), signature), "now right: compare it above")
			require.NoError(t, twilio.New().Verify(twilioAccount(""), channel.Request{Method: http.MethodPost, URL: u, Body: []byte(c.form.Encode()),
				Header: http.Header{"X-Twilio-Signature": {signature}, "Content-Type": {"application/x-www-form-urlencoded"}}}))
		})
	}
}
