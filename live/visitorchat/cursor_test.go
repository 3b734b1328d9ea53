package visitorchat

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCursor_RoundTrip(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0;", "7;7:12", "7;7:12-11.9,5:40"} {
		c, err := parseCursor(text)
		require.NoError(t, err, text)
		require.Equal(t, text, c.String())
	}
	for _, text := range []string{"", "x", "7", "7;7", "7;7:", "7;7:-1", "-1;", "7;7:1-", "7;a:1", "7;7:1.2", "7;" + strings.Repeat("1:1,", 60) + "2:2", "99999999999999999999;"} {
		_, err := parseCursor(text)
		require.Error(t, err, text)
	}
}
