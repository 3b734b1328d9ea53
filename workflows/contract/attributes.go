package contract

import "go.temporal.io/sdk/temporal"

// Search attributes, by which operators find workflows. Values are slugs and
// ids, never customers' data: they are not encrypted.
var (
	Channel        = temporal.NewSearchAttributeKeyKeyword("OcChannel")
	ChannelAccount = temporal.NewSearchAttributeKeyKeyword("OcChannelAccount")
	Workstream     = temporal.NewSearchAttributeKeyKeyword("OcWorkstream")
	Queue          = temporal.NewSearchAttributeKeyKeyword("OcQueue")
	Agent          = temporal.NewSearchAttributeKeyKeyword("OcAgent")
	State          = temporal.NewSearchAttributeKeyKeyword("OcState")
	Campaign       = temporal.NewSearchAttributeKeyKeyword("OcCampaign")
	WaitingSince   = temporal.NewSearchAttributeKeyTime("OcWaitingSince")
	NextDeadline   = temporal.NewSearchAttributeKeyTime("OcNextDeadline")
	Priority       = temporal.NewSearchAttributeKeyInt64("OcPriority")
	Version        = temporal.NewSearchAttributeKeyInt64("OcVersion") // of the conversation's row, as far as its workflow knows it
)
