package line

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

const webhookURL = "https://hub.example.com/webhooks/line/k1"

type vectorFile struct {
	Signatures []struct {
		ID, Body, Header, Signature string
		Secret                      string `json:"channel_secret"`
		Valid                       bool
	} `json:"signature_vectors"`
	Inbound []struct {
		ID      string
		Request struct {
			Method, Body string
			Headers      map[string]string
		}
		Secret string `json:"channel_secret"`
		Expect map[string]any
	} `json:"inbound_samples"`
	Outbound []struct {
		ID      string
		Request struct {
			Method, URL string
			Headers     map[string]string
			Forbidden   []string `json:"forbidden_headers"`
			Body        json.RawMessage
		}
		Response struct {
			Status  int
			Headers map[string]string
			Body    json.RawMessage
		}
		Classify string
	} `json:"outbound_samples"`
}

func vectors(t *testing.T) vectorFile {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var f vectorFile
	require.NoError(t, json.Unmarshal(b, &f))
	return f
}

func hook(t *testing.T, body, signature string) channel.Request {
	t.Helper()
	u, err := url.Parse(webhookURL)
	require.NoError(t, err)
	return channel.Request{Method: http.MethodPost, URL: u, Body: []byte(body), Header: http.Header{
		"Content-Type":     {"application/json; charset=utf-8"},
		"X-Line-Signature": {signature},
	}}
}

func account(secret string) channel.Account {
	return channel.Account{
		ID: "a1", Key: "k1",
		Settings: map[string]string{"channel_id": "1234567890"},
		Secrets:  map[string]string{"channel_secret": secret, "channel_access_token": "token-of-line"},
	}
}
