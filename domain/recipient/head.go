package recipient

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

type column struct {
	is   field
	name string // of a placeholder
}

type field int

const (
	placeholder field = iota
	toField
	localeField
	zoneField
	aboutField
	optInField
	ignored
)

// known are the columns that are no placeholders, as they may be written.
func known(name string) field {
	switch plainName(name) {
	case "tocontactid", "to", "phone", "phonenumber", "phoneno", "number", "mobile", "mobilephone", "mobilenumber", "msisdn", "recipient",
		"tel", "telephone", "telefon", "telefono", "teléfono", "téléphone", "puhelin", "cell", "cellphone":
		return toField
	case "locale", "language", "lang":
		return localeField
	case "timezone", "tz":
		return zoneField
	case "entityrelationshipname":
		return aboutField
	case "optin", "option", "consent":
		return optInField
	case "channelid", "":
		return ignored
	}
	return placeholder
}

func plainName(name string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "", ".", "").Replace(strings.ToLower(name))
}

// titleOf is a column's name without what cannot be seen and without the braces
// of a placeholder.
func titleOf(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, cellText(name))
	if inner, ok := strings.CutPrefix(name, "{"); ok {
		if bare := strings.Trim(inner, "{} "); bare != "" && strings.HasSuffix(name, "}") {
			return bare
		}
	}
	return name
}

var textFormula = regexp.MustCompile(`^="((?s:.*))"$`)

// cellText is what a cell says: without blanks around it, and without the formula
// by which programs keep spreadsheets from taking a text for a number.
func cellText(v string) string {
	v = strings.TrimFunc(v, func(r rune) bool { return unicode.IsSpace(r) || r == 0x1a || r == 0xFEFF })
	if m := textFormula.FindStringSubmatch(v); m != nil && !strings.Contains(strings.ReplaceAll(m[1], `""`, ""), `"`) {
		v = strings.TrimSpace(strings.ReplaceAll(m[1], `""`, `"`))
	}
	return v
}

// agreed reports whether a cell says yes, as people and spreadsheets write it. In
// doubt it does not.
func agreed(v string) bool {
	return slices.Contains([]string{"true", "1", "1.0", "yes", "y", "x", "on", "ja", "j", "oui", "si", "sí", "sì", "sim", "jah", "kyllä",
		"tak", "ano", "да", "はい", "是",
		"wahr", "waar", "vrai", "vero", "verdadero", "verdadeiro", "sant", "sann",
		"tosi", "tõene", "prawda", "истина", "✓", "✔", "☑"}, strings.ToLower(v))
}

// columns are those that a header names in a line. A column for two things, or two
// for one, is refused.
func columns(names []string, line int) ([]column, error) {
	if len(names) > maxFields {
		return nil, &ListError{fmt.Sprintf("Line %d has more than %d columns.", line, maxFields)}
	}
	// Who names a column tocontactid means it; a phone beside it is a placeholder.
	certain := slices.ContainsFunc(names, func(n string) bool { return plainName(titleOf(n)) == "tocontactid" })
	out := make([]column, len(names))
	ours, theirs := map[field]int{}, map[string]int{}
	for i, raw := range names {
		name := titleOf(raw)
		c := column{is: known(name), name: name}
		if c.is == toField && certain && plainName(name) != "tocontactid" {
			c.is = placeholder
		}
		var first int
		switch c.is {
		case ignored:
		case placeholder:
			if first = theirs[name]; first == 0 {
				theirs[name] = i + 1
			}
		default:
			if first = ours[c.is]; first == 0 {
				ours[c.is] = i + 1
			}
		}
		if first > 0 {
			return nil, twice(line, first, i+1, c.is, titleOf(names[first-1]), name)
		}
		out[i] = c
	}
	return out, nil
}

func twice(line, first, second int, is field, a, b string) error {
	switch is {
	case placeholder:
		return &ListError{fmt.Sprintf("Line %d names columns %d and %d the same, so one is there twice: rename or delete one.", line, first,
			second)}
	case toField:
		return &ListError{fmt.Sprintf("Line %d names the recipients twice, in column %d (%s) and column %d (%s): "+
			"rename the one to write to tocontactid.",
			line, first, a, second, b)}
	}
	return &ListError{fmt.Sprintf("Line %d says the same twice, in column %d (%s) and column %d (%s): delete one.", line, first, a, second, b)}
}

// layout is how a list is written.
type layout struct {
	comma  rune
	skip   int // bytes of a line that names the separator
	before int // lines of it
	titles int // records above the header
	fields int // of the header; 0: there is none
	line   int // of the header, or of what stands in its place
	cells  int // of that line that say something
}

// mostTitles is how many lines may be above the header.
const mostTitles = 10

// findHeader finds the line that names the columns, and what separates them: the
// separator by which it has a column of recipients and most columns besides. What
// is above it can only be a title, in one cell.
func findHeader(sample []byte) (layout, error) {
	if l, ok := separatorLine(sample); ok {
		l.find(sample[l.skip:])
		return l, l.problem()
	}
	var best, missed layout
	for _, comma := range []rune{',', ';', '\t', '|'} {
		l := layout{comma: comma}
		l.find(sample)
		if l.fields > best.fields {
			best = l
		}
		if missed.line == 0 || l.cells > missed.cells {
			missed = l
		}
	}
	if best.fields > 0 {
		return best, nil
	}
	return missed, missed.problem()
}

// problem says why there is no header.
func (l *layout) problem() error {
	if l.fields > 0 {
		return nil
	}
	return &ListError{fmt.Sprintf("Line %d has no column with the recipients: the first line must name the columns, "+
		"and that one tocontactid, to or phone.", max(1, l.line))}
}

// separatorLine reads a first line as Excel understands it: sep=;
func separatorLine(sample []byte) (layout, bool) {
	line, _, ended := bytes.Cut(sample, []byte("\n"))
	text := strings.Trim(strings.TrimPrefix(string(line), "\uFEFF"), "\" \r")
	sign, ok := cutPrefixFold(text, "sep=")
	if ok && sign == "" && bytes.Contains(line, []byte("\t")) {
		sign = "\t"
	}
	r, size := utf8.DecodeRuneInString(sign)
	if !ok || !ended || size == 0 || size != len(sign) || r == '"' || unicode.IsLetter(r) || unicode.IsDigit(r) {
		return layout{}, false
	}
	return layout{comma: r, skip: len(line) + 1, before: 1}, true
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// find looks for the header in the beginning of a list.
func (l *layout) find(sample []byte) {
	in := newCSV(bytes.NewReader(sample), l.comma)
	for l.titles = 0; l.titles <= mostTitles; l.titles++ {
		names, err := in.Read()
		if err != nil { // its end, or a quote where none may be
			return
		}
		line, _ := in.FieldPos(0)
		if slices.ContainsFunc(names, func(n string) bool { return known(titleOf(n)) == toField }) {
			l.fields, l.line = len(names), line+l.before
			return
		}
		said := len(slices.DeleteFunc(names, func(n string) bool { return titleOf(n) == "" }))
		if said > 0 && l.line == 0 || said > 1 {
			l.line, l.cells = line+l.before, said
		}
		if said > 1 {
			return
		}
	}
}
