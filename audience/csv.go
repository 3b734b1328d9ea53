package audience

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// Row is one line of a list.
type Row struct {
	Line   int
	To     string
	Locale string
	Zone   string
	About  string // what the message is about
	OptIn  *bool  // nil: the list does not say
	Values map[string]string
}

// LineError says what is wrong with one line. Reading can go on.
type LineError struct {
	Line         int
	Code, Reason string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// ListError says why a list cannot be read at all, or no further.
type ListError struct{ Reason string }

func (e *ListError) Error() string { return e.Reason }

const (
	sniffed   = 64 << 10
	maxRecord = 256 << 10 // bytes; longer is a quote that was never closed
	maxField  = 4096
	maxFields = 100
)

// Reader reads a list of recipients as programs export them: with a header line,
// separated by comma, semicolon, tab or bar, in UTF-8, UTF-16 or the charset that
// is named, else in Windows-1252. It holds one line at a time, however long the
// list is.
type Reader struct {
	in      *csv.Reader
	guard   *guard
	columns []column
	last    int // line
}

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
	switch strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(name)) {
	case "tocontactid", "to", "phone", "phonenumber", "number", "mobile", "msisdn", "recipient":
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

// NewReader reads the header. charset is what the sender says of the encoding, or "".
func NewReader(r io.Reader, charset string) (*Reader, error) {
	raw := bufio.NewReaderSize(r, sniffed)
	head, err := raw.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	dec, err := decoder(head, charset)
	if err != nil {
		return nil, err
	}
	text := bufio.NewReaderSize(dec.Reader(raw), sniffed)
	line, err := text.Peek(4096)
	if len(line) == 0 {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, &ListError{"The list is empty."}
	}
	g := &guard{r: text}
	in := csv.NewReader(g)
	in.Comma, in.FieldsPerRecord, in.ReuseRecord, in.TrimLeadingSpace = separator(line), -1, true, true
	reader := &Reader{in: in, guard: g}
	return reader, reader.header()
}

// decoder chooses how bytes become text.
func decoder(head []byte, charset string) (*encoding.Decoder, error) {
	switch {
	case len(head) > 1 && (head[0] == 0xFF && head[1] == 0xFE || head[0] == 0xFE && head[1] == 0xFF):
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder(), nil
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		e, err := htmlindex.Get(charset)
		if err != nil {
			return nil, &ListError{"The charset is not known."}
		}
		return e.NewDecoder(), nil
	case validStart(head):
		return &encoding.Decoder{Transformer: unicode.BOMOverride(encoding.Nop.NewDecoder())}, nil
	}
	return charmap.Windows1252.NewDecoder(), nil
}

// validStart reports whether bytes begin a text in UTF-8; the last character may
// be cut.
func validStart(b []byte) bool {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			return !utf8.FullRune(b)
		}
		b = b[size:]
	}
	return true
}

// separator is the one that the first line has most of.
func separator(head []byte) rune {
	line, _, _ := strings.Cut(string(head), "\n")
	best, most := ',', 0
	for _, r := range []rune{',', ';', '\t', '|'} {
		if n := strings.Count(line, string(r)); n > most {
			best, most = r, n
		}
	}
	return best
}

func (r *Reader) header() error {
	names, err := r.in.Read()
	if err != nil {
		return &ListError{"The first line must name the columns."}
	}
	if len(names) > maxFields {
		return &ListError{fmt.Sprintf("The list has more than %d columns.", maxFields)}
	}
	seen := map[string]bool{}
	for _, name := range names {
		name = strings.TrimSpace(name)
		c := column{is: known(name), name: name}
		key := name
		if c.is != placeholder {
			key = fmt.Sprint(c.is)
		}
		if c.is != ignored && seen[key] {
			return &ListError{"The list names a column twice."}
		}
		seen[key] = true
		r.columns = append(r.columns, c)
	}
	if !slices.ContainsFunc(r.columns, func(c column) bool { return c.is == toField }) {
		return &ListError{"The list has no column with the recipients: name it tocontactid, to or phone."}
	}
	return nil
}

// Next returns the next line. The error is io.EOF after the last one, a
// *LineError if the next may be better, else a *ListError or one of reading.
func (r *Reader) Next() (Row, error) {
	r.guard.read = 0
	record, err := r.in.Read()
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return Row{}, io.EOF
	case errors.Is(err, errLong):
		return Row{}, &ListError{fmt.Sprintf("A quote that opens after line %d is never closed.", r.last)}
	case errors.As(err, &syntax):
		r.last = syntax.Line
		if r.guard.ended { // the rest of the list was taken for one field
			return Row{}, &ListError{fmt.Sprintf("A quote that opens in line %d is never closed.", syntax.StartLine)}
		}
		return Row{}, &LineError{syntax.StartLine, "syntax", "has a quote where none may be"}
	case err != nil:
		return Row{}, err
	}
	line, _ := r.in.FieldPos(0) // there is none when the reading failed
	r.last = line
	return r.row(line, record)
}

func (r *Reader) row(line int, record []string) (Row, error) {
	if len(record) > len(r.columns) {
		return Row{}, &LineError{line, "columns", fmt.Sprintf("has %d fields, and the list %d columns", len(record), len(r.columns))}
	}
	out := Row{Line: line}
	for i, v := range record {
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			return Row{}, &LineError{line, "encoding", "is not text in the encoding of the list"}
		}
		v = strings.TrimSpace(v)
		if len(v) > maxField {
			return Row{}, &LineError{line, "too_long", fmt.Sprintf("has a field of more than %d bytes", maxField)}
		}
		v = strings.Clone(v) // the record is used again
		switch c := r.columns[i]; c.is {
		case toField:
			out.To = v
		case localeField:
			out.Locale = v
		case zoneField:
			out.Zone = v
		case aboutField:
			out.About = v
		case optInField:
			yes := agreed(v)
			out.OptIn = &yes
		case placeholder:
			if out.Values == nil {
				out.Values = make(map[string]string, len(r.columns))
			}
			out.Values[c.name] = v
		}
	}
	if out.To == "" {
		return Row{}, &LineError{line, "columns", "has no recipient"}
	}
	return out, nil
}

func agreed(v string) bool {
	return slices.Contains([]string{"true", "1", "yes", "y", "x", "ja", "oui", "si", "sí", "jah", "kyllä"}, strings.ToLower(v))
}

// guard ends a record that does not end.
type guard struct {
	r     io.Reader
	read  int
	ended bool
}

var errLong = errors.New("record is too long")

// Read counts what one record takes.
func (g *guard) Read(p []byte) (int, error) {
	if g.read > maxRecord {
		return 0, errLong
	}
	n, err := g.r.Read(p)
	g.read += n
	g.ended = errors.Is(err, io.EOF)
	return n, err
}
