package channel

import (
	"path"
	"strings"
	"unicode"
)

// Longest name of a file. Written into a header, a byte takes three.
const (
	maxFileName  = 200 // characters
	maxFileBytes = 600
	maxExtension = 20 // characters; what is longer is none
)

// FileName keeps the last part of a name that somebody gave a file, without what
// a header, a terminal or a reader could stumble over: a name must not read
// otherwise than it is.
func FileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '\u200c' || r == '\u200d': // join letters and emoji
			return r
		case r == '"' || r == unicode.ReplacementChar || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co):
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if strings.Trim(name, "./ ") == "" {
		return ""
	}
	ext := path.Ext(name)
	if len([]rune(ext)) > maxExtension {
		ext = ""
	}
	stem := []rune(strings.TrimSuffix(name, ext))
	for len(stem) > 0 && (len(stem)+len([]rune(ext)) > maxFileName || len(string(stem))+len(ext) > maxFileBytes) {
		stem = stem[:len(stem)-1]
	}
	return string(stem) + ext
}
