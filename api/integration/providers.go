package integration

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/channel"
)

type provider struct {
	Type     string                      `json:"type"`
	Fields   []channel.Field             `json:"fields"`
	Channels map[string]core.ChannelCaps `json:"channels"`
}

func (s *Server) listProviders(c echo.Context) error {
	out := httpx.List[provider]{Items: []provider{}}
	for _, typ := range s.Providers.Types() {
		p, err := s.Providers.Get(typ)
		if err != nil {
			return err
		}
		shown := provider{Type: typ, Fields: channel.FieldsOf(p), Channels: map[string]core.ChannelCaps{}}
		if shown.Fields == nil {
			shown.Fields = []channel.Field{}
		}
		for name, caps := range p.Channels() {
			shown.Channels[name] = core.ShowCaps(caps)
		}
		out.Items = append(out.Items, shown)
	}
	return c.JSON(http.StatusOK, out)
}
