package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/channeltest"
)

// seal encrypts a message as WeChat does.
func seal(t *testing.T, key, app, text string) string {
	t.Helper()
	k, err := base64.RawStdEncoding.DecodeString(key)
	require.NoError(t, err)
	plain := []byte("aaaabbbbccccdddd")
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(text))) //nolint:gosec // a test's
	plain = append(append(plain, text...), app...)
	pad := 32 - len(plain)%32
	plain = append(plain, strings.Repeat(string(rune(pad)), pad)...)
	c, err := aes.NewCipher(k)
	require.NoError(t, err)
	cipher.NewCBCEncrypter(c, k[:16]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

func sign(r *channel.Request, token string) {
	q := r.URL.Query()
	q.Set("timestamp", "1760000000")
	q.Set("nonce", "1286470951")
	q.Set("encrypt_type", "aes")
	q.Set("msg_signature", signature(token, "1760000000", "1286470951", sealedIn(r.Body)))
	r.URL.RawQuery = q.Encode()
}

// with makes a provider that has the tokens of some accounts.
func with(c *http.Client, accounts ...channel.Account) *WeChat {
	w := New("127.0.0.1")
	if c != nil {
		w.HTTP = c
	}
	for _, a := range accounts {
		h := w.tokens.of(a)
		h.token, h.until = "ACCESS", time.Now().Add(time.Hour)
	}
	return w
}

// marked has the AppSecret that the suite gives the account.
func marked() channel.Account {
	a := account()
	a.Secrets["app_secret"] = "MarkedSecretOfTheAccount"
	return a
}

func TestContract(t *testing.T) {
	t.Parallel()
	const another = `<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>oFs3</FromUserName><CreateTime>1760000001</CreateTime>` +
		`<MsgType>hologram</MsgType><MsgId>1</MsgId></xml>`
	bodies := []string{another}
	for _, s := range vectors(t).Inbound {
		if s.AESKey == "" && s.Expect["http_status"] == nil {
			bodies = append(bodies, s.Request.Body)
		}
	}
	var samples []channel.Request
	for _, body := range bodies {
		r := request(t, http.MethodPost, webhookURL)
		r.Body = []byte("<xml>\n<ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>\n<Encrypt><![CDATA[" + seal(t, key, app, body) + "]]></Encrypt>\n</xml>")
		samples = append(samples, r)
	}
	asks := request(t, http.MethodGet, webhookURL+"?echostr=5837397317264356829&timestamp=1760000000&nonce=1286470951&signature="+
		signature("omniToken2026", "1760000000", "1286470951"))
	channeltest.Run(t, channeltest.Contract{
		Provider:   func(c *http.Client) channel.Provider { return with(c, account(), marked()) },
		Account:    account(),
		VerifiedBy: tokenFields(),
		Sign:       sign,
		Signature:  "msg_signature", InQuery: true,
		Asks: &asks, Challenge: "5837397317264356829", VerifyToken: "token",
		Same:    func(a, b []byte) bool { return sealedIn(a) == sealedIn(b) },
		Samples: samples,
		Kinds: []channel.Kind{
			channel.KindMessage, channel.KindOptIn, channel.KindOptOut, channel.KindSystem, channel.KindUnknown,
		},
		Media:   func(string) channel.MediaRef { return channel.MediaRef{ID: "media_img_1"} },
		Channel: Channel, To: "oFs3",
	})
}
