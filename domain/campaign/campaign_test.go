package campaign_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"switchboard/domain/campaign"
)

// Next is never quiet, never early, and nothing before it was allowed.
func TestQuiet_NextIsTheFirst(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Tallinn", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		q := campaign.Quiet{From: minutes(rapid.IntRange(0, 1439).Draw(t, "from")), Until: minutes(rapid.IntRange(0, 1439).Draw(t, "until"))}
		zone := campaign.Zone(rapid.SampledFrom(zones).Draw(t, "zone"), "")
		at := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "at"), 0)
		next := q.Next(at, zone)
		if next.Before(at) || !q.Open(next, zone) {
			t.Fatalf("%v: %v is not a moment from %v on to write at", q, next, at)
		}
		for _, before := range []time.Time{next.Add(-time.Minute), at.Add(next.Sub(at) / 2).Truncate(time.Minute)} {
			if before.After(at) && before.Before(next) && q.Open(before, zone) {
				t.Fatalf("%v: %v would have been earlier than %v", q, before, next)
			}
		}
	})
}

func minutes(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

func TestQuiet_Check(t *testing.T) {
	t.Parallel()
	require.Empty(t, campaign.Quiet{}.Check())
	require.Empty(t, campaign.Quiet{From: "21:00", Until: "08:00"}.Check())
	for _, q := range []campaign.Quiet{{From: "21:00"}, {Until: "08:00"}, {From: "24:00", Until: "08:00"}, {From: "9:00", Until: "10:00"}} {
		require.NotEmpty(t, q.Check(), q)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	w := campaign.NewWords(campaign.StopWords(), campaign.StartWords())
	for text, want := range map[string]campaign.Consent{
		"STOP": campaign.OptOut, " stop. ": campaign.OptOut, "Stop!": campaign.OptOut, "arrêt": campaign.OptOut, "Lõpeta": campaign.OptOut, "配信停止": campaign.OptOut,
		"opt  out": campaign.OptOut, "start": campaign.OptIn, "alusta": campaign.OptIn,
		"please stop calling": campaign.NoChange, "": campaign.NoChange, "non-stop": campaign.NoChange, "…": campaign.NoChange,
	} {
		require.Equal(t, want, w.Heard(text), text)
	}
	own := w.With([]string{"aitab küll"}, []string{"stop"})
	require.Equal(t, campaign.OptOut, own.Heard("Aitab küll!"))
	require.Equal(t, campaign.OptIn, own.Heard("STOP"), "a number's own words count more")
}

func TestState_May(t *testing.T) {
	t.Parallel()
	all := []campaign.Command{campaign.Pause, campaign.Resume, campaign.Cancel, campaign.Change}
	for state, may := range map[campaign.State][]campaign.Command{
		campaign.Draft: {}, campaign.Scheduled: {campaign.Pause, campaign.Cancel, campaign.Change}, campaign.Running: {campaign.Pause, campaign.Cancel, campaign.Change},
		campaign.Paused: {campaign.Resume, campaign.Cancel, campaign.Change}, campaign.Finished: {}, campaign.Canceled: {},
	} {
		for _, c := range all {
			if why := state.May(c); (why == "") != contains(may, c) {
				t.Errorf("%s in %s: %q", c, state, why)
			}
		}
	}
}

func contains(list []campaign.Command, c campaign.Command) bool {
	for _, x := range list {
		if x == c {
			return true
		}
	}
	return false
}

func TestTooMany(t *testing.T) {
	t.Parallel()
	require.True(t, campaign.TooMany(21, 100, 20))
	require.False(t, campaign.TooMany(20, 100, 20))
	require.False(t, campaign.TooMany(99, 99, 20), "too few to say")
	require.False(t, campaign.TooMany(1000, 1000, 0), "never")
}

func TestVariant_SharesAndStays(t *testing.T) {
	t.Parallel()
	n := 0
	for i := range 10_000 {
		to := fmt.Sprintf("+3725%06d", i)
		v := campaign.Variant("c", to, 30)
		require.Equal(t, v, campaign.Variant("c", to, 30))
		n += v
	}
	require.InDelta(t, 3000, n, 300)
	require.Zero(t, campaign.Variant("c", "x", 0))
	require.Equal(t, 1, campaign.Variant("c", "x", 100))
}
