package autotext

import (
	"regexp"
	"strings"
)

var tagShape = regexp.MustCompile(`^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,7}$`)

// Tag returns a BCP 47 language tag in its usual spelling (en-US, zh-Hant-TW),
// and false for what cannot be one. An underscore counts as a hyphen.
func Tag(s string) (string, bool) {
	if !tagShape.MatchString(s) {
		return "", false
	}
	parts := strings.Split(strings.ToLower(strings.ReplaceAll(s, "_", "-")), "-")
	for i, p := range parts {
		if len(parts[max(i-1, 0)]) == 1 {
			break // what follows a singleton (x-..., u-...) is spelled small
		}
		switch {
		case i > 0 && len(p) == 2:
			parts[i] = strings.ToUpper(p)
		case i > 0 && len(p) == 4 && p[0] > '9':
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "-"), true
}

// Match returns which of the languages at hand serves who asked for one: the
// same tag, else a wider one (nl-BE is served by nl), else the first with the
// same base language (nl is served by nl-BE). Case does not count, nor whether
// the parts are joined by a hyphen or an underscore.
func Match(wanted string, have []string) (string, bool) {
	want := fold(wanted)
	if want == "" {
		return "", false
	}
	for tag := want; tag != ""; tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)] {
		for _, h := range have {
			if fold(h) == tag {
				return h, true
			}
		}
	}
	base, _, _ := strings.Cut(want, "-")
	for _, h := range have {
		if strings.HasPrefix(fold(h), base+"-") {
			return h, true
		}
	}
	return "", false
}

// Choose returns the language that serves the first of the wanted ones that can
// be served at all. The last one wanted is usually a default.
func Choose(wanted, have []string) (string, bool) {
	for _, w := range wanted {
		if h, ok := Match(w, have); ok {
			return h, true
		}
	}
	return "", false
}

func fold(tag string) string { return strings.ToLower(strings.ReplaceAll(tag, "_", "-")) }
