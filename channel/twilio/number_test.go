package twilio_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/twilio"
)

// Numbers of ours have one form, in which Twilio names them; what is none is refused.
func TestSeed_D7_NumbersOfOurs(t *testing.T) {
	t.Parallel()
	const mg = "MG0123456789abcdef0123456789abcdef"
	var own channel.Numberer = twilio.New()
	for raw, want := range map[string][2]string{ // on SMS and on WhatsApp
		"+14155230001":              {"+14155230001", "+14155230001"},
		"+1 415 523 0001":           {"+14155230001", "+14155230001"},
		"+1 (415) 523-0001":         {"+14155230001", "+14155230001"},
		" +1.415.523.0001 ":         {"+14155230001", "+14155230001"},
		"0014155230001":             {"+14155230001", "+14155230001"},
		"+1\u00a0415 523\u20110001": {"+14155230001", "+14155230001"},
		"whatsapp:+14155230001":     {"", "+14155230001"},
		"WhatsApp:+1 415 523 0001":  {"", "+14155230001"},
		"88222":                     {"88222", ""},
		"882 22":                    {"88222", ""},
		mg:                          {mg, ""},
		"14155230001":               {"", ""}, // with or without country code is not known
		"4155230001":                {"", ""},
		"abc":                       {"", ""},
		"hello world":               {"", ""},
		"":                          {"", ""},
		"   ":                       {"", ""},
		"+":                         {"", ""},
		"+0123456789":               {"", ""},
		"+1415523000112345":         {"", ""},
		"+14155230001,+14155230002": {"", ""},
		"+1415523OOO1":              {"", ""},
		"+44 (0)20 7946 0000":       {"", ""},
		"12":                        {"", ""},
		"MGabc":                     {"", ""},
		"sms:+14155230001":          {"", ""},
	} {
		for i, ch := range []string{"sms", "whatsapp"} {
			got, err := own.Own(ch, raw)
			require.Equal(t, want[i], got, "%q on %s", raw, ch)
			require.Equal(t, want[i] == "", err != nil, "%q on %s", raw, ch)
			if got != "" {
				again, err := own.Own(ch, got)
				require.NoError(t, err)
				require.Equal(t, got, again, "the form stays")
			}
		}
	}
}
