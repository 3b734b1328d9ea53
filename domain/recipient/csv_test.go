package recipient_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"switchboard/domain/recipient"
	"switchboard/test/tier"
)

// read reads a whole list: rows as text, errors as "line code".
func read(t *testing.T, in io.Reader, charset string) (rows, wrong []string, fatal error) {
	t.Helper()
	r, err := recipient.NewReader(in, charset)
	if err != nil {
		return nil, nil, err
	}
	for {
		row, err := r.Next()
		var bad *recipient.LineError
		switch {
		case errors.Is(err, io.EOF):
			return rows, wrong, nil
		case errors.As(err, &bad):
			wrong = append(wrong, fmt.Sprint(bad.Line, " ", bad.Code))
		case err != nil:
			return rows, wrong, err
		default:
			opt := "?"
			if row.OptIn != nil {
				opt = fmt.Sprint(*row.OptIn)
			}
			rows = append(rows, fmt.Sprintf("%d %s %s %s %s", row.Line, row.To, row.Locale, opt, row.Values["Name"]))
		}
	}
}

func TestReader_Dirt(t *testing.T) {
	t.Parallel()
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("phone;Name\n+3725550001;Jüri\n")
	require.NoError(t, err)
	latin, err := charmap.Windows1252.NewEncoder().String("phone,Name\n+3725550001,Jüri\n")
	require.NoError(t, err)
	greek, err := charmap.ISO8859_7.NewEncoder().String("phone,Name\n+3725550001,Αλφα\n")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		in, charset string
		rows, wrong []string
		fatal       string
	}{
		"plain":             {in: "tocontactid,locale,optin,Name\n+3725550001,et,true,Ada\n", rows: []string{"2 +3725550001 et true Ada"}},
		"byte order mark":   {in: "\uFEFFphone,Name\n+3725550001,Ada\n", rows: []string{"2 +3725550001  ? Ada"}},
		"UTF-16":            {in: utf16, rows: []string{"2 +3725550001  ? Jüri"}},
		"Windows-1252":      {in: latin, rows: []string{"2 +3725550001  ? Jüri"}},
		"named charset":     {in: greek, charset: "iso-8859-7", rows: []string{"2 +3725550001  ? Αλφα"}},
		"unknown charset":   {in: "phone\n1\n", charset: "klingon", fatal: "charset"},
		"tabs and CRLF":     {in: "Phone\tName\r\n+3725550001\tAda\r\n\r\n+3725550002\tBen\r\n", rows: []string{"2 +3725550001  ? Ada", "4 +3725550002  ? Ben"}},
		"quotes":            {in: "phone,Name\n+3725550001,\"Ada, \"\"the\"\"\nfirst\"\n+3725550002,Ben\n", rows: []string{"2 +3725550001  ? Ada, \"the\"\nfirst", "4 +3725550002  ? Ben"}},
		"stray quote":       {in: "phone,Name\n+3725550001,A\"da\n+3725550002,Ben\n", wrong: []string{"2 syntax"}, rows: []string{"3 +3725550002  ? Ben"}},
		"quote never ends":  {in: "phone,Name\n+3725550001,Ada\n+3725550002,\"Ben\n" + strings.Repeat("+3725550003,Cas\n", 50_000), rows: []string{"2 +3725550001  ? Ada"}, fatal: "never closed"},
		"short quote never": {in: "phone,Name\n+3725550001,Ada\n+3725550002,\"Ben\n+3725550003,Cas\n", rows: []string{"2 +3725550001  ? Ada"}, fatal: "never closed"},
		"missing columns":   {in: "phone,Name,locale\n+3725550001\n,Ben\n+3725550003,Cas,fi,more\n", rows: []string{"2 +3725550001  ? "}, wrong: []string{"3 columns", "4 columns"}},
		"broken characters": {in: "phone,Name\n" + strings.Repeat("+3725550001,Ada\n", 5000) + "+3725550002,\xff\xfe\n", wrong: []string{"5002 encoding"}},
		"no recipients":     {in: "Name,locale\nAda,en\n", fatal: "no column"},
		"twice":             {in: "phone,to\n1,2\n", fatal: "twice"},
		"empty":             {fatal: "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, wrong, err := read(t, strings.NewReader(c.in), c.charset)
			if c.fatal != "" {
				require.ErrorContains(t, err, c.fatal)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, c.wrong, wrong)
			if name != "broken characters" {
				require.Equal(t, c.rows, rows)
			}
		})
	}
}

// lines is a list of n lines that is made while it is read.
type lines struct {
	n, at int
	rest  string
}

func (l *lines) Read(p []byte) (int, error) {
	if l.rest == "" {
		if l.at == l.n {
			return 0, io.EOF
		}
		l.at++
		l.rest = fmt.Sprintf("+372%08d,Customer %d,true\n", l.at, l.at)
		if l.at == 1 {
			l.rest = "phone,Name,optin\n" + l.rest
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func TestReader_AMillionLinesInBoundedMemory(t *testing.T) {
	rows := tier.Size(100_000, 1_000_000)
	r, err := recipient.NewReader(&lines{n: rows}, "")
	require.NoError(t, err)
	var most uint64
	var m runtime.MemStats
	for n := 0; ; n++ {
		_, err := r.Next()
		if errors.Is(err, io.EOF) {
			require.Equal(t, rows, n)
			break
		}
		require.NoError(t, err)
		if n%(rows/10) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	require.Less(t, most, uint64(32<<20), "what is held does not grow with the list")
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{"+372 5555 0001": "+37255550001", "00372 5555 0001": "+37255550001", "55550001": "+37255550001", "(555) 5-0001": "+37255550001", "12": "", "hello": "", "+1": ""} {
		got, err := recipient.Number(raw, "EE")
		require.Equal(t, want, got, raw)
		require.Equal(t, want == "", err != nil, raw)
	}
	_, err := recipient.Number("55550001", "")
	require.ErrorIs(t, err, recipient.ErrNumber)
	zone, err := time.LoadLocation(recipient.Zone("+37255550001"))
	require.NoError(t, err)
	tallinn, err := time.LoadLocation("Europe/Tallinn")
	require.NoError(t, err)
	for _, at := range []time.Time{time.Unix(1_780_000_000, 0), time.Unix(1_765_000_000, 0)} {
		require.Equal(t, at.In(tallinn).Format(time.TimeOnly), at.In(zone).Format(time.TimeOnly), "a zone with the same clock")
	}
	require.Empty(t, recipient.Zone("no number"))
}

// What breaks before the first field of a line has ended is told like the rest.
func TestReader_BreaksInTheFirstField(t *testing.T) {
	t.Parallel()
	rows, wrong, err := read(t, strings.NewReader("to,Name\n+3725550001,Ada\n\"+37255\"50002,Ben\n+3725550003,Cem\n"), "")
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, []string{"3 syntax"}, wrong)

	cut := errors.New("the connection is gone")
	list := "to,Name\n" + strings.Repeat("+3725550001,Ada\n", 10_000)
	rows, wrong, err = read(t, io.MultiReader(strings.NewReader(list), iotest.ErrReader(cut)), "")
	require.ErrorIs(t, err, cut)
	require.Empty(t, wrong)
	require.Len(t, rows, 10_000)
}
