package recipient

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// decoder chooses how bytes become text. What the list itself shows counts more
// than what the sender says of it.
func decoder(head []byte, charset string) (*encoding.Decoder, error) {
	starts := func(mark string) bool { return bytes.HasPrefix(head, []byte(mark)) }
	utf16 := func(e unicode.Endianness, p unicode.BOMPolicy) *encoding.Decoder {
		return unicode.UTF16(e, p).NewDecoder()
	}
	switch {
	case starts("\xff\xfe\x00\x00") || starts("\x00\x00\xfe\xff"):
		return nil, &ListError{"The list is in UTF-32, which is not read: save it as UTF-8."}
	case starts("\xff\xfe") || starts("\xfe\xff"):
		return utf16(unicode.LittleEndian, unicode.ExpectBOM), nil
	case starts("PK\x03\x04") || starts("\xd0\xcf\x11\xe0") || starts("%PDF"):
		return nil, &ListError{"The file is a workbook or document, no list: save it as CSV."}
	case starts("\xef\xbb\xbf"):
		return &encoding.Decoder{Transformer: unicode.BOMOverride(encoding.Nop.NewDecoder())}, nil
	}
	if e, ok := wide(head); ok {
		return utf16(e, unicode.IgnoreBOM), nil
	}
	switch {
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		e, err := htmlindex.Get(charset)
		if err != nil {
			return nil, &ListError{"The charset is not known: name one such as utf-8 or windows-1252."}
		}
		return e.NewDecoder(), nil
	case validStart(head):
		return encoding.Nop.NewDecoder(), nil
	}
	return ofSystem(head)
}

// ofSystem is the encoding of a list that does not say it and is no Unicode: that
// of western systems, if what it makes of the list looks like words.
func ofSystem(head []byte) (*encoding.Decoder, error) {
	table := charmap.Windows1252
	if bytes.IndexByte(head, '\r') >= 0 && bytes.IndexByte(head, '\n') < 0 { // line ends of old Macs
		table = charmap.Macintosh
	}
	run, foreign := 0, false
	for i, b := range head {
		r := table.DecodeByte(b)
		switch {
		case b < 0x80:
			run, foreign = 0, false
			continue
		case r < 0xA0, r == utf8.RuneError: // no character of it
			run, foreign = 3, true
		case isLatinLetter(r):
			run, foreign = run+1, foreign || !strings.ContainsRune("äöüÄÖÜßåÅæÆøØéÉ", r)
		default:
			run, foreign = 0, false
			if i+1 < len(head) && misplaced(r, i > 0 && isLetter(head[i-1]), head[i+1]) {
				run, foreign = 3, true
			}
		}
		if run >= 3 && foreign { // three letters with accents in a row are another alphabet
			return nil, &ListError{"The encoding of the list is not certain: save it as UTF-8 (in Excel “CSV UTF-8”), " +
				"or name its charset in the Content-Type."}
		}
	}
	return table.NewDecoder(), nil
}

// misplaced reports whether a sign is where no text has it: at the beginning of a
// word, or within one.
func misplaced(r rune, letterBefore bool, next byte) bool {
	if !isLetter(next) {
		return false
	}
	begins := next >= 'a' && strings.ContainsRune("£¥¤¦¬¯±³¹¼½¾¶¢", r)
	return begins || letterBefore && strings.ContainsRune("“„ˆ˜†‡ƒ‰£¥¤¦§¨©«¬®¯°±²³´¶¸¹»¼½¾¿¡¢", r)
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

func isLatinLetter(r rune) bool {
	return r >= 0xC0 && r <= 0x178 && r != '×' && r != '÷' || r == 'Š' || r == 'š' || r == 'Ž' || r == 'ž'
}

// wide reports whether a text is UTF-16 without a byte order mark: digits, line
// ends and separators have a zero byte, always on the same side.
func wide(head []byte) (unicode.Endianness, bool) {
	head = head[:min(len(head), 4096)&^1]
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	enough := max(2, len(head)/20)
	switch {
	case zeros[1] >= enough && 4*zeros[0] < zeros[1]:
		return unicode.LittleEndian, true
	case zeros[0] >= enough && 4*zeros[1] < zeros[0]:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
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

// lineEnds makes every line end a line feed, also a carriage return alone, which
// is that of old Macs.
type lineEnds struct {
	r     io.Reader
	after bool // a carriage return
}

// Read implements io.Reader.
func (l *lineEnds) Read(p []byte) (int, error) {
	for {
		n, err := l.r.Read(p)
		out := p[:0]
		for _, b := range p[:n] {
			second := b == '\n' && l.after
			if l.after = b == '\r'; l.after {
				b = '\n'
			}
			if !second {
				out = append(out, b)
			}
		}
		if len(out) > 0 || err != nil || len(p) == 0 {
			return len(out), err
		}
	}
}
