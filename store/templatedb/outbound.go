package templatedb

import (
	"github.com/google/uuid"
)

// SentTemplate is a template as it goes into one message.
type SentTemplate struct {
	ID         uuid.UUID
	ContentSID string            // "" if the provider does not know it
	Variables  map[string]string // by placeholder; personal, as the text is
}

// Approved reports whether the provider knows the template, which is what may be
// sent after the reply window.
func (t *SentTemplate) Approved() bool { return t != nil && t.ContentSID != "" }
