package templatedb

import (
	"encoding/json"
	"errors"

	"switchboard/store/pg"
)

// Texts are texts by language, as jsonb.
type Texts map[string]string

// Scan reads jsonb.
func (t *Texts) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok {
		return errors.New("texts are no json")
	}
	return json.Unmarshal(b, t)
}

// JSON is what is written; a NUL in a text would be refused.
func (t Texts) JSON() (string, error) {
	if t == nil {
		return "{}", nil
	}
	b, err := json.Marshal(t)
	return pg.CleanJSON(string(b)), err
}
