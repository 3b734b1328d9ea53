package line

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"

	"switchboard/dev/sandbox/core"
)

// object is a message object with every member the checks look at.
type object struct {
	Type               string          `json:"type"`
	Text               *string         `json:"text"`
	OriginalContentURL *string         `json:"originalContentUrl"`
	PreviewImageURL    *string         `json:"previewImageUrl"`
	Duration           *float64        `json:"duration"`
	Title              *string         `json:"title"`
	Address            *string         `json:"address"`
	Latitude           *float64        `json:"latitude"`
	Longitude          *float64        `json:"longitude"`
	PackageID          *string         `json:"packageId"`
	StickerID          *string         `json:"stickerId"`
	AltText            *string         `json:"altText"`
	Template           json.RawMessage `json:"template"`
	Contents           json.RawMessage `json:"contents"`
	QuickReply         *struct {
		Items []struct {
			Type   string `json:"type"`
			Action struct{ Type, Label, Data, Text, DisplayText string }
		} `json:"items"`
	} `json:"quickReply"`
}

// checker collects what is wrong with a request, under the names LINE gives.
type checker struct {
	at      string
	details []detail
}

func (c *checker) bad(property, message string) {
	c.details = append(c.details, detail{message, c.at + "." + property})
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

// text checks a required string.
func (c *checker) text(property string, v *string, most int) string {
	switch {
	case v == nil || *v == "":
		c.bad(property, "May not be empty")
		return ""
	case units(*v) > most:
		c.bad(property, fmt.Sprintf("Length must be between 0 and %d", most))
	}
	return *v
}

// link checks an address that LINE or the phone fetches.
func (c *checker) link(property string, v *string) string {
	s := c.text(property, v, 2000)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		c.bad(property, "Must be a valid HTTPS URL")
	}
	return s
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *checker) number(property string, v *float64, low, high float64) float64 {
	if v == nil {
		c.bad(property, "May not be null")
		return 0
	}
	if *v < low || *v > high {
		c.bad(property, fmt.Sprintf("Must be between %g and %g", low, high))
	}
	return *v
}

// parseMessages checks message objects as LINE does and turns them into lines of
// a thread.
func parseMessages(raw []json.RawMessage) ([]*core.Entry, []detail) {
	switch {
	case len(raw) == 0:
		return nil, []detail{{"May not be empty", "messages"}}
	case len(raw) > 5:
		return nil, []detail{{"Size must be between 1 and 5", "messages"}}
	}
	var entries []*core.Entry
	var details []detail
	for i, one := range raw {
		c := checker{at: "messages[" + strconv.Itoa(i) + "]"}
		var o object
		if err := json.Unmarshal(one, &o); err != nil {
			details = append(details, detail{"Must be a message object", c.at})
			continue
		}
		e := c.entry(o)
		if len(e.Media) == 0 && o.Type != "text" {
			e.Raw = string(one)
		}
		c.quickReply(o, e)
		entries, details = append(entries, e), append(details, c.details...)
	}
	return entries, details
}

func (c *checker) entry(o object) *core.Entry {
	e := &core.Entry{Kind: o.Type}
	switch o.Type {
	case "text":
		e.Text = c.text("text", o.Text, 5000)
	case "image", "video":
		e.Media = []core.MediaSeen{{URL: c.link("originalContentUrl", o.OriginalContentURL)}}
		c.link("previewImageUrl", o.PreviewImageURL)
	case "audio":
		e.Media = []core.MediaSeen{{URL: c.link("originalContentUrl", o.OriginalContentURL)}}
		c.number("duration", o.Duration, 1, 1e9)
	case "location":
		title, address := c.text("title", o.Title, 100), c.text("address", o.Address, 100)
		latitude, longitude := c.number("latitude", o.Latitude, -90, 90), c.number("longitude", o.Longitude, -180, 180)
		e.Text = core.Place{Latitude: latitude, Longitude: longitude, Title: title, Address: address}.Text()
	case "sticker":
		c.text("packageId", o.PackageID, 100)
		e.Text = "Sticker " + c.text("stickerId", o.StickerID, 100)
	case "template":
		e.Text = c.text("altText", o.AltText, 400)
		c.object("template", o.Template)
	case "flex":
		e.Text = c.text("altText", o.AltText, 1500)
		c.object("contents", o.Contents)
	case "imagemap":
		e.Text = c.text("altText", o.AltText, 400)
	default:
		c.bad("type", "Must be one of the following values: [text, image, video, audio, location, sticker, template, imagemap, flex]")
	}
	return e
}

func (c *checker) object(property string, raw json.RawMessage) {
	if len(raw) == 0 || !strings.HasPrefix(string(raw), "{") {
		c.bad(property, "May not be null")
	}
}

func (c *checker) quickReply(o object, e *core.Entry) {
	if o.QuickReply == nil {
		return
	}
	items := o.QuickReply.Items
	if len(items) == 0 || len(items) > 13 {
		c.bad("quickReply.items", "Size must be between 1 and 13")
	}
	for i, it := range items {
		at := "quickReply.items[" + strconv.Itoa(i) + "].action."
		switch {
		case it.Action.Type == "":
			c.bad(at+"type", "May not be empty")
		case it.Action.Label == "" && (it.Action.Type == "message" || it.Action.Type == "postback"):
			c.bad(at+"label", "May not be empty")
		case units(it.Action.Label) > 20:
			c.bad(at+"label", "Length must be between 1 and 20")
		case units(it.Action.Data) > 300:
			c.bad(at+"data", "Length must be between 1 and 300")
		}
		text := it.Action.Text
		if text == "" {
			text = it.Action.DisplayText
		}
		e.Buttons = append(e.Buttons, core.Button{Label: it.Action.Label, Data: it.Action.Data, Text: text})
	}
}
