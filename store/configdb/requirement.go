package configdb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// A profile that does not exist is left out: a mistake in rules never keeps a
// customer from being served.
const updateRequirements = `
UPDATE conversation c SET skills = $2,
  profile_ids = ARRAY(SELECT p.id FROM capacity_profile p WHERE p.name = $3
                      UNION SELECT w.capacity_profile_id FROM workstream w WHERE w.id = c.workstream_id AND w.capacity_profile_id IS NOT NULL ORDER BY 1)
WHERE c.id = $1`

// SetRequirements says which skills a conversation asks for, with their
// ratings, and which capacity profile it takes besides its workstream's; "":
// none. What it holds already stays as it is.
func SetRequirements(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID, skills map[string]int, profile string) error {
	asked := []byte("{}")
	if len(skills) > 0 {
		var err error
		if asked, err = json.Marshal(skills); err != nil {
			return fmt.Errorf("set requirements: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, updateRequirements, conversation, pg.CleanJSON(string(asked)), pg.Clean(profile)); err != nil {
		return fmt.Errorf("set requirements: %w", err)
	}
	return nil
}
