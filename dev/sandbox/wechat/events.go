package wechat

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" //nolint:gosec // WeChat's choice
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"switchboard/dev/sandbox/core"
)

// field is one element of a message.
type field struct{ name, value string }

// document writes elements as WeChat does.
func document(fields ...field) string {
	var b strings.Builder
	b.WriteString("<xml>")
	for _, f := range fields {
		if _, err := strconv.ParseFloat(f.value, 64); err == nil && f.name != "Content" && f.name != "EventKey" {
			fmt.Fprintf(&b, "<%s>%s</%s>\n", f.name, f.value, f.name)
			continue
		}
		value := strings.ReplaceAll(f.value, "]]>", "]]]]><![CDATA[>")
		fmt.Fprintf(&b, "<%s><![CDATA[%s]]></%s>\n", f.name, value, f.name)
	}
	b.WriteString("</xml>")
	return b.String()
}

func digest(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // WeChat's choice
	return hex.EncodeToString(sum[:])
}

// seal encrypts a message for the account.
func (a *Account) seal(text string) (string, error) {
	plain := core.Random(16)
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(text))) //nolint:gosec // some kilobytes
	plain = append(append(plain, text...), a.settings.AppID...)
	pad := 32 - len(plain)%32
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	c, err := aes.NewCipher(a.key)
	if err != nil {
		return "", fmt.Errorf("encrypt: %w", err)
	}
	cipher.NewCBCEncrypter(c, a.key[:aes.BlockSize]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain), nil
}

// Sign writes a message as WeChat posts it; what proves it stands in the address.
func (a *Account) Sign(e *core.Event, _ string, _ bool) (http.Header, string) {
	h := http.Header{}
	h.Set("Content-Type", "text/xml")
	h.Set("User-Agent", "Mozilla/4.0")
	return h, e.Body
}

// Address puts the proof of a message into the address that it is posted to. Token
// of the event is what is encrypted in it.
func (a *Account) Address(e *core.Event, address string) string {
	q := a.proof()
	q.Set("openid", strings.TrimPrefix(e.Phone, channel+"-"+a.ID+"-"))
	if e.Token != "" {
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", digest(a.settings.Token, q.Get("timestamp"), q.Get("nonce"), e.Token))
	}
	return address + "?" + q.Encode()
}

// proof is what all requests of WeChat's have.
func (a *Account) proof() url.Values {
	at, nonce := strconv.FormatInt(a.Box.Now().Unix(), 10), number()
	return url.Values{"timestamp": {at}, "nonce": {nonce}, "signature": {digest(a.settings.Token, at, nonce)}}
}

// number is a number of 17 digits.
func number() string {
	n := uint64(0)
	for _, b := range core.Random(7) {
		n = n<<8 | uint64(b)
	}
	return strconv.FormatUint(10_000_000_000_000_000+n%70_000_000_000_000_000, 10)
}

// Asks asks the product whether the address is the account's, as the console does,
// and tells whether the answer was right.
func (a *Account) Asks(ctx context.Context) (bool, error) {
	a.Box.Lock()
	q, address := a.proof(), a.settings.WebhookURL
	a.Box.Unlock()
	echo := number()
	q.Set("echostr", echo)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"?"+q.Encode(), nil)
	if err != nil {
		return false, fmt.Errorf("webhook address: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, fmt.Errorf("ask: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return false, fmt.Errorf("read answer: %w", err)
	}
	return resp.StatusCode == http.StatusOK && string(body) == echo, nil
}

// happened sends what a person did, and puts it on their phone.
func (a *Account) happened(ctx context.Context, p *core.Phone, kind string, entry *core.Entry, fields ...field) (core.Sent, error) {
	a.Box.Lock()
	now := a.Box.Now()
	if p.Blocked && kind != "unsubscribe" {
		a.Box.Unlock()
		return core.Sent{}, fmt.Errorf("write to %s: %w", a.ID, core.ErrBlocked)
	}
	text := document(slices.Concat([]field{
		{"ToUserName", a.settings.OriginalID}, {"FromUserName", p.Number}, {"CreateTime", strconv.FormatInt(now.Unix(), 10)},
	}, fields)...)
	e := &core.Event{ID: core.HexID(kind + ":"), Kind: kind, Phone: p.ID(), Body: text, Account: a.Account}
	if a.key != nil {
		sealed, err := a.seal(text)
		if err != nil {
			a.Box.Unlock()
			return core.Sent{}, err
		}
		e.Token, e.Body = sealed, document(field{"ToUserName", a.settings.OriginalID}, field{"Encrypt", sealed})
	}
	if entry != nil {
		entry.Mine, entry.At, entry.EventID = true, now, e.ID
		e.MessageID = entry.ID
		p.Put(entry)
		p.Flag(core.Flags{Window: &now})
	}
	a.Box.Unlock()
	return a.Box.Deliver(ctx, e)
}

func (a *Account) message(ctx context.Context, p *core.Phone, entry *core.Entry, fields ...field) (core.Sent, error) {
	entry.ID = number()
	return a.happened(ctx, p, "message", entry, append(fields, field{"MsgId", entry.ID})...)
}

// Says sends a text.
func (a *Account) Says(ctx context.Context, p *core.Phone, text string) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{Kind: "text", Text: text}, field{"MsgType", "text"}, field{"Content", text})
}

// SendsFile sends a picture, a voice message or a video; a text follows it.
func (a *Account) SendsFile(ctx context.Context, p *core.Phone, m core.MediaSeen, text string) (core.Sent, error) {
	main, _, _ := strings.Cut(m.ContentType, "/")
	kind := map[string]string{"image": "image", "audio": "voice", "video": "video"}[main]
	if kind == "" {
		return core.Sent{}, p.Cannot("file of type " + m.ContentType)
	}
	m.ID = core.HexID("m") + core.HexID("")
	fields := []field{{"MsgType", kind}, {"MediaId", m.ID}}
	switch kind {
	case "voice":
		fields = append(fields, field{"Format", "amr"})
	case "video":
		fields = append(fields, field{"ThumbMediaId", core.HexID("t")})
	}
	sent, err := a.message(ctx, p, &core.Entry{Kind: kind, Media: []core.MediaSeen{m}}, fields...)
	if err != nil || text == "" {
		return sent, err
	}
	return a.Says(ctx, p, text)
}

// SendsRaw sends elements as they are given, sorted by name.
func (a *Account) SendsRaw(ctx context.Context, p *core.Phone, raw any) (core.Sent, error) {
	given, ok := raw.(map[string]any)
	if !ok {
		return core.Sent{}, p.Cannot(fmt.Sprintf("raw event of type %T", raw))
	}
	var fields []field
	for name, value := range given {
		fields = append(fields, field{name, fmt.Sprint(value)})
	}
	slices.SortFunc(fields, func(x, y field) int { return strings.Compare(x.name, y.name) })
	return a.happened(ctx, p, "raw", nil, fields...)
}

// SendsLocation sends a place on the map.
func (a *Account) SendsLocation(ctx context.Context, p *core.Phone, at core.Place) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{Kind: "location", Text: at.Text()}, field{"MsgType", "location"},
		field{"Location_X", core.Decimal(at.Latitude)}, field{"Location_Y", core.Decimal(at.Longitude)}, field{"Scale", "20"}, field{"Label", at.Title})
}

// TapsButton taps an entry of a message with a menu.
func (a *Account) TapsButton(ctx context.Context, p *core.Phone, label, data string) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{Kind: "button", Text: label}, field{"MsgType", "text"}, field{"Content", label}, field{"bizmsgmenuid", data})
}

// event sends what a person did other than write.
func (a *Account) event(ctx context.Context, p *core.Phone, name, key string) (core.Sent, error) {
	return a.happened(ctx, p, name, nil, field{"MsgType", "event"}, field{"Event", name}, field{"EventKey", key})
}

// Clicks taps an entry of the account's menu.
func (a *Account) Clicks(ctx context.Context, p *core.Phone, key string) (core.Sent, error) {
	return a.event(ctx, p, "CLICK", key)
}

// Follows follows the account.
func (a *Account) Follows(ctx context.Context, p *core.Phone) (core.Sent, error) {
	p.Blocks(false)
	return a.event(ctx, p, "subscribe", "")
}

// Unfollows ends it: the account reaches the person no more.
func (a *Account) Unfollows(ctx context.Context, p *core.Phone) (core.Sent, error) {
	p.Blocks(true)
	return a.event(ctx, p, "unsubscribe", "")
}
