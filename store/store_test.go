package store_test

import (
	"testing"

	"switchboard/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestMigrate_IsRepeatable(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}
