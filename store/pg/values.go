package pg

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// GetOne reads one row; none is ErrNotFound.
func GetOne(ctx context.Context, q sqlx.QueryerContext, into any, query string, args ...any) error {
	err := sqlx.GetContext(ctx, q, into, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// Latest is where a list that begins with the newest begins.
func Latest(at time.Time) time.Time {
	if at.IsZero() {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return at
}

// UUIDStrings are ids as text.
func UUIDStrings(ids []uuid.UUID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}

// UTC is t in UTC, or nil.
func UTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// JSONText marshals v for a jsonb column; "" stands for null.
func JSONText(v any, present bool) (string, error) {
	if !present {
		return "", nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode event: %w", err)
	}
	return CleanJSON(string(b)), nil
}

// NullTime is null for the zero time.
func NullTime(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }

// NotNil is list, or an empty one: JSON has [], not null.
func NotNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

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

// Clean makes s acceptable to PostgreSQL, which takes valid UTF-8 without NUL.
func Clean(s string) string {
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// CleanJSON does the same for JSON text, where NUL is written \u0000. An escaped
// backslash before u0000 is text and stays.
func CleanJSON(s string) string {
	if !strings.Contains(s, `\u0000`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		if strings.HasPrefix(s[i:], `\u0000`) {
			b.WriteString(`\ufffd`)
			i += 5
			continue
		}
		b.WriteString(s[i : i+2])
		i++
	}
	return b.String()
}

// TimeArray is a timestamptz[] with nulls.
func TimeArray(ts []*time.Time) any {
	out := make([]sql.NullString, len(ts))
	for i, t := range ts {
		if t != nil {
			out[i] = sql.NullString{String: t.UTC().Format(time.RFC3339Nano), Valid: true}
		}
	}
	return pq.Array(out)
}
