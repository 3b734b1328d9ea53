package workflows

import "switchboard/workflows/message"

// All are the workflows by their type names, under which they are registered and
// their recorded histories are replayed.
func All() map[string]any {
	return map[string]any{
		message.ConversationWorkflow: ConversationWorkflow,
		message.PresenceWorkflow:     PresenceWorkflow,
		message.CampaignWorkflow:     CampaignWorkflow,
		message.TriggerWorkflow:      TriggerWorkflow,
	}
}
