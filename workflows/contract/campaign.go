package contract

import (
	"time"

	"github.com/google/uuid"
)

// CampaignWorkflow is the type name of the workflow of one campaign.
const CampaignWorkflow = "CampaignWorkflow"

// CampaignQueue is the task queue of campaigns and of what they send: apart from
// agents' answers, which must not wait behind them.
const CampaignQueue = "campaign"

// UpdateCommand is the update that pauses, resumes, cancels or changes it.
const UpdateCommand = "command"

// CampaignID is the workflow id of a campaign.
func CampaignID(id uuid.UUID) string { return "campaign/" + id.String() }

// CampaignStart begins the workflow of a campaign. What it must know it reads
// from the campaign's row.
type CampaignStart struct {
	Campaign uuid.UUID `json:"campaign"`
}

// CampaignCommand is a person's command.
type CampaignCommand struct {
	Command string     `json:"command"` // pause, resume, cancel, change
	Agent   uuid.UUID  `json:"agent,omitzero"`
	Token   uuid.UUID  `json:"token,omitzero"`
	Rate    *int       `json:"rate,omitempty"` // of change: messages a second, 0 is no limit of its own
	StartAt *time.Time `json:"start_at,omitempty"`
}

// CampaignActed is what it led to.
type CampaignActed struct {
	State string `json:"state"`
}

// RefusedCommand is the ApplicationError's type of a command that is not possible.
const RefusedCommand = "not_possible"
