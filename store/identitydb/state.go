package identitydb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"switchboard/store/pg"
)

// State is how a person signs in.
type State struct {
	Email        string `db:"email" json:"-"`
	Name         string `db:"name" json:"-"`
	Password     string `db:"password" json:"password"` // none, temporary, own
	SecondFactor bool   `db:"second_factor" json:"second_factor"`
	Required     bool   `db:"required" json:"second_factor_required"`
	CodesLeft    int    `db:"codes_left" json:"recovery_codes_left"`
}

const selectState = `
SELECT g.email, g.name, CASE WHEN g.password_hash IS NULL THEN 'none' WHEN g.must_change_password THEN 'temporary' ELSE 'own' END AS password,
       f.agent_id IS NOT NULL AS second_factor, g.role = ANY (p.second_factor_roles) AS required,
       (SELECT count(*) FROM recovery_code r WHERE r.agent_id = g.id AND r.used_at IS NULL) AS codes_left
FROM agent g CROSS JOIN sign_in_settings p LEFT JOIN second_factor f ON f.agent_id = g.id AND f.secret IS NOT NULL
WHERE g.id = $1`

// StateOf returns how a person signs in, or ErrNotFound.
func (s *Store) StateOf(ctx context.Context, agent uuid.UUID) (State, error) {
	var out State
	if err := pg.GetOne(ctx, s.SQL, &out, selectState, agent); err != nil {
		return State{}, fmt.Errorf("read how somebody signs in: %w", err)
	}
	return out, nil
}
