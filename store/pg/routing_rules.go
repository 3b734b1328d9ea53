package pg

import (
	"github.com/google/uuid"
	"github.com/lib/pq"
)

// QueueIDs are those of the keys that are ids, as the database takes them.
func QueueIDs(keys []string) pq.StringArray {
	ids := pq.StringArray{}
	for _, key := range keys {
		if id, err := uuid.Parse(key); err == nil {
			ids = append(ids, id.String())
		}
	}
	return ids
}
