package campaign_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/campaign"
)

func TestField_F05_WordsAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	w := campaign.NewWords(campaign.StopWords(), campaign.StartWords()).WithAgain(campaign.AgainWords())
	for text, want := range map[string]campaign.Consent{
		"ＳＴＯＰ": campaign.OptOut, "ｓｔｏｐ！": campaign.OptOut, "STOP\u200b": campaign.OptOut, "\u202aSTOP\u202c": campaign.OptOut, "Stop.": campaign.OptOut, "stop!!!": campaign.OptOut,
		"STOP 🛑": campaign.OptOut, "🛑STOP🛑": campaign.OptOut, "\"STOP\"": campaign.OptOut, "“Stop”": campaign.OptOut, "'stop'": campaign.OptOut, "STOP\r\n": campaign.OptOut,
		"STOP。": campaign.OptOut, "S T O P": campaign.OptOut, "s.t.o.p.": campaign.OptOut, "stop stop STOP": campaign.OptOut, "opt-out": campaign.OptOut, "Opt Out": campaign.OptOut,
		"STOP\u00a0ALL": campaign.OptOut, "stop all": campaign.OptOut, "Unsubscribe": campaign.OptOut, "please stop": campaign.OptOut,
		"ARRE\u0302T": campaign.OptOut, "arret": campaign.OptOut, "Lo\u0303peta!": campaign.OptOut, "lõpeta": campaign.OptOut, "stopp": campaign.OptOut,
		"Afmelden.": campaign.OptOut, "uitschrijven": campaign.OptOut, "LOPETA": campaign.OptOut, "peru": campaign.OptOut, "désinscription": campaign.OptOut, "İptal": campaign.OptOut,
		"배신": campaign.NoChange, "수신거부": campaign.OptOut, "ｽﾄｯﾌﾟ": campaign.OptOut, "配信停止。": campaign.OptOut, "стоп": campaign.OptOut,
		"Start": campaign.OptIn, "ＳＴＡＲＴ": campaign.OptIn, "unstop!": campaign.OptIn, "démarrer": campaign.OptIn,
		"Yes": campaign.OptInAgain, "yes!": campaign.OptInAgain, "ＹＥＳ 👍": campaign.OptInAgain,
		"Yes please": campaign.NoChange, "non-stop": campaign.NoChange, "stop it please": campaign.NoChange, "bus stop?": campaign.NoChange, "the end": campaign.NoChange,
		"don't stop": campaign.NoChange, "🛑": campaign.NoChange, "👍": campaign.NoChange, "": campaign.NoChange, "no": campaign.NoChange, "a b": campaign.NoChange,
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
