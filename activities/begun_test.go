package activities_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/activities"
	"switchboard/channel"
	"switchboard/store/configdb"
)

// gone are accounts that cannot be read, as while the database is away.
type gone struct{}

func (gone) AccountForSend(context.Context, uuid.UUID) (configdb.Account, error) {
	return configdb.Account{}, errors.New("the database is away")
}

// What stopped before anything was handed to the provider is sent afterwards,
// once, and is never in doubt, also at a provider that knows no repeat.
func TestFault_NotBegunIsSentAfterwards(t *testing.T) {
	t.Parallel()
	b := answering(t, &provider{}, "one")
	accounts := b.d.Accounts
	b.d.Accounts = gone{}
	_, err := b.deliver(t)
	require.Error(t, err)
	b.d.Accounts = accounts
	done, err := b.deliver(t)
	require.NoError(t, err)
	require.Equal(t, activities.Delivered{Sent: 1}, done)
	require.Equal(t, []string{"one"}, b.p.sent)
}

// Whoever does not know whether the beginning was written down asks again, and
// nobody else begins the same message.
func TestFault_BeginningIsRepeatedByItsClaimOnly(t *testing.T) {
	t.Parallel()
	b := answering(t, &provider{}, "one")
	m, err := b.db.Message.NextToSend(t.Context(), b.conversation, 100)
	require.NoError(t, err)
	claim := uuid.New()
	for _, try := range []struct {
		claim uuid.UUID
		want  bool
	}{{claim, true}, {claim, true}, {uuid.New(), false}} {
		ok, err := b.db.Message.BeginSending(t.Context(), m, try.claim)
		require.NoError(t, err)
		require.Equal(t, try.want, ok)
	}
}

// The outcome of a try is written down once the database is back, whatever it is.
func TestFault_OutcomeOutlivesADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	for want, answer := range map[string]error{
		"one sent":             nil,
		"one queued 429":       &channel.Error{Class: channel.Throttled, Code: "429"},
		"one failed 21211":     &channel.Error{Class: channel.Refused, Code: "21211"},
		"one unknown in_doubt": &channel.Error{Class: channel.Uncertain, Code: "timeout"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			p := &provider{answers: []error{answer}}
			b := answering(t, p, "one")
			p.before = func() { b.away(t) }
			_, err := b.deliver(t)
			if want == "one queued 429" {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, []string{want}, b.statuses(t))
		})
	}
}

// away lets nobody into the database for a moment.
func (b *desk) away(t *testing.T) {
	u, err := url.Parse(b.db.DSN)
	require.NoError(t, err)
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	admin := sqlx.MustConnect("postgres", u.String())
	admin.MustExec(`ALTER DATABASE ` + name + ` ALLOW_CONNECTIONS false`)
	admin.MustExec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, name)
	time.AfterFunc(100*time.Millisecond, func() {
		defer admin.Close()
		if _, err := admin.Exec(`ALTER DATABASE ` + name + ` ALLOW_CONNECTIONS true`); err != nil {
			t.Error(err)
		}
	})
}
