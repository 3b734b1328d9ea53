package campaign

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Consent is what a customer's word does to it.
type Consent int

// What a message means for consent.
const (
	NoChange Consent = iota
	OptOut
	OptIn
	OptInAgain // only of who opted out before
)

// MaxWord is how long a word of consent can be, in characters. What is longer is
// a message.
const MaxWord = 40

// StopWords are the usual words that end consent where a number has none of its
// own: the carriers' English ones and what people write in other languages. Only
// a message that is nothing else counts.
func StopWords() []string {
	return []string{
		"STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "UNSUBSCRIBE ME", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT", "PLEASE STOP",
		"STOP PLEASE",
		"STOPP", "ABMELDEN", "ABBESTELLEN", "ABMELDUNG", "AVSLUTA", "AVREGISTRERA", "AVSLUTT", "AVMELD", // German, Swedish, Norwegian
		"ARRÊT", "ARRÊTER", "ARRÊTEZ", "STOPPER", "DÉSABONNER", "DÉSINSCRIRE", "DÉSINSCRIPTION", // French
		"BAJA", "PARAR", "CANCELAR", "DETENER", "SAIR", "PARE", // Spanish, Portuguese
		"ANNULLA", "FERMA", "DISISCRIVI", "DISISCRIVIMI", // Italian
		"AFMELDEN", "STOPPEN", "UITSCHRIJVEN", "AFMELDING", "STOPZETTEN", // Dutch
		"LOPETA", "PERUUTA", "POISTU", // Finnish
		"LÕPETA", "LÕPETAGE", "LOOBU", "LOOBUN", // Estonian; "SEIS" is six in Spanish
		"AFMELD", "FRAMELD", "REZYGNUJĘ", "WYPISZ", "ODHLÁSIT", // Danish, Polish, Czech
		"ATTEIKTIES", "ATSISAKYTI", "IPTAL", "ΔΙΑΚΟΠΗ", // Latvian, Lithuanian, Turkish, Greek
		"СТОП", "ОТПИСАТЬСЯ", "ОТПИСКА", "ВІДПИСАТИСЯ", // Russian, Ukrainian
		"停止", "配信停止", "配信解除", "ストップ", "退订", "退訂", "取消订阅", "取消訂閱", "중지", "수신거부", // Japanese, Chinese, Korean
		"إيقاف", "הסר", "הסירו", // Arabic, Hebrew
	}
}

// StartWords are the usual words that bring it back.
func StartWords() []string {
	return []string{"START", "UNSTOP", "ALOITA", "ALUSTA", "COMENZAR", "DÉMARRER", "開始", "开始"}
}

// AgainWords bring it back as well, but only to who ended it: to anybody else's
// question they are an answer.
func AgainWords() []string { return []string{"YES"} }

// Words are the words of a number, and what each means.
type Words struct{ means map[string]Consent }

// NewWords returns words that end consent and words that bring it back.
func NewWords(stop, start []string) Words { return Words{}.With(stop, start) }

// With returns the words with others besides.
func (w Words) With(stop, start []string) Words {
	means := map[string]Consent{}
	maps.Copy(means, w.means)
	for _, s := range start {
		means[word(s)] = OptIn
	}
	for _, s := range stop {
		means[word(s)] = OptOut
	}
	delete(means, "")
	return Words{means}
}

// WithAgain returns the words with others that only bring back what was ended.
func (w Words) WithAgain(again []string) Words {
	means := map[string]Consent{}
	for _, s := range again {
		means[word(s)] = OptInAgain
	}
	maps.Copy(means, w.means)
	return Words{means}
}

// Heard says what a message means for consent.
func (w Words) Heard(text string) Consent { return w.means[word(text)] }

// word is a message as words are compared: in capitals without accents, of any
// width, with single blanks between letters and digits, and said once. "" is a
// message that is too long.
func word(text string) string {
	if len(text) > 16*MaxWord {
		return ""
	}
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 0x300 && r <= 0x36F || unicode.In(r, unicode.Cf, unicode.Variation_Selector): // accents, and what cannot be seen
			return -1
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			return ' '
		}
		return unicode.ToUpper(r)
	}, norm.NFKD.String(strings.ToUpper(text)))
	fields := strings.Fields(norm.NFC.String(plain))
	spelt := len(fields) > 2
	for _, f := range fields {
		spelt = spelt && utf8.RuneCountInString(f) == 1
	}
	if spelt { // S T O P, S.T.O.P.
		fields = []string{strings.Join(fields, "")}
	}
	w := strings.Join(slices.Compact(fields), " ")
	if utf8.RuneCountInString(w) > MaxWord {
		return ""
	}
	return w
}
