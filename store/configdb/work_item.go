package configdb

// ChannelWorkItem is the channel, and the provider, of work that is no message
// of ours. Nobody is written to there.
const ChannelWorkItem = "work-item"
