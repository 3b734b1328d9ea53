package core

import (
	"switchboard/channel"
)

// ChannelCaps is what a channel of a provider can carry.
type ChannelCaps struct {
	WindowSeconds int64        `json:"window_seconds"` // 0: free answers for ever
	MaxText       int          `json:"max_text"`       // UTF-16 code units
	MaxMedia      int          `json:"max_media"`
	MaxButtons    int          `json:"max_buttons"` // quick replies
	Media         []MediaLimit `json:"media"`
	Delivered     bool         `json:"delivered"`
	Read          bool         `json:"read"`
	Templates     bool         `json:"templates"` // only those that the provider approved
}

// MediaLimit is how large files of a type may be, such as image/*. AsLink: the
// customer gets a link instead of the file.
type MediaLimit struct {
	Type     string `json:"type"`
	MaxBytes int64  `json:"max_bytes"`
	AsLink   bool   `json:"as_link"`
}

// ShowCaps is how capabilities are answered.
func ShowCaps(c channel.Caps) ChannelCaps {
	out := ChannelCaps{WindowSeconds: int64(c.Window.Seconds()), MaxText: c.MaxText, MaxMedia: c.MaxMedia, MaxButtons: c.MaxButtons,
		Media: []MediaLimit{}, Delivered: c.Delivered, Read: c.Read, Templates: c.Templates}
	for _, m := range c.MediaLimits {
		out.Media = append(out.Media, MediaLimit(m))
	}
	return out
}
