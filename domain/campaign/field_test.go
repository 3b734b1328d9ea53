package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/domain/campaign"
)

func TestField_F05_WordsAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	w := campaign.NewWords(campaign.StopWords(), campaign.StartWords()).WithAgain(campaign.AgainWords())
	for text, want := range map[string]campaign.Consent{
		"ＳＴＯＰ": campaign.OptOut, "ｓｔｏｐ！": campaign.OptOut, "STOP\u200b": campaign.OptOut, "\u202aSTOP\u202c": campaign.OptOut,
		"Stop.": campaign.OptOut, "stop!!!": campaign.OptOut,
		"STOP 🛑": campaign.OptOut, "🛑STOP🛑": campaign.OptOut, "\"STOP\"": campaign.OptOut, "“Stop”": campaign.OptOut,
		"'stop'": campaign.OptOut, "STOP\r\n": campaign.OptOut,
		"STOP。": campaign.OptOut, "S T O P": campaign.OptOut, "s.t.o.p.": campaign.OptOut, "stop stop STOP": campaign.OptOut,
		"opt-out": campaign.OptOut, "Opt Out": campaign.OptOut,
		"STOP\u00a0ALL": campaign.OptOut, "stop all": campaign.OptOut, "Unsubscribe": campaign.OptOut, "please stop": campaign.OptOut,
		"ARRE\u0302T": campaign.OptOut, "arret": campaign.OptOut, "Lo\u0303peta!": campaign.OptOut, "lõpeta": campaign.OptOut,
		"stopp":     campaign.OptOut,
		"Afmelden.": campaign.OptOut, "uitschrijven": campaign.OptOut, "LOPETA": campaign.OptOut, "Peru": campaign.NoChange,
		"désinscription": campaign.OptOut, "İptal": campaign.OptOut,
		"배신": campaign.NoChange, "수신거부": campaign.OptOut, "ｽﾄｯﾌﾟ": campaign.OptOut, "配信停止。": campaign.OptOut, "стоп": campaign.OptOut,
		"Start": campaign.OptIn, "ＳＴＡＲＴ": campaign.OptIn, "unstop!": campaign.OptIn, "démarrer": campaign.OptIn,
		"Yes": campaign.OptInAgain, "yes!": campaign.OptInAgain, "ＹＥＳ 👍": campaign.OptInAgain,
		"Yes please": campaign.NoChange, "non-stop": campaign.NoChange, "stop it please": campaign.NoChange, "bus stop?": campaign.NoChange,
		"the end":    campaign.NoChange,
		"don't stop": campaign.NoChange, "🛑": campaign.NoChange, "👍": campaign.NoChange, "": campaign.NoChange, "no": campaign.NoChange,
		"a b": campaign.NoChange, "seis": campaign.NoChange, "alto": campaign.NoChange, "取消": campaign.NoChange, // answers to questions, too
	} {
		require.Equal(t, want, w.Heard(text), "%+q", text)
	}
	for _, word := range campaign.StopWords() {
		require.Equal(t, campaign.OptOut, w.Heard(word+"."), word)
	}
	for _, word := range campaign.StartWords() {
		require.Equal(t, campaign.OptIn, w.Heard(word+" "), word)
	}
	require.Equal(t, campaign.OptIn, w.With(nil, []string{"yes"}).Heard("Yes"), "a number's own words count more")
}

// The hours in which people may be written to may not exist on the day on which
// clocks are set forward, and come twice when they are set back.
func TestField_QuietHoursAndClockChanges(t *testing.T) {
	t.Parallel()
	tallinn, err := time.LoadLocation("Europe/Tallinn")
	require.NoError(t, err)
	apia, err := time.LoadLocation("Pacific/Apia")
	require.NoError(t, err)
	for _, c := range []struct {
		quiet    campaign.Quiet
		zone     *time.Location
		at, want string
	}{
		{campaign.Quiet{From: "21:00", Until: "03:30"}, tallinn, "2026-03-28T22:00:00+02:00", "2026-03-29T04:00:00+03:00"}, // 03:30 does not exist: the moment of the change
		{campaign.Quiet{From: "04:00", Until: "03:00"}, tallinn, "2026-03-28T05:00:00+02:00", "2026-03-30T03:00:00+03:00"}, // the whole hour does not exist: the day after
		{campaign.Quiet{From: "21:00", Until: "03:30"}, tallinn, "2026-10-24T22:00:00+03:00", "2026-10-25T03:30:00+03:00"}, // it comes twice: the first
		{campaign.Quiet{From: "13:00", Until: "12:00"}, apia, "2011-12-29T14:00:00-10:00", "2011-12-31T12:00:00+14:00"},    // a day that does not exist
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		require.NoError(t, err)
		got := c.quiet.Next(at, c.zone)
		require.Equal(t, c.want, got.In(c.zone).Format(time.RFC3339), c)
		require.True(t, c.quiet.Open(got, c.zone))
	}
}
