package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/channel"
)

type provider struct {
	Type     string                 `json:"type"`
	Fields   []channel.Field        `json:"fields"`
	Channels map[string]channelCaps `json:"channels"`
}

type channelCaps struct {
	WindowSeconds int64        `json:"window_seconds"` // 0: free answers for ever
	MaxText       int          `json:"max_text"`       // UTF-16 code units
	MaxMedia      int          `json:"max_media"`
	MaxButtons    int          `json:"max_buttons"` // quick replies
	Media         []mediaLimit `json:"media"`
	Delivered     bool         `json:"delivered"`
	Read          bool         `json:"read"`
	Templates     bool         `json:"templates"` // only those that the provider approved
}

type mediaLimit struct {
	Type     string `json:"type"`
	MaxBytes int64  `json:"max_bytes"`
	AsLink   bool   `json:"as_link"`
}

func showCaps(c channel.Caps) channelCaps {
	out := channelCaps{WindowSeconds: int64(c.Window.Seconds()), MaxText: c.MaxText, MaxMedia: c.MaxMedia, MaxButtons: c.MaxButtons, Media: []mediaLimit{}, Delivered: c.Delivered, Read: c.Read, Templates: c.Templates}
	for _, m := range c.MediaLimits {
		out.Media = append(out.Media, mediaLimit(m))
	}
	return out
}

func (s *server) listProviders(c echo.Context) error {
	out := List[provider]{Items: []provider{}}
	for _, typ := range s.Providers.Types() {
		p, err := s.Providers.Get(typ)
		if err != nil {
			return err
		}
		shown := provider{Type: typ, Fields: p.Fields(), Channels: map[string]channelCaps{}}
		if shown.Fields == nil {
			shown.Fields = []channel.Field{}
		}
		for name, caps := range p.Channels() {
			shown.Channels[name] = showCaps(caps)
		}
		out.Items = append(out.Items, shown)
	}
	return c.JSON(http.StatusOK, out)
}
