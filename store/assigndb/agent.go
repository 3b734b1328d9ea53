package assigndb

import (
	"switchboard/store/pg"
)

func AgentConstraint(err error) error {
	switch name, _ := pg.Constraint(err); name {
	case "agent_email":
		return &pg.Conflict{Reason: "Another agent has this e-mail address."}
	case "agent_default_presence_id_fkey":
		return &pg.Invalid{Field: "default_presence_id", Reason: "is no presence"}
	case "agent_operating_hours_id_fkey":
		return HoursMissing()
	}
	return err
}
