package core

import (
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/store/presencedb"
)

// presenceChoice: {"presence": "away"}, {"presence_id": "…"}, or
// {"presence": null} to let it follow by itself.
type presenceChoice struct {
	Presence   httpx.Optional[string]    `json:"presence"`
	PresenceID httpx.Optional[uuid.UUID] `json:"presence_id"`
}

func (in presenceChoice) choice() (presencedb.Choice, error) {
	var k httpx.Checks
	switch {
	case in.Presence.Given == in.PresenceID.Given:
		k.Add("presence", "must be given, as a presence or null, or presence_id instead")
	case in.PresenceID.Given && in.PresenceID.Value == nil:
		k.Add("presence_id", "must not be null; give presence as null to let it follow by itself")
	case in.PresenceID.Given:
		return presencedb.Choice{Custom: uuid.NullUUID{UUID: *in.PresenceID.Value, Valid: true}}, nil
	case in.Presence.Value != nil:
		k.OneOf("presence", *in.Presence.Value, "available", "busy", "do_not_disturb", "away")
	}
	return presencedb.Choice{Base: in.Presence.Value}, k.Err()
}

// ReadChoice reads the presence that a request chooses. It fails for a body that is
// not acceptable, and with 503 where presence is not served.
func (s *Server) ReadChoice(c echo.Context) (presencedb.Choice, error) {
	var in presenceChoice
	if err := httpx.Decode(c, &in); err != nil {
		return presencedb.Choice{}, err
	}
	choice, err := in.choice()
	if err == nil && s.Presence == nil {
		err = httpx.Unavailable("Presence is not served here.", 0)
	}
	return choice, err
}
