package phone

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var (
	// Labels and addresses that are copied with a number.
	label = regexp.MustCompile(`(?i)^((telephone|telefone?|téléphone|tel[eé]fono|tel|puhelin|phone|mobile?|cell|whatsapp|` +
		`smsto|sms|callto|fon|ph)\s*[.:]*|[mtp]\s*[.:]+)\s*(//)?`)
	waLink = regexp.MustCompile(`(?i)^(https?://)?(www\.)?(wa\.me/|api\.whatsapp\.com/send/?\?phone=|` +
		`whatsapp://send/?\?phone=)\+?([0-9]+)([/?&#].*)?$`)
	formula = regexp.MustCompile(`^="?(.*?)"?$`)

	shortened  = regexp.MustCompile(`^\+?[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+$`)
	scientific = regexp.MustCompile(`^(\+?)([0-9])[.,]([0-9]+)[eE]\+?([0-9]{1,2})$`)
	decimal    = regexp.MustCompile(`^([^.,]*[0-9][^.,]*)[.,]0{1,2}$`)
	extension  = regexp.MustCompile(`(?i)(ext(ension)?|extn|anexo|x|#|;ext=|klappe|dw|int|poste)\.?\s*:?\s*[0-9]{1,7}$`)
	form       = regexp.MustCompile(`^\+?[0-9 .()\[\]/~-]+$`)
	trunk      = regexp.MustCompile(`^(\+ ?[0-9]{1,3})[ -]*[(\[] *0 *[)\]]`)
)

// tidy takes out what is not part of a number, and refuses what is more than
// one number, or not surely one. What is left are digits, a + in front and signs
// that group.
func tidy(raw string) (string, error) {
	s := visible(raw)
	if m := waLink.FindStringSubmatch(s); m != nil {
		return "+" + m[4], nil
	}
	s = strings.Trim(unquote(label.ReplaceAllString(unquote(s), "")), " ")
	if strings.Contains(s, "%") {
		if plain, err := url.PathUnescape(s); err == nil {
			s = visible(plain)
		}
	}
	s, err := spreadsheet(s)
	if err != nil {
		return "", err
	}
	s = strings.Trim(s, " ;,-.")
	switch digits := count(s); {
	case digits == 0:
		return "", ErrNumber
	case date.MatchString(s):
		return "", ErrDate
	case several(s):
		return "", ErrSeveral
	case extension.MatchString(s):
		return "", ErrExtension
	}
	s = plus(s)
	if !form.MatchString(s) {
		return "", ErrNumber
	}
	return withoutTrunk(s), nil
}

// visible writes digits and signs of all scripts as ASCII, and drops what cannot
// be seen.
func visible(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || unicode.In(r, unicode.Mn, unicode.Me):
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Pd, r) || r == '−' || r == 'ー':
			return '-'
		case r == '·' || r == '•' || r == '․' || r == '。':
			return '.'
		case r == '∕' || r == '⁄':
			return '/'
		case unicode.IsDigit(r):
			return '0' + digit(r)
		}
		return r
	}, norm.NFKC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// digit is the value of a decimal digit: Unicode has them in runs of ten.
func digit(r rune) rune {
	zero := r
	for unicode.IsDigit(zero - 1) {
		zero--
	}
	return (r - zero) % 10
}

// unquote takes off the quotes by which people and spreadsheets keep a number a
// text: '+1…, ="+1…", “+1…”.
func unquote(s string) string {
	if m := formula.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	return strings.Trim(s, "'\"`’‘‚‛“”„‟´ʼ«»<> ")
}

// spreadsheet undoes what a spreadsheet made of a number, where nothing was lost.
func spreadsheet(s string) (string, error) {
	if m := scientific.FindStringSubmatch(s); m != nil {
		if exponent := atoi(m[4]); exponent != len(m[3]) {
			return "", ErrShortened
		}
		return m[1] + m[2] + m[3], nil
	}
	if shortened.MatchString(s) {
		return "", ErrShortened
	}
	if m := decimal.FindStringSubmatch(s); m != nil && count(m[1]) >= 7 {
		return m[1], nil
	}
	return s, nil
}

// several reports whether s is more than one number.
func several(s string) bool {
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(";,|&", r) })
	if len(parts) > 1 && count(parts[0]) >= 5 && count(parts[1]) >= 5 {
		return true
	}
	if first := strings.Index(s, "+"); first >= 0 && count(s[:first]) >= 5 {
		return true
	}
	if at := strings.LastIndex(s[1:], "+"); at >= 0 && count(s[:at+1]) >= 5 {
		return true
	}
	before, after, slash := strings.Cut(s, "/") // 030/123456 is one, and 030 123456/57 two
	if !slash {
		return false
	}
	return strings.Contains(after, "/") || count(before) > 8 || count(after) < 5
}

// plus brings every way of saying "international" to a + in front: 00, (+, ++.
func plus(s string) string {
	head := strings.TrimLeft(s, "(+[ ")
	if strings.Contains(s[:len(s)-len(head)], "+") {
		inside := strings.ContainsAny(s[:len(s)-len(head)], "([")
		head = strings.TrimLeft(strings.TrimPrefix(head, "00"), " ")
		if inside { // its closing bracket
			if at := strings.IndexAny(head, ")]"); at >= 0 && !strings.ContainsAny(head[:at], "([") {
				head = head[:at] + " " + head[at+1:]
			}
		}
		return "+" + head
	}
	if rest, ok := strings.CutPrefix(s, "(00"); ok {
		return "+" + strings.Replace(rest, ")", " ", 1)
	}
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		return "+" + strings.TrimLeft(rest, " ")
	}
	return s
}

// keepsZero are the countries whose numbers keep the 0 after the country code.
var keepsZero = map[string]bool{"+39": true, "+378": true, "+379": true, "+225": true, "+241": true, "+242": true, "+229": true}

// withoutTrunk drops the (0) that is dialled within a country only.
func withoutTrunk(s string) string {
	m := trunk.FindStringSubmatchIndex(s)
	if m == nil {
		return s
	}
	code := s[m[2]:m[3]]
	if keepsZero[strings.ReplaceAll(code, " ", "")] {
		return s
	}
	return code + " " + s[m[1]:]
}

func count(s string) (n int) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

func atoi(s string) (n int) {
	for _, r := range s {
		n = 10*n + int(r-'0')
	}
	return n
}
