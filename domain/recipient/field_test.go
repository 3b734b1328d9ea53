package recipient_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"switchboard/domain/recipient"
)

// cells reads a list to rows as text, with every placeholder; errors begin with "!".
func cells(t *testing.T, in io.Reader, charset string) (out []string) {
	t.Helper()
	r, err := recipient.NewReader(in, charset)
	if err != nil {
		return []string{"!! " + err.Error()}
	}
	for {
		row, err := r.Next()
		var bad *recipient.LineError
		switch {
		case errors.Is(err, io.EOF):
			return out
		case errors.As(err, &bad):
			out = append(out, "! "+bad.Error())
		case err != nil:
			return append(out, "!! "+err.Error())
		default:
			out = append(out, fmt.Sprintf("%d %s %v", row.Line, row.To, row.Values))
		}
	}
}

func testdata(t *testing.T, name string) io.Reader {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return bytes.NewReader(b)
}

func TestField_F01_EmptyCellsStayEmpty(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"2 +14155550153 map[city:Lyon name: store:Store 12]"}, cells(t, testdata(t, "tab-shift.tsv"), ""))
	require.Equal(t, []string{"2 +14155550104 map[city:Lyon name:]"}, cells(t, testdata(t, "tab-utf8-empty-cell.tsv"), ""))
	want := []string{"2 +14155550151 map[city:Paris name:Ann office:+14155550161]", "3 +14155550152 map[city:Lyon name: office:+14155550162]"}
	require.Equal(t, want, cells(t, testdata(t, "tab-leading-empty-cell.tsv"), ""))
	raw, err := io.ReadAll(testdata(t, "tab-leading-empty-cell.tsv"))
	require.NoError(t, err)
	for name, e := range map[string]encoding.Encoding{"LE": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
		"BE":      unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		"LE bare": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "BE bare": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)} {
		wide, err := e.NewEncoder().Bytes(raw)
		require.NoError(t, err)
		require.Equal(t, want, cells(t, bytes.NewReader(wide), ""), name)
	}
	// The same for every separator, wherever the empty cells are.
	for _, sep := range []string{",", ";", "\t", "|"} {
		list := strings.ReplaceAll("a~b~phone~c~d\n~~+14155550101~~\n~x~+14155550102~~y\nx~~+14155550103~y~\n \" \"~\n~~~~\n", "~", sep)
		if sep == "\t" {
			list = strings.ReplaceAll(list, " \" \"", "\"  \"")
		}
		require.Equal(t, []string{"2 +14155550101 map[a: b: c: d:]", "3 +14155550102 map[a: b:x c: d:y]", "4 +14155550103 map[a:x b: c:y d:]"},
			cells(t, strings.NewReader(list), ""), "%q", sep)
	}
}

func TestField_F02_ColumnsNamedByNumber(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"2 +525512345678 map[1:Ana]"}, cells(t, testdata(t, "whatsapp-numbered-placeholders.csv"), ""))
	for head, want := range map[string]string{
		"phone,1,2,3,4,5,6": "map[1:a 2:b 3:c 4:d 5:e 6:f]", "phone,2,1,language,optin,timezone,5": "map[1:b 2:a 5:f]",
		"phone,{{1}},{{2}},{3},{Name},4,x": "map[1:a 2:b 3:c 4:e Name:d x:f]",
		"0,phone,1":                        "map[0:+14155550101 1:b]",
	} {
		row := "+14155550101,a,b,c,d,e,f"
		if head == "0,phone,1" {
			row = "+14155550101,+14155550102,b"
		}
		got := cells(t, strings.NewReader(head+"\n"+row+"\n"), "")
		require.Len(t, got, 1)
		require.Contains(t, got[0], want, head)
	}
}

func TestField_F19_HeadsOfLists(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"3 +14155550105 map[city:Paris name:Ann]"}, cells(t, testdata(t, "sep-line.csv"), ""))
	require.Equal(t, []string{"3 +14155550114 map[city:Paris name:Ann]"}, cells(t, testdata(t, "blank-first-line.csv"), ""))
	require.Equal(t, []string{"3 +14155550115 map[city:Paris name:Ann]"}, cells(t, testdata(t, "title-row.csv"), ""))
	two := cells(t, testdata(t, "two-phone-columns.csv"), "")
	require.Equal(t, []string{"!! Line 1 names the recipients twice, in column 2 (phone) and column 3 (mobile): rename the one to write to tocontactid."}, two)
	for list, want := range map[string]string{
		"sep=;\nphone;name\n+1;A\n": "3 +1 map[name:A]", "\ufeffsep=;\r\nphone;name\r\n+1;A\r\n": "3 +1 map[name:A]",
		"\"sep=,\"\nphone,name\n+1,A\n": "3 +1 map[name:A]",
		"SEP=^\nphone^name\n+1^A;B,C\n": "3 +1 map[name:A;B,C]", "sep=\t\nphone\tname\n+1\tA\n": "3 +1 map[name:A]",
		"\n\n \n;;\nphone;name\n+1;A\n":                      "6 +1 map[name:A]",
		"Customers of May\n\nphone;name\n+1;A\n":             "4 +1 map[name:A]",
		"\"A; B\"\nphone;name\n+1;\"A; B\"\n":                "3 +1 map[name:A; B]",
		"\"name, full\";phone;city\nA;+1;B\n":                "2 +1 map[city:B name, full:A]",
		"tocontactid,phone,mobile\n+1,+2,+3\n":               "2 +1 map[mobile:+3 phone:+2]",
		"phone,,name,\n+1,,A,\n":                             "2 +1 map[name:A]",
		"name\u200b,\u200bphone\nA,+1\n":                     "2 +1 map[name:A]",
		"phone\rname\r":                                      "2 name map[]",
		"phone,name\r+1,A\r+2,B\r":                           "2 +1 map[name:A]\n3 +2 map[name:B]",
		"phone,name\r\r\n+1,A\r\r\n":                         "3 +1 map[name:A]",
		"phone,name\r\n+1,\"A\r\nB\"\r\n+2,C":                "2 +1 map[name:A\nB]\n4 +2 map[name:C]",
		"phone,name\n\"=\"\"+1\"\"\",\"=\"\"007\"\"\"\n\x1a": "2 +1 map[name:007]",
		"phone , name\n+1 , \"A, B\"\n":                      "2 +1 map[name:A, B]",
	} {
		require.Equal(t, want, strings.Join(cells(t, strings.NewReader(list), ""), "\n"), "%q", list)
	}
}

func TestField_F19_RefusedWithLineColumnAndWhatToChange(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"name;city\nA;B\n":                       "!! Line 1 has no column with the recipients: the first line must name the columns, and that one tocontactid, to or phone.",
		"+14155550101;A\n+14155550102;B\n":       "!! Line 1 has no column with the recipients",
		"\nname,city\nA,mobile\n":                "!! Line 2 has no column with the recipients",
		"Customers;May\nphone;name\n+1;A\n":      "!! Line 1 has no column",
		"sep=;\nname,phone\nA,+1\n":              "!! Line 2 has no column with the recipients",
		"phone,name,name\n+1,A,B\n":              "!! Line 1 names columns 2 and 3 the same",
		"phone,name,language,locale\n+1,A,en,et": "!! Line 1 says the same twice, in column 3 (language) and column 4 (locale)",
		"phone,optin,consent\n+1,yes,no":         "!! Line 1 says the same twice, in column 2 (optin) and column 3 (consent)",
		"\"phone,name\"\n\"+1,A\"\n":             "!! Line 1 has no column with the recipients",
		"phone,name\n+1,A,B\n":                   "! line 2: has 3 fields, and the list 2 columns: put a cell that contains the separator in quotes",
		"phone,name\n+1,A\"B\"\n":                "! line 2: has a quote at character 5 where none may be",
		"PK\x03\x04rest":                         "!! The file is a workbook",
		"\xff\xfe\x00\x00p\x00\x00\x00":          "!! The list is in UTF-32",
	} {
		got := cells(t, strings.NewReader(list), "")
		require.NotEmpty(t, got, "%q", list)
		require.Contains(t, got[0], want, "%q", list)
		require.Len(t, got, 1, "%q", list)
	}
}

// A list in the encoding of somebody's system is read where that is certain, and
// never as other words.
func TestField_F19_Encodings(t *testing.T) {
	t.Parallel()
	encode := func(e encoding.Encoding, s string) io.Reader {
		b, err := e.NewEncoder().Bytes([]byte(s))
		require.NoError(t, err)
		return bytes.NewReader(b)
	}
	const west = "phone;name\r\n+1;Jürgen Müßig\r\n+2;José Ibáñez – “L’Été”\r\n+3;Åsa Äijälä €5\r\n"
	want := []string{"2 +1 map[name:Jürgen Müßig]", "3 +2 map[name:José Ibáñez – “L’Été”]", "4 +3 map[name:Åsa Äijälä €5]"}
	require.Equal(t, want, cells(t, encode(charmap.Windows1252, west), ""))
	require.Equal(t, want, cells(t, encode(charmap.Windows1252, west), "utf-8"), "said wrongly")
	require.Equal(t, []string{"2 +1 map[name:ÅÄÖ äöüß]"}, cells(t, encode(charmap.Windows1252, "phone;name\n+1;ÅÄÖ äöüß\n"), ""))
	require.Equal(t, want, cells(t, encode(charmap.Macintosh, strings.ReplaceAll(west, "\r\n", "\r")), ""))
	require.Equal(t, want, cells(t, strings.NewReader("\ufeff"+west), "iso-8859-1"), "the mark counts more")
	require.Equal(t, []string{"2 +1 map[名前:一二三]"},
		cells(t, encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "phone\t名前\r\n+1\t一二三\r\n"), ""))
	require.Equal(t, []string{"2 +1 map[имя:Анна]"},
		cells(t, encode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "phone;имя\r\n+1;Анна\r\n"), "utf-8"))
	for name, in := range map[string]io.Reader{
		"Cyrillic": encode(charmap.Windows1251, "phone;name\r\n+1;Анна\r\n"), "Greek": encode(charmap.Windows1253, "phone;name\r\n+1;Αλφα\r\n"),
		"Polish": encode(charmap.Windows1250, "phone;name\r\n+1;Łukasz\r\n"), "Japanese": encode(japanese.ShiftJIS, "phone;name\r\n+1;山田太郎\r\n"),
		"DOS": encode(charmap.CodePage850, "phone;name\r\n+1;Jürgen\r\n"),
	} {
		got := cells(t, in, "")
		require.Len(t, got, 1, name)
		require.Contains(t, got[0], "The encoding of the list is not certain", name)
	}
	require.Equal(t, []string{"2 +1 map[name:Łukasz]"}, cells(t, encode(charmap.Windows1250, "phone;name\r\n+1;Łukasz\r\n"), "windows-1250"))
}

// Every number of the list is the one that is meant, or refused.
func TestField_F18_NumbersOfAList(t *testing.T) {
	t.Parallel()
	r, err := recipient.NewReader(testdata(t, "numbers.csv"), "")
	require.NoError(t, err)
	want := strings.Fields(`+14155550117 +14155550118 +14155550119 +14155550120 +14155550121 +14155550122 +442079460018 +442079460019 - - - +14155550127 - +14155550128 -
		+3906 +525512345678 +525512345678 +5491123456789 +5491123456789 +5511912345678 +551112345678 +2250712345678 +2250707123456 +14155550130 +14155550131 +14155550132
		- +14155550134 +14155550135 +14155550135 +19005550136 - - +883130000000 -`)
	want[15] = "+390669812345"
	for i, w := range want {
		row, err := r.Next()
		require.NoError(t, err)
		require.Equal(t, 1, row.ToColumn)
		got, err := recipient.Number(row.To, "")
		if w == "-" {
			require.ErrorIs(t, err, recipient.ErrNumber, i)
			continue
		}
		require.NoError(t, err, i)
		require.Equal(t, w, got, i)
	}
	_, err = r.Next()
	require.ErrorIs(t, err, io.EOF)
}
