package messenger

import (
	"math"
	"net/url"
	"path"
	"slices"

	"switchboard/channel"
)

// fill adds one attachment of a message.
func (f file) fill(e *channel.Event) {
	sticker := f.Payload.StickerID.String()
	switch {
	case slices.Contains(likes(), sticker):
		e.Type, e.Text = channel.TypeSticker, "👍"
		e.Data["sticker_id"] = sticker
	case f.Type == "sticker" || sticker != "" && sticker != "0":
		e.Type, e.Data["sticker_id"] = channel.TypeSticker, sticker
		f.link(e)
	case f.Type == channel.TypeImage || f.Type == channel.TypeVideo || f.Type == channel.TypeAudio || f.Type == channel.TypeFile:
		e.Type = f.Type
		f.link(e)
	case f.Type == channel.TypeLocation && f.Payload.Coordinates != nil:
		lat, long := f.Payload.Coordinates.Lat, f.Payload.Coordinates.Long
		e.Type = channel.TypeLocation
		if math.Abs(lat) <= 90 && math.Abs(long) <= 180 {
			e.Data["latitude"], e.Data["longitude"] = lat, long
		}
	case f.Payload.URL != "" || f.Payload.Title != "": // something that was shared: a link, a post, a reel
		e.Data["shared"] = f.Type
		for _, s := range []string{f.Payload.Title, f.Payload.URL} {
			if s != "" && e.Text != "" {
				e.Text += "\n"
			}
			e.Text += s
		}
	default:
		e.Type, e.Data["attachment"] = channel.TypeUnknown, f.Type
	}
}

// link refers to the file, which has the name that its address ends with.
func (f file) link(e *channel.Event) {
	if f.Payload.URL == "" {
		return
	}
	ref := channel.MediaRef{URL: f.Payload.URL}
	if u, err := url.Parse(f.Payload.URL); err == nil && f.Type == channel.TypeFile {
		ref.Name = path.Base(u.Path)
	}
	e.Media = append(e.Media, ref)
}
