package apiclient

import (
	"time"

	"github.com/google/uuid"
)

// Ref names a thing.
type Ref struct {
	ID   uuid.UUID
	Name string
}

// Conversation is what the API shows of one; see openapi.yaml.
type Conversation struct {
	ID       uuid.UUID
	State    string
	Version  int64
	Channel  string
	Provider string
	Customer struct {
		Name       string
		ExternalID string `json:"external_id"`
		OptedOut   bool   `json:"opted_out"`
	}
	Queue *Ref
	Agent *Ref
	Offer *struct {
		ID        uuid.UUID
		AgentID   uuid.UUID  `json:"agent_id"`
		ExpiresAt *time.Time `json:"expires_at"`
	}
	PreviousID  uuid.NullUUID `json:"previous_id"`
	LastSeq     int64         `json:"last_seq"`
	InboundSeq  int64         `json:"inbound_seq"`
	CloseReason *string       `json:"close_reason"`
	ClosedAt    *time.Time    `json:"closed_at"`
	CreatedAt   time.Time     `json:"created_at"`
}

// Message is what the API shows of one.
type Message struct {
	ID          uuid.UUID
	Seq         int64
	Direction   string
	Type        string
	Text        string
	Data        map[string]any
	Status      *string
	ProviderID  *string    `json:"provider_id"`
	RedactedAt  *time.Time `json:"redacted_at"`
	EditedAt    *time.Time `json:"edited_at"`
	Attachments []Attachment
	Automated   *string
	Error       *struct{ Class, Code, Detail string }
}

// Attachment is a file of a message.
type Attachment struct {
	ID          uuid.UUID
	State       string
	ErrorCode   string `json:"error_code"`
	Name        string
	ContentType string `json:"content_type"`
	Size        int64
	URL         string
	PreviewURL  *string `json:"preview_url"`
}

// StatusText is the message's status, "" for one of a customer.
func (m Message) StatusText() string {
	if m.Status == nil {
		return ""
	}
	return *m.Status
}
