package campaigndb

import (
	"strings"

	"switchboard/campaign"
	"switchboard/channel"
)

func (h Heard) Quiet() bool {
	e := h.In.Event
	if len(e.Media) > 0 {
		return false
	}
	said, _ := e.Data["opt_out_type"].(string) // as Twilio says, also of its own keywords
	params, _ := e.Data["params"].(map[string]any)
	if _, turned := params["newRichMenuAliasId"]; turned && e.Type == channel.TypePostback {
		return true // a page of LINE's menu
	}
	return e.Type == channel.TypeReaction || h.consent == campaign.OptOut || strings.EqualFold(said, "STOP")
}
