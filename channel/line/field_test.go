package line

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

func TestField_PicturesOfASetAreInOrder(t *testing.T) {
	t.Parallel()
	picture := func(id, set string, index int) string {
		return fmt.Sprintf(`{"type":"message","mode":"active","timestamp":1692251666727,"webhookEventId":"E%s","source":{"type":"user","userId":"U1"},
			"message":{"id":"%s","type":"image","contentProvider":{"type":"line"},"imageSet":{"id":"%s","index":%d,"total":3}}}`, id, id, set, index)
	}
	text := `{"type":"message","mode":"active","timestamp":1692251666727,"webhookEventId":"ET","source":{"type":"user","userId":"U1"},"message":{"id":"T","type":"text","text":"these"}}`
	body := `{"events":[` + strings.Join([]string{picture("c", "S", 3), text, picture("a", "S", 1), picture("y", "Z", 2),
		picture("b", "S", 2), picture("x", "Z", 1)}, ",") + `]}`
	events, err := (&Line{}).Parse(channel.Account{}, channel.Request{Body: []byte(body)})
	require.NoError(t, err)
	var ids []string
	for _, e := range events {
		ids = append(ids, e.MessageID)
	}
	require.Equal(t, []string{"a", "T", "b", "x", "c", "y"}, ids)
}
