package workflows

import "switchboard/workflows/contract"

// All are the workflows by their type names, under which they are registered and
// their recorded histories are replayed.
func All() map[string]any {
	return map[string]any{
		contract.ConversationWorkflow: ConversationWorkflow,
		contract.PresenceWorkflow:     PresenceWorkflow,
		contract.CampaignWorkflow:     CampaignWorkflow,
		contract.TriggerWorkflow:      TriggerWorkflow,
	}
}
