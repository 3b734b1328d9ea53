// Package schema holds the numbered SQL migrations of the product's database.
package schema

import "embed"

// Migrations are goose migrations, in the order of their names.
//
//go:embed *.sql
var Migrations embed.FS
