package pg

// OpenDB is a database as the store opens it, which keeps that many statements
// prepared on each connection.
var (
	OpenDB         = openDB
	KeptStatements = maxPrepared
)
