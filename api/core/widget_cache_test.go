package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/api/core"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// Keys that are none take no memory, however many are tried.
func TestSecurity_M1_UnknownWidgetsTakeNoMemory(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	made, err := db.Admin.CreateWidget(t.Context(), auditdb.Actor{}, configdb.Widget{Name: "Shop", Key: "shop", Language: "en",
		Workstream: storetest.ChatWorkstream(t, db.SQL, db.Site(t), "live"), Authentication: admindb.AuthNone, Anonymous: true}, "account-key")
	require.NoError(t, err)
	now := time.Now()
	cache := core.NewWidgetCache(func() time.Time { return now })
	look := func(key string) (configdb.Widget, error) {
		return cache.Get(t.Context(), db.Store, key, func() error { return nil })
	}
	for i := range 1100 {
		_, _ = look(fmt.Sprintf("unknown-%d", i))
	}
	found, err := look("shop")
	require.NoError(t, err)
	require.Equal(t, made.ID, found.ID)
	require.LessOrEqual(t, cache.Len(), 1000)
	now = now.Add(time.Minute)
	for _, key := range []string{strings.Repeat("x", 65), "no key", "unknown"} {
		_, err := look(key)
		require.Error(t, err, key)
	}
	require.LessOrEqual(t, cache.Len(), 2, "what is not there is not kept: the widget and the last")
}
