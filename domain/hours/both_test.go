package hours_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	. "switchboard/domain/hours"
)

// The moment at which all are open is the first minute that all say they are.
func TestAllOpen_IsTheFirstMinute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) *Schedule {
			clock := func(of string) string {
				return time.Date(0, 1, 1, rapid.IntRange(0, 23).Draw(t, of), 15*rapid.IntRange(0, 3).Draw(t, of), 0, 0, time.UTC).Format("15:04")
			}
			x := Span{Start: clock(name + " start"), End: clock(name + " end")}
			if x.Start == x.End {
				x = Span{AllDay: true}
			}
			days := rapid.SampledFrom([][]string{{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, {"sat", "sun"}, {"mon"}}).Draw(t, name)
			s, err := New(Calendar{Zone: rapid.SampledFrom([]string{"UTC", "Europe/Brussels", "America/New_York"}).Draw(t, "zone"),
				Events: []Event{{Weekdays: days, Span: x}}})
			require.NoError(t, err)
			return s
		}
		a, b := draw("a"), draw("b")
		at := time.Date(2026, time.Month(rapid.SampledFrom([]int{3, 10, 11}).Draw(t, "month")), rapid.IntRange(1, 31).Draw(t, "day"), 0, 7, 0, 0, time.UTC)
		got, ok := AllOpen(at, a, b)
		for m := at; m.Before(at.AddDate(0, 0, 15)); m = m.Add(time.Minute) {
			if a.Open(m).Open && b.Open(m).Open {
				require.True(t, ok)
				require.True(t, got.Equal(m), "%s, not %s", m, got)
				return
			}
			m2 := m.Add(14 * time.Minute).Truncate(15 * time.Minute) // everything happens on a quarter
			if m2.After(m.Add(time.Minute)) {
				m = m2.Add(-time.Minute)
			}
		}
		require.True(t, !ok || got.After(at.AddDate(0, 0, 14)))
	})
	now := time.Now()
	got, ok := AllOpen(now, nil, nil)
	require.True(t, ok)
	require.True(t, got.Equal(now), "no hours are always open")
}
