package auditdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// ErrMismatch: what was to be changed is not as whoever changes it has read it.
var ErrMismatch = errors.New("it was changed since it was read")

type matchKey struct{}

// WithMatch returns a context in which only something that has one of these
// versions is changed; else it is ErrMismatch. It is compared while it is locked.
func WithMatch(ctx context.Context, versions []string) context.Context {
	return context.WithValue(ctx, matchKey{}, versions)
}

// VersionOf is the version of something that can be changed, in the form in which
// it is shown: when it was changed last or, of what does not tell, what it says.
func VersionOf(shown any) (string, error) {
	data, err := json.Marshal(shown)
	if err != nil {
		return "", fmt.Errorf("version: %w", err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		return "", fmt.Errorf("version: %w", err)
	}
	if text, given := fields["updated_at"].(string); given {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return "", fmt.Errorf("version: %w", err)
		}
		return strconv.FormatInt(at.UnixMicro(), 36), nil
	}
	withoutUse(fields)
	if data, err = json.Marshal(fields); err != nil {
		return "", fmt.Errorf("version: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12]), nil
}

// withoutUse takes out what changes by itself: how much of a capacity profile is
// used.
func withoutUse(v any) {
	switch x := v.(type) {
	case map[string]any:
		delete(x, "used")
		for _, part := range x {
			withoutUse(part)
		}
	case []any:
		for _, part := range x {
			withoutUse(part)
		}
	}
}

// UnlessMatching is ErrMismatch for something that is locked and about to be
// changed, if the context asks for another version of it.
func UnlessMatching(ctx context.Context, before any) error {
	want, asked := ctx.Value(matchKey{}).([]string)
	if !asked {
		return nil
	}
	is, err := VersionOf(before)
	if err != nil {
		return err
	}
	if !slices.Contains(want, is) {
		return ErrMismatch
	}
	return nil
}
