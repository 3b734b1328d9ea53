package core

import (
	"slices"
	"strings"
	"time"
)

// MediaSeen is one file of a message, as the phone got it.
type MediaSeen struct {
	ID          string `json:"id,omitempty"` // under which the provider serves a customer's file
	URL         string `json:"url,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	Name        string `json:"name,omitempty"`
	Size        int64  `json:"size"`
	SHA256      string `json:"sha256,omitempty"`
	Status      int    `json:"status"`          // HTTP status of the fetch; 0 before it, -1 when nobody answered
	Error       string `json:"error,omitempty"` // why nobody answered
}

// Message is a message of the product on a phone.
type Message struct {
	ID        string
	At        time.Time
	Kind      string // text, image, location …
	Text      string
	Media     []MediaSeen
	Key       string // LINE's retry key, or the message ID in Twilio's callback address
	Replied   bool   // sent with a reply token
	Status    string // Twilio: queued, sent, delivered, read, failed, undelivered
	ErrorCode int
}

// Entry is one line of a phone's thread, from the person or from the product.
type Entry struct {
	ID        string      `json:"id"`
	At        time.Time   `json:"at"`
	Mine      bool        `json:"mine"` // written by the person
	Kind      string      `json:"kind"`
	Text      string      `json:"text,omitempty"`
	Media     []MediaSeen `json:"media,omitempty"`
	Key       string      `json:"key,omitempty"`
	Replied   bool        `json:"replied,omitempty"`
	Buttons   []Button    `json:"buttons,omitempty"`
	Raw       string      `json:"raw,omitempty"` // what tells two messages without text apart
	Status    string      `json:"status,omitempty"`
	ErrorCode int         `json:"error_code,omitempty"`
	Lost      bool        `json:"lost,omitempty"` // accepted, but reached no phone
	Unsent    bool        `json:"unsent,omitempty"`
	EventID   string      `json:"event_id,omitempty"` // webhook that told the product
	Hook      int         `json:"webhook_status,omitempty"`
	Callback  string      `json:"callback,omitempty"`
	Service   string      `json:"service,omitempty"`
	Segments  int         `json:"segments,omitempty"`
	SentAt    time.Time   `json:"sent_at,omitzero"`
	Pending   bool        `json:"pending,omitempty"` // its media are being fetched
	Early     bool        `json:"early,omitempty"`   // is on the phone before its media are
	Content   string      `json:"content_sid,omitempty"`
}

// Button is a tap the product offers under a message.
type Button struct {
	Label string `json:"label"`
	Data  string `json:"data,omitempty"`
	Text  string `json:"text,omitempty"`
}

// content identifies what a message says, to find the same said twice.
func (e *Entry) content() string {
	if e.Raw != "" {
		return e.Raw
	}
	parts := []string{e.Kind, e.Text}
	for _, m := range e.Media {
		address, _, _ := strings.Cut(m.URL, "?") // signed links change with every try
		parts = append(parts, address)
	}
	return strings.Join(parts, "\x00")
}

func (e *Entry) message() Message {
	return Message{
		ID: e.ID, At: e.At, Kind: e.Kind, Text: e.Text, Media: slices.Clone(e.Media), Key: e.Key,
		Replied: e.Replied, Status: e.Status, ErrorCode: e.ErrorCode,
	}
}
