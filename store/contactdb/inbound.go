package contactdb

import (
	"time"

	"github.com/google/uuid"

	"switchboard/channel"
)

// Inbound is one event on its way into the database.
type Inbound struct {
	Account uuid.UUID
	Address uuid.UUID // which of our addresses it came to; of messages
	Event   channel.Event
	Arrived time.Time // zero: now
}
