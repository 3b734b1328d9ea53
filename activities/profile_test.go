package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/activities"
	"switchboard/channel"
	"switchboard/store/auditdb"
	"switchboard/store/storetest"
)

// profiler says of everybody the same.
type profiler struct {
	provider
	profile channel.Profile
	err     error
	asked   []string
}

func (p *profiler) Profile(_ context.Context, _ channel.Account, id string) (channel.Profile, error) {
	p.asked = append(p.asked, id)
	return p.profile, p.err
}

// point is what is kept of a customer's profile.
type point struct {
	Name       string     `db:"name"`
	PictureURL string     `db:"picture_url"`
	Language   string     `db:"language"`
	ProfileAt  *time.Time `db:"profile_at"`
}

type stranger struct {
	db           *storetest.DB
	conversation uuid.UUID
}

func newStranger(t *testing.T) stranger {
	t.Helper()
	db := storetest.New(t)
	return stranger{db, db.Waiting(t, db.Site(t), 1)[0]}
}

func (s stranger) ask(t *testing.T, p channel.Provider) error {
	t.Helper()
	a := activities.Profiles{Store: s.db.Store, Accounts: s.db.Store.Config, Registry: channel.NewRegistry(p)}
	return a.Profile(t.Context(), s.conversation)
}

func (s stranger) point(t *testing.T) point {
	t.Helper()
	var p point
	require.NoError(t, s.db.SQL.Get(&p, `SELECT name, picture_url, language, profile_at FROM contact_point`))
	return p
}

func TestProfile_IsKeptAndAskedOnceAWeek(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	p := &profiler{profile: channel.Profile{Name: "Nok\x00", PictureURL: "https://example.com/nok.jpg", Language: "th"}}
	var nameless uuid.UUID
	require.NoError(t, s.db.SQL.Get(&nameless, `INSERT INTO contact (phone) VALUES ('+66812345678') RETURNING id`))
	require.NoError(t, s.db.Contact.LinkContact(t.Context(), auditdb.Actor{}, s.conversation, nameless))
	require.NoError(t, s.ask(t, p))
	require.NoError(t, s.ask(t, p))
	require.Len(t, p.asked, 1)
	got := s.point(t)
	require.NotNil(t, got.ProfileAt)
	got.ProfileAt = nil
	require.Equal(t, point{Name: "Nok\uFFFD", PictureURL: "https://example.com/nok.jpg", Language: "th"}, got)
	c, err := s.db.Contact.ContactByID(t.Context(), nameless)
	require.NoError(t, err)
	require.Empty(t, c.Name, "a contact's name is people's")
	var told []string
	require.NoError(t, s.db.SQL.Select(&told, `SELECT data->>'change' FROM event WHERE conversation_id = $1 ORDER BY xid, id`, s.conversation))
	require.Equal(t, []string{"contact_linked", "customer_profile"}, told)

	s.db.SQL.MustExec(`UPDATE contact_point SET profile_at = now() - interval '7 days 1 second'`)
	p.profile = channel.Profile{Name: "Nok", PictureURL: "javascript:alert(1)"}
	require.NoError(t, s.ask(t, p))
	require.Len(t, p.asked, 2)
	got = s.point(t)
	require.Equal(t, "Nok", got.Name)
	require.Empty(t, got.PictureURL, "nothing but https is shown")
}

func TestProfile_RefusalIsAResult(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	s.db.SQL.MustExec(`UPDATE contact_point SET name = 'As before'`)
	p := &profiler{err: &channel.Error{Class: channel.Refused, Code: "404"}}
	require.NoError(t, s.ask(t, p))
	require.Equal(t, "As before", s.point(t).Name)
	require.NoError(t, s.ask(t, p))
	require.Len(t, p.asked, 1, "it was asked")
}

func TestProfile_ErrIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	for _, err := range []error{&channel.Error{Class: channel.Throttled, Code: "429"}, &channel.Error{Class: channel.Unavailable, Code: "503"},
		errors.New("dial: profile of U1234")} {
		got := s.ask(t, &profiler{err: err})
		require.Error(t, got)
		require.NotContains(t, got.Error(), "U1234")
	}
	require.NoError(t, s.ask(t, &profiler{err: &channel.Error{Class: channel.Config, Code: "401"}}), "sending finds that out")
	require.Nil(t, s.point(t).ProfileAt)
}

func TestProfile_ProviderWithoutProfiles(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	require.NoError(t, s.ask(t, &provider{}))
	require.Nil(t, s.point(t).ProfileAt)
}
