package line

import (
	"encoding/json"

	"switchboard/channel"
)

// message is the message of an event.
//
//	{"id":"325708","type":"video","duration":60000,"contentProvider":{"type":"line"},"quoteToken":"q3P…"}
type message struct {
	ID, Type, Text  string
	QuoteToken      string
	QuotedMessageID string
	MarkAsReadToken string
	Emojis          []any
	Mention         map[string]any
	ContentProvider struct{ Type, OriginalContentURL, PreviewImageURL string }
	Duration        json.Number // milliseconds
	ImageSet        map[string]any
	FileName        string
	FileSize        int64
	Title, Address  string
	Latitude        *float64
	Longitude       *float64
	PackageID       string
	StickerID       string
	ResourceType    string `json:"stickerResourceType"`
	Keywords        []string

	raw json.RawMessage
}

// UnmarshalJSON keeps the bytes too, for a type that is not known.
func (m *message) UnmarshalJSON(b []byte) error {
	type plain message
	if err := json.Unmarshal(b, (*plain)(m)); err != nil {
		return err
	}
	m.raw = append(json.RawMessage(nil), b...)
	return nil
}

func (m *message) fill(out *channel.Event) bool {
	if m == nil || m.ID == "" {
		return false
	}
	out.Kind, out.MessageID, out.ReplyTo = channel.KindMessage, m.ID, m.QuotedMessageID
	out.Type, out.Data = m.Type, map[string]any{}
	set(out.Data, "quote_token", m.QuoteToken)
	set(out.Data, "mark_as_read_token", m.MarkAsReadToken)
	switch m.Type {
	case channel.TypeText:
		out.Text = m.Text
		if len(m.Emojis) > 0 {
			out.Data["emojis"] = m.Emojis
		}
		if len(m.Mention) > 0 {
			out.Data["mention"] = m.Mention
		}
	case channel.TypeImage, channel.TypeVideo, channel.TypeAudio, channel.TypeFile:
		m.fillMedia(out)
	case channel.TypeLocation:
		set(out.Data, "title", m.Title)
		set(out.Data, "address", m.Address)
		if m.Latitude != nil && m.Longitude != nil {
			out.Data["latitude"], out.Data["longitude"] = *m.Latitude, *m.Longitude
		}
	case channel.TypeSticker:
		out.Text = m.Text
		set(out.Data, "package_id", m.PackageID)
		set(out.Data, "sticker_id", m.StickerID)
		set(out.Data, "resource_type", m.ResourceType)
		if len(m.Keywords) > 0 {
			out.Data["keywords"] = m.Keywords
		}
	default:
		out.Type, out.Data["raw"] = channel.TypeUnknown, m.raw
	}
	if len(out.Data) == 0 {
		out.Data = nil
	}
	return true
}

func (m *message) fillMedia(out *channel.Event) {
	ref := channel.MediaRef{ID: m.ID, Name: m.FileName, Size: m.FileSize}
	if m.ContentProvider.Type == "external" {
		// Not at LINE: the id would find nothing, and the token is not for that host.
		ref = channel.MediaRef{URL: m.ContentProvider.OriginalContentURL, External: true}
		set(out.Data, "preview_url", m.ContentProvider.PreviewImageURL)
	}
	out.Media = []channel.MediaRef{ref}
	if ms, err := m.Duration.Int64(); err == nil && ms > 0 {
		out.Data["duration_ms"] = ms
	}
	if len(m.ImageSet) > 0 {
		out.Data["image_set"] = m.ImageSet
	}
}

func set(data map[string]any, name, value string) {
	if value != "" {
		data[name] = value
	}
}
