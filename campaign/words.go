package campaign

import (
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Consent is what a customer's word does to it.
type Consent int

// What a message means for consent.
const (
	NoChange Consent = iota
	OptOut
	OptIn
)

// MaxWord is how long a word of consent can be, in characters. What is longer is
// a message.
const MaxWord = 40

// StopWords are the usual words that end consent where a number has none of its
// own: the carriers' English ones and what people write in other languages. Only
// a message that is nothing else counts.
func StopWords() []string {
	return []string{
		"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT",
		"STOPP", "ABMELDEN", "ABBESTELLEN", // German, Swedish, Norwegian
		"ARRET", "ARRÊT", "DESABONNER", "DÉSABONNER", // French
		"BAJA", "ALTO", "PARAR", "CANCELAR", // Spanish, Portuguese
		"ANNULLA", "FERMA", // Italian
		"AFMELDEN", "STOPPEN", // Dutch
		"LOPETA", "PERUUTA", // Finnish
		"LÕPETA", "LOOBU", "SEIS", // Estonian
		"AFMELD", "REZYGNUJĘ", "ODHLÁSIT", // Danish, Polish, Czech
		"СТОП", "ОТПИСАТЬСЯ", // Russian
		"停止", "配信停止", "退订", "取消", "중지", // Japanese, Chinese, Korean
	}
}

// StartWords are the usual words that bring it back.
func StartWords() []string {
	return []string{"START", "UNSTOP", "ALOITA", "ALUSTA", "COMENZAR", "DÉMARRER", "開始", "开始"}
}

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

// Heard says what a message means for consent.
func (w Words) Heard(text string) Consent { return w.means[word(text)] }

// word is a message as words are compared: in upper case, with single blanks and
// nothing around it but letters and digits. "" is a message that is too long.
func word(text string) string {
	if len(text) > 8*MaxWord {
		return ""
	}
	w := strings.TrimFunc(strings.Join(strings.Fields(text), " "), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if utf8.RuneCountInString(w) > MaxWord {
		return ""
	}
	return strings.ToUpper(w)
}
