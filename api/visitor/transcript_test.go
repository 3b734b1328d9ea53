package visitor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/store/webchatdb"
)

func TestSeed_D21_TranscriptsBeginWithWhatWasSaid(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	file := chatMessage{At: at, From: "visitor"}
	file.Attachments = append(file.Attachments, chatFile{Name: "a.pdf"})
	require.Equal(t, "2026-11-30 09:00:00Z  visitor: hello\n2026-11-30 09:00:00Z  visitor:  [a.pdf]\n",
		transcript([]chatMessage{{At: at, From: "visitor", Type: webchatdb.TypeStarted}, {At: at, From: "visitor", Text: "hello"}, file}))
}
