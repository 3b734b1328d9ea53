package recipient

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Row is one line of a list.
type Row struct {
	Line     int
	To       string
	ToColumn int // counted from 1
	Locale   string
	Zone     string
	About    string // what the message is about
	OptIn    *bool  // nil: the list does not say
	Values   map[string]string
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
	maxHead   = 16 << 10  // bytes before which the header ends
	maxRecord = 256 << 10 // bytes; longer is a quote that was never closed
	maxField  = 4096
	maxFields = 100
)

// Reader reads a list of recipients as programs export them: with a header line
// below a title or none, separated by comma, semicolon, tab, bar or what "sep="
// says, in UTF-8, UTF-16 or the charset that is named, else in that of the
// program's system as far as it is certain. It holds one line at a time, however
// long the list is.
type Reader struct {
	in      *csv.Reader
	guard   *guard
	columns []column
	before  int // lines before what in reads
	last    int // line
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
	text := bufio.NewReaderSize(&lineEnds{r: dec.Reader(raw)}, sniffed)
	sample, err := text.Peek(maxHead)
	if len(sample) == 0 {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, &ListError{"The list is empty."}
	}
	l, err := findHeader(sample)
	if err != nil {
		return nil, err
	}
	if _, err := text.Discard(l.skip); err != nil {
		return nil, err
	}
	g := &guard{r: text}
	in := newCSV(g, l.comma)
	in.ReuseRecord = true
	for range l.titles {
		if _, err := in.Read(); err != nil {
			return nil, err
		}
	}
	names, err := in.Read()
	if err != nil {
		return nil, err
	}
	line, _ := in.FieldPos(0)
	reader := &Reader{in: in, guard: g, before: l.before}
	reader.columns, err = columns(names, line+l.before)
	return reader, err
}

// newCSV reads records of any number of fields. Blanks before a quote are none of
// its text; a tab is a blank, so where it separates, none may be skipped.
func newCSV(r io.Reader, comma rune) *csv.Reader {
	in := csv.NewReader(r)
	in.Comma, in.FieldsPerRecord, in.TrimLeadingSpace = comma, -1, comma != '\t'
	return in
}

// Next returns the next line. The error is io.EOF after the last one, a
// *LineError if the next may be better, else a *ListError or one of reading.
func (r *Reader) Next() (Row, error) {
	for {
		row, err := r.next()
		if !errors.Is(err, errBlank) {
			return row, err
		}
	}
}

func (r *Reader) next() (Row, error) {
	r.guard.read = 0
	record, err := r.in.Read()
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return Row{}, io.EOF
	case errors.Is(err, errLong):
		return Row{}, &ListError{fmt.Sprintf("A quote that opens after line %d is never closed.", r.last)}
	case errors.As(err, &syntax):
		r.last = syntax.Line + r.before
		if r.guard.ended { // the rest of the list was taken for one field
			return Row{}, &ListError{fmt.Sprintf("A quote that opens in line %d is never closed.", syntax.StartLine+r.before)}
		}
		return Row{}, &LineError{syntax.StartLine + r.before, "syntax", fmt.Sprintf("has a quote at character %d where none may be: "+
			"put the whole cell in quotes and write the quote twice", syntax.Column)}
	case err != nil:
		return Row{}, err
	}
	line, _ := r.in.FieldPos(0) // there is none when the reading failed
	line += r.before
	r.last = line
	return r.row(line, record)
}

func (r *Reader) row(line int, record []string) (Row, error) {
	if !slices.ContainsFunc(record, func(v string) bool { return cellText(v) != "" }) {
		return Row{}, errBlank
	}
	for len(record) > len(r.columns) && cellText(record[len(record)-1]) == "" { // after the last column
		record = record[:len(record)-1]
	}
	if len(record) > len(r.columns) {
		return Row{}, &LineError{line, "columns",
			fmt.Sprintf("has %d fields, and the list %d columns: put a cell that contains the separator in quotes",
				len(record), len(r.columns))}
	}
	out := Row{Line: line}
	for i, v := range record {
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			return Row{}, &LineError{line, "encoding",
				fmt.Sprintf("has a column %d that is not text in the encoding of the list: save it as UTF-8", i+1)}
		}
		v = cellText(v)
		if len(v) > maxField {
			return Row{}, &LineError{line, "too_long", fmt.Sprintf("has more than %d bytes in column %d", maxField, i+1)}
		}
		out.set(r.columns[i], i+1, strings.Clone(v), len(r.columns)) // the record is used again
	}
	if out.To == "" {
		return Row{}, &LineError{line, "columns", "has no recipient"}
	}
	return out, nil
}

// set puts a cell where its column says.
func (out *Row) set(c column, at int, v string, most int) {
	switch c.is {
	case toField:
		out.To, out.ToColumn = v, at
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
			out.Values = make(map[string]string, most)
		}
		out.Values[c.name] = v
	}
}

// guard ends a record that does not end.
type guard struct {
	r     io.Reader
	read  int
	ended bool
}

var (
	errLong  = errors.New("record is too long")
	errBlank = errors.New("record is blank")
)

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
