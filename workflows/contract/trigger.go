package contract

import "github.com/google/uuid"

// TriggerWorkflow is the type name of the workflow that a schedule starts to send
// what a trigger makes of the time.
const TriggerWorkflow = "TriggerWorkflow"

// TriggerQueue is the task queue of what triggers send: apart from campaigns,
// whose ranges take long. Their workflows are in CampaignQueue.
const TriggerQueue = "trigger"

// TriggerID is the id of a trigger's schedule, and begins those of its workflows.
func TriggerID(id uuid.UUID) string { return "trigger/" + id.String() }

// TriggerStart begins it.
type TriggerStart struct {
	Trigger uuid.UUID `json:"trigger"`
}
