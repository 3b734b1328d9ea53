package wechat

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"switchboard/channel"
)

// document is one webhook: one message or event.
//
//	<xml><ToUserName>gh_…</ToUserName><FromUserName>oFs3…</FromUserName><CreateTime>1760000001</CreateTime>
//	<MsgType>text</MsgType><Content>…</Content><MsgId>23000000000000001</MsgId></xml>
type document struct {
	XMLName xml.Name `xml:"xml"`
	From    string   `xml:"FromUserName"`
	Created string   `xml:"CreateTime"`
	Type    string   `xml:"MsgType"`
	ID      string   `xml:"MsgId"`

	Content     string
	MenuID      string `xml:"bizmsgmenuid"` // of the button that was tapped
	MediaID     string `xml:"MediaId"`
	Recognition string // what WeChat heard in a voice message
	Latitude    string `xml:"Location_X"`
	Longitude   string `xml:"Location_Y"`
	Label       string
	Title       string
	Description string
	URL         string `xml:"Url"`

	Event    string
	EventKey string
}

// Parse implements channel.Webhook.
func (*WeChat) Parse(a channel.Account, r channel.Request) ([]channel.Event, error) {
	body := r.Body
	if encrypts(a) {
		var ok bool
		if body, ok = open(a, sealedIn(body)); !ok {
			return nil, malformed()
		}
	}
	var d document
	body = legal(body)
	if bytes.Contains(body, []byte("<!DOCTYPE")) || xml.Unmarshal(body, &d) != nil {
		return nil, malformed()
	}
	e := channel.Event{Kind: channel.KindUnknown, Channel: Channel, From: d.From, At: at(d.Created), Type: d.Type}
	if d.Type == "event" {
		d.event(&e)
	} else {
		d.message(&e)
	}
	if e.Kind == channel.KindUnknown {
		e.Data = map[string]any{"raw": string(body)}
	}
	if e.ID == "" {
		e.ID = digest(body)
	}
	return []channel.Event{e}, nil
}

func malformed() error { return fmt.Errorf("wechat webhook: %w", channel.ErrMalformed) }

// legal takes out what customers paste and XML forbids: it must not cost the message.
func legal(body []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r // an invalid byte is U+FFFD now
	}, body)
}

func at(seconds string) time.Time {
	const year10000 = 253402300800
	n, err := strconv.ParseInt(strings.TrimSpace(seconds), 10, 64)
	if err != nil || n <= 0 || n >= year10000 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(h[:])
}

// unsupported is what WeChat puts for what it cannot pass on.
const unsupported = "【收到不支持的消息类型，暂无法显示】"

func (d *document) message(e *channel.Event) {
	if d.From == "" || d.Type == "" {
		return
	}
	typ := ""
	data := map[string]any{}
	switch d.Type {
	case "text":
		typ, e.Text = channel.TypeText, d.Content
		if d.MenuID != "" {
			typ, data["data"] = channel.TypePostback, d.MenuID
		}
		if d.Content == unsupported || d.Content == "" {
			typ, e.Text = channel.TypeUnknown, ""
		}
	case "image":
		typ = channel.TypeImage
		d.file(e, "")
	case "voice":
		typ, e.Text = channel.TypeAudio, d.Recognition
		d.file(e, "audio/amr")
	case "video", "shortvideo":
		typ = channel.TypeVideo
		d.file(e, "video/mp4")
	case "location":
		typ, e.Text = channel.TypeLocation, d.Label
		d.place(data)
	case "link":
		typ, data["shared"] = channel.TypeText, "link"
		e.Text = lines(d.Title, d.Description, d.URL)
	case "file":
		typ, e.Text = channel.TypeUnknown, d.Title // WeChat does not give it out
	default:
		return
	}
	e.Kind, e.Type, e.MessageID, e.ID = channel.KindMessage, typ, d.ID, d.ID
	if len(data) > 0 {
		e.Data = data
	}
}

func (d *document) file(e *channel.Event, contentType string) {
	if d.MediaID != "" {
		e.Media = []channel.MediaRef{{ID: d.MediaID, ContentType: contentType}}
	}
}

func (d *document) place(data map[string]any) {
	lat, err1 := strconv.ParseFloat(d.Latitude, 64)
	long, err2 := strconv.ParseFloat(d.Longitude, 64)
	if err1 == nil && err2 == nil && math.Abs(lat) <= 90 && math.Abs(long) <= 180 {
		data["latitude"], data["longitude"] = lat, long
	}
}

func lines(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n")
}

// event is what a customer did other than write. Events have no id: a repeat has
// the same customer, second and key.
func (d *document) event(e *channel.Event) {
	if d.From == "" || d.Event == "" {
		return
	}
	name := strings.ToLower(d.Event)
	e.ID, e.Type = strings.Join([]string{d.From, d.Created, d.Event, d.EventKey}, "|"), name
	if len(e.ID) > 200 {
		e.ID = digest([]byte(e.ID))
	}
	switch name {
	case "subscribe":
		e.Kind = channel.KindOptIn
		if scene, scanned := strings.CutPrefix(d.EventKey, "qrscene_"); scanned {
			e.Data = map[string]any{"scene": scene}
		}
	case "unsubscribe":
		e.Kind = channel.KindOptOut
	case "click": // an entry of the account's menu: it is how many customers ask for an agent
		if d.EventKey == "" {
			return
		}
		e.Kind, e.Type, e.Text, e.MessageID = channel.KindMessage, channel.TypePostback, d.EventKey, e.ID
		e.Data = map[string]any{"data": d.EventKey}
	case "scan", "location", "view", "view_miniprogram", "templatesendjobfinish", "masssendjobfinish",
		"scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select",
		"subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event",
		"kf_create_session", "kf_close_session", "kf_switch_session":
		e.Kind = channel.KindSystem
	default:
		e.ID = ""
	}
}
