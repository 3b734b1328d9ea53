package pg

import (
	"encoding/json"
	"fmt"
)

// JsonText marshals v for a jsonb column; "" stands for null.
func JsonText(v any, present bool) (string, error) {
	if !present {
		return "", nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode event: %w", err)
	}
	return CleanJSON(string(b)), nil
}
