package httpx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/api/httpx"
)

func TestSeed_D21_RefusedFilesAreNamedByTheirEnd(t *testing.T) {
	t.Parallel()
	require.Equal(t, ".exe, text/plain", httpx.KindOfFile("text/plain", "Setup.EXE"))
	require.Equal(t, "image/png", httpx.KindOfFile("image/png", "picture"))
}
