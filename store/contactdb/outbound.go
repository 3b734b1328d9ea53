package contactdb

import (
	"time"
)

// Codes of answers that are refused before they are stored, besides those of
// package conversation.
const (
	RefusedOptedOut = "opted_out"
)

// AnnounceWithin is how long a stored answer waits for the command that
// announces it before the relay does.
const AnnounceWithin = time.Second
