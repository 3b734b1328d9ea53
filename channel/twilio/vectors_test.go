package twilio

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

const sid = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

type vectorFile struct {
	Signatures []struct {
		ID, URL, Body, Signature string
		Token                    string `json:"auth_token"`
		ContentType              string `json:"content_type"`
		Valid                    bool
	} `json:"signature_vectors"`
	Inbound  []inboundSample  `json:"inbound_samples"`
	Outbound []outboundSample `json:"outbound_samples"`
	Classes  map[string][]int `json:"error_classes"`
}

type inboundSample struct {
	ID      string
	Token   string `json:"auth_token"`
	Request struct {
		Method, URL, Body string
		Headers           map[string]string
	}
	Expect struct {
		Kind, Text, From, To, Dedup, Channel, Profile, Filename, Payload, BSUID, Referral, Class string
		Media                                                                                    []string
		Lat, Lon                                                                                 float64
		Forwarded                                                                                bool
		Code                                                                                     json.Number
		HTTPStatus                                                                               int `json:"http_status"`
	}
}

type outboundSample struct {
	ID      string
	Request struct {
		Method, URL string
		Form        map[string]any
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
		BodyRaw string `json:"body_raw"`
	}
	Classify string
}

func vectors(t *testing.T) vectorFile {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var f vectorFile
	require.NoError(t, json.Unmarshal(b, &f))
	return f
}

func webhook(t *testing.T, method, address, contentType, body, signature string) channel.Request {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return channel.Request{Method: method, URL: u, Body: []byte(body), Header: http.Header{
		"Content-Type":       {contentType},
		"X-Twilio-Signature": {signature},
	}}
}

func (s inboundSample) request(t *testing.T) channel.Request {
	t.Helper()
	h := s.Request.Headers
	return webhook(t, s.Request.Method, s.Request.URL, h["content-type"], s.Request.Body, h["x-twilio-signature"])
}

// account is the account that a sample was sent to: samples name two.
func (s inboundSample) account(t *testing.T) channel.Account {
	t.Helper()
	form, err := url.ParseQuery(s.Request.Body)
	require.NoError(t, err)
	a := account(s.Token)
	if named := form.Get("AccountSid"); named != "" {
		a.Settings["account_sid"] = named
	}
	return a
}

func account(token string) channel.Account {
	return channel.Account{
		ID: "a1", Key: "k1",
		Settings: map[string]string{"account_sid": sid},
		Secrets:  map[string]string{"auth_token": token},
	}
}

func post(t *testing.T, token, address string, form url.Values) channel.Request {
	t.Helper()
	return webhook(t, http.MethodPost, address, "application/x-www-form-urlencoded", form.Encode(), signature(token, address, form))
}
