package wechat

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

const (
	webhookURL = "https://desk.example.com/webhooks/wechat/6f1c"
	app        = "wx1a2b3c4d5e6f7081"
	key        = "omniAesKey0123456789abcdefghijklmnopqrstuvw"
	customer   = "oFs3Wt6fHc1-mKxQyPzR2vLbNdEg"
)

type vectorFile struct {
	Signatures []struct {
		ID, Kind, Token, Timestamp, Nonce, Signature, Encrypt, Plaintext string
		Key                                                              string `json:"encoding_aes_key"`
		App                                                              string `json:"app_id"`
		Sealed                                                           string `json:"ciphertext_base64"`
		Proof                                                            string `json:"msg_signature"`
		Valid                                                            bool
	} `json:"signature_vectors"`
	Handshake []struct {
		ID, Token string
		Request   struct{ URL string }
		Expect    struct {
			Status int `json:"http_status"`
			Body   string
		}
	}
	Inbound []struct {
		ID, Token, When string
		Request         struct{ URL, Body string }
		AESKey          string `json:"encoding_aes_key"`
		Expect          map[string]any
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

func request(t *testing.T, method, address string) channel.Request {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return channel.Request{Method: method, URL: u}
}

// account encrypts its messages.
func account() channel.Account {
	return channel.Account{
		ID: "a1", Key: "6f1c", Settings: map[string]string{"app_id": app},
		Secrets: map[string]string{"app_secret": "secret-of-the-app", "token": "omniToken2026", "encoding_aes_key": key},
	}
}

func plain() channel.Account {
	a := account()
	delete(a.Secrets, "encoding_aes_key")
	return a
}

func TestVectors_Signatures(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t).Signatures {
		switch v.Kind {
		case "plain_signature":
			require.Equal(t, v.Valid, signature(v.Token, v.Timestamp, v.Nonce) == v.Signature, v.ID)
		case "aes":
			raw, err := base64.StdEncoding.DecodeString(v.Sealed)
			require.NoError(t, err)
			text, ok := decrypt(v.Key, v.App, raw)
			require.True(t, ok, v.ID)
			require.Equal(t, v.Plaintext, string(text), v.ID)
		default:
			require.Equal(t, "msg_signature", v.Kind)
			a := channel.Account{Settings: map[string]string{"app_id": v.App}, Secrets: map[string]string{"token": v.Token, "encoding_aes_key": v.Key}}
			r := request(t, http.MethodPost, webhookURL+"?"+url.Values{"timestamp": {v.Timestamp}, "nonce": {v.Nonce}, "msg_signature": {v.Proof}}.Encode())
			r.Body = []byte("<xml><Encrypt><![CDATA[" + v.Encrypt + "]]></Encrypt></xml>")
			err := (&WeChat{}).Verify(a, r)
			require.Equal(t, v.Valid, err == nil, v.ID)
			if v.Valid {
				text, ok := open(a, v.Encrypt)
				require.True(t, ok, v.ID)
				require.Equal(t, v.Plaintext, string(text), v.ID)
			} else {
				require.Equal(t, channel.ErrSignature, err)
			}
		}
	}
}

func TestVectors_Handshake(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t).Handshake {
		a := plain()
		a.Secrets["token"] = v.Token
		got, handled, err := (&WeChat{}).Handshake(a, request(t, http.MethodGet, v.Request.URL))
		require.True(t, handled)
		if v.Expect.Status == http.StatusOK {
			require.NoError(t, err)
			require.Equal(t, v.Expect.Body, string(got.Body))
		} else {
			require.Equal(t, channel.ErrSignature, err)
		}
	}
}

// Every webhook is verified and read as it came, plain or encrypted.
func TestVectors_Webhooks(t *testing.T) {
	t.Parallel()
	want := map[string]struct {
		kind channel.Kind
		typ  string
		text string
	}{
		"text":                          {channel.KindMessage, "text", "你好，我的订单在哪里？"},
		"text-emoji-cdata-and-entities": {channel.KindMessage, "text", "/::) <b>&amp;</b> 👋"},
		"text-menu-reply":               {channel.KindMessage, "postback", "满意"},
		"image":                         {channel.KindMessage, "image", ""},
		"voice":                         {channel.KindMessage, "audio", "腾讯微信团队"},
		"video":                         {channel.KindMessage, "video", ""},
		"shortvideo":                    {channel.KindMessage, "video", ""},
		"location":                      {channel.KindMessage, "location", "位置信息"},
		"link":                          {channel.KindMessage, "text", "官网链接\ndesc\nhttps://example.com/a?b=1&c=2"},
		"event-subscribe":               {channel.KindOptIn, "subscribe", ""},
		"event-subscribe-qr":            {channel.KindOptIn, "subscribe", ""},
		"event-unsubscribe":             {channel.KindOptOut, "unsubscribe", ""},
		"event-scan":                    {channel.KindSystem, "scan", ""},
		"event-click":                   {channel.KindMessage, "postback", "MENU_SUPPORT"},
		"event-view":                    {channel.KindSystem, "view", ""},
		"event-location-report":         {channel.KindSystem, "location", ""},
		"event-template-finish-ok":      {channel.KindSystem, "templatesendjobfinish", ""},
		"event-template-finish-blocked": {channel.KindSystem, "templatesendjobfinish", ""},
		"event-subscribe-msg-popup":     {channel.KindSystem, "subscribe_msg_popup_event", ""},
		"event-kf-create-session":       {channel.KindSystem, "kf_create_session", ""},
		"redelivery-first":              {channel.KindMessage, "text", "dup"},
		"redelivery-second":             {channel.KindMessage, "text", "dup"},
		"event-redelivery-key":          {channel.KindMessage, "postback", "K"},
		"encrypted-text":                {channel.KindMessage, "text", "安全模式"},
		"encrypted-event":               {channel.KindOptIn, "subscribe", ""},
		"compatible-mode-both-forms":    {channel.KindMessage, "text", "兼容模式"},
	}
	ids := map[string]string{}
	for _, v := range vectors(t).Inbound {
		a := plain()
		if v.AESKey != "" || v.When != "" || v.ID == "plaintext-when-safe-mode-configured" {
			a = account()
		}
		r := request(t, http.MethodPost, v.Request.URL)
		r.Body = []byte(v.Request.Body)
		if status, refused := v.Expect["http_status"].(float64); refused {
			if status == http.StatusForbidden {
				require.Equal(t, channel.ErrSignature, (&WeChat{}).Verify(a, r), v.ID)
				continue
			}
			_, err := (&WeChat{}).Parse(a, r)
			require.ErrorIs(t, err, channel.ErrMalformed, v.ID)
			continue
		}
		require.NoError(t, (&WeChat{}).Verify(a, r), v.ID)
		events, err := (&WeChat{}).Parse(a, r)
		require.NoError(t, err, v.ID)
		require.Len(t, events, 1)
		e := events[0]
		w, known := want[v.ID]
		require.True(t, known, v.ID)
		delete(want, v.ID)
		require.Equal(t, w.kind, e.Kind, v.ID)
		require.Equal(t, w.typ, e.Type, v.ID)
		require.Equal(t, w.text, e.Text, v.ID)
		require.Equal(t, customer, e.From, v.ID)
		ids[v.ID] = e.ID
		if media, ok := v.Expect["media_id"].(string); ok {
			require.Equal(t, media, e.Media[0].ID, v.ID)
		}
		if payload, ok := v.Expect["payload"].(string); ok {
			require.Equal(t, payload, e.Data["data"], v.ID)
		}
		if lat, ok := v.Expect["lat"].(float64); ok {
			require.InDelta(t, lat, e.Data["latitude"], 1e-9)
			require.InDelta(t, v.Expect["lon"], e.Data["longitude"], 1e-9)
		}
		if scene, ok := v.Expect["scene"].(string); ok {
			require.Equal(t, scene, e.Data["scene"])
		}
		if dedup, ok := v.Expect["dedup"].(string); ok {
			require.Equal(t, dedup, e.ID)
		}
	}
	require.Empty(t, want)
	require.Equal(t, ids["redelivery-first"], ids["redelivery-second"])
	require.NotEqual(t, ids["event-subscribe"], ids["event-unsubscribe"])
}

// What a customer pastes must not cost their message.
func TestParse_ControlCharacters(t *testing.T) {
	t.Parallel()
	r := request(t, http.MethodPost, webhookURL)
	r.Body = []byte("<xml><FromUserName>o1</FromUserName><CreateTime>1760000001</CreateTime><MsgType>text</MsgType><Content><![CDATA[a\x08b\xffc]]></Content><MsgId>7</MsgId></xml>")
	events, err := (&WeChat{}).Parse(plain(), r)
	require.NoError(t, err)
	require.Equal(t, "ab\ufffdc", events[0].Text)
	require.Equal(t, time.Unix(1760000001, 0).UTC(), events[0].At)
	require.Equal(t, "7", events[0].MessageID)
}

func TestValidate(t *testing.T) {
	t.Parallel()
	w := &WeChat{}
	require.NoError(t, w.Validate(account()))
	require.NoError(t, w.Validate(plain()))
	for field, value := range map[string]string{"token": "no blanks-", "token_previous": "ab", "encoding_aes_key": "short", "encoding_aes_key_previous": key + "x"} {
		a := account()
		a.Secrets = maps.Clone(a.Secrets)
		a.Secrets[field] = value
		var invalid *channel.Invalid
		require.ErrorAs(t, w.Validate(a), &invalid, field)
		require.Equal(t, field, invalid.Field)
	}
	a := account()
	a.Settings["app_id"] = "gh_0123456789ab"
	require.Error(t, w.Validate(a))
	a = plain()
	a.Secrets["encoding_aes_key_previous"] = key
	require.Error(t, w.Validate(a), "a message in plain would be taken")
}
