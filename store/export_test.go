package store

import "fmt"

// RankOf is the SQL that orders a status, for the test that compares it.
func RankOf(expression string) string { return "COALESCE(" + fmt.Sprintf(rank, expression) + ", 0)" }

// Composed names the statements that are put together when the program starts,
// for the test that prepares all.
func Composed() map[string]string {
	return map[string]string{"updateStatus": updateStatus, "reportStatuses": reportStatuses}
}
