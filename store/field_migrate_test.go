package store_test

import (
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"switchboard/domain/phone"
	"switchboard/schema"
	"switchboard/store/storetest"
)

// Who was known before is found under both spellings, and a no counts for both.
func TestField_F04_KnownBefore(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	p, err := goose.NewProvider(goose.DialectPostgres, db.SQL.DB, schema.Migrations)
	require.NoError(t, err)
	_, err = p.DownTo(ctx, 119)
	require.NoError(t, err)
	alone := []string{"+5215512345678", "+5531987654321", "+553187654322", "+5491123456789", "+541123456780", "+22997123456", "+2290197123457",
		"+22507123456", "+2250544123456", "+2250142123456"}
	nobody := []string{"+14155550118", "+551133334444", "+2252720123456", "+37255550001"}
	for _, n := range append(append([]string{}, alone...), nobody...) {
		db.SQL.MustExec(`INSERT INTO contact_point (account_id, channel, external_id) VALUES ($1, 'whatsapp', $2)`, site.Account, n)
		db.SQL.MustExec(`INSERT INTO contact (name, phone) VALUES ('N', $1)`, n)
	}
	db.SQL.MustExec(`INSERT INTO contact_point (account_id, channel, external_id, opted_in_at, opted_out_at) VALUES
		($1, 'whatsapp', '+5215599999999', NULL, now()), ($1, 'whatsapp', '+525599999999', now() - interval '1 day', NULL)`, site.Account)
	_, err = p.Up(ctx)
	require.NoError(t, err)

	var aliases []struct {
		Alias string `db:"alias"`
		Point string `db:"external_id"`
	}
	require.NoError(t, db.SQL.Select(&aliases, `SELECT alias, external_id FROM contact_point_alias`))
	require.Len(t, aliases, len(alone))
	for _, a := range aliases {
		require.Equal(t, phone.Others(a.Point), []string{a.Alias}, "as package phone has it")
	}
	var out int
	require.NoError(t, db.SQL.Get(&out, `SELECT count(*) FROM contact_point WHERE opted_out_at IS NOT NULL AND opted_in_at IS NULL`))
	require.Equal(t, 2, out)
	var phones []string
	require.NoError(t, db.SQL.Select(&phones, `SELECT phone FROM contact ORDER BY phone`))
	for _, n := range phones {
		planned, err := phone.Parse(n, "")
		require.NoError(t, err, n)
		require.Equal(t, planned, n, "contacts' numbers are those of today's plan")
	}
}
