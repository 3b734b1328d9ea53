package channel_test

import (
	"mime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

func TestField_F16_FileNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"photo\u202egnp.exe": "photognp.exe", "../../a/b.pdf": "b.pdf", `C:\Users\a\b.pdf`: "b.pdf",
		"a\r\nContent-Type: text/html\r\n\r\nb.pdf": "html b.pdf", "a\x00b.pdf": "ab.pdf",
		"a\u2066b\u2069.pdf": "ab.pdf", "a\u200bb.pdf": "ab.pdf", "a\u2028b.pdf": "ab.pdf", "a\"b.pdf": "ab.pdf", " a.pdf ": "a.pdf",
		"..": "", ".": "", "/": "", "": "", "a/": "a",
		"\xff.pdf": ".pdf", "請求書.pdf": "請求書.pdf", ".env": ".env", "👨\u200d👩.png": "👨\u200d👩.png",
	} {
		if strings.Contains(name, "Content-Type") {
			require.NotContains(t, channel.FileName(name), "\n")
			continue
		}
		require.Equal(t, want, channel.FileName(name), "%+q", name)
	}
	for _, name := range []string{strings.Repeat("請求書", 300) + ".pdf", strings.Repeat("😀", 5000) + ".pdf",
		strings.Repeat("a", 5000) + ".pdf", strings.Repeat("é", 100_000), "a." + strings.Repeat("b", 5000)} {
		got := channel.FileName(name)
		require.NotEmpty(t, got)
		require.Equal(t, strings.HasSuffix(name, ".pdf"), strings.HasSuffix(got, ".pdf"))
		require.Less(t, len(mime.FormatMediaType("attachment", map[string]string{"filename": got})), 2000, "fits what proxies take")
		require.Equal(t, got, channel.FileName(got), "it stays")
	}
}
