package messenger

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

const (
	webhookURL = "https://desk.example.com/webhooks/messenger/6f1c"
	pageID     = "104512345678901"
	appID      = "555000111"
)

type vectorFile struct {
	Signatures []struct {
		ID, Body, Kind, Header, Signature string
		Secret                            string `json:"app_secret"`
		Valid                             bool
	} `json:"signature_vectors"`
	Handshake []struct {
		ID      string
		Token   string `json:"verify_token"`
		Request struct{ URL string }
		Expect  struct {
			Status int `json:"http_status"`
			Body   string
		}
	}
	Inbound []struct {
		ID      string
		Request struct {
			Method, Body string
			Headers      map[string]string
		}
		Secret string `json:"app_secret"`
		Expect map[string]any
	} `json:"inbound_samples"`
	Outbound []struct {
		ID      string
		Request struct {
			Method, URL string
			Body        json.RawMessage
		}
		Response struct {
			Status int
			Body   json.RawMessage
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

func at(t *testing.T, method, address string) channel.Request {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return channel.Request{Method: method, URL: u}
}

func hook(t *testing.T, body, signature string) channel.Request {
	t.Helper()
	r := at(t, http.MethodPost, webhookURL)
	r.Body, r.Header = []byte(body), http.Header{"Content-Type": {"application/json"}, "X-Hub-Signature-256": {signature}}
	return r
}

func account(secret string) channel.Account {
	return channel.Account{
		ID: "a1", Key: "6f1c",
		Settings: map[string]string{"page_id": pageID, "app_id": appID},
		Secrets:  map[string]string{"app_secret": secret, "page_access_token": "token-of-the-page", "verify_token": "word-of-the-account"},
	}
}
