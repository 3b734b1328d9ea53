package pg

import (
	"database/sql"
	"time"
)

func NullTime(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }

func NotNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
