package twilio

import (
	"regexp"
	"strings"
)

// Phones send a reaction to an SMS as a text: Liked “See you at four”. It asks
// nothing.
var (
	tapped = regexp.MustCompile(`^(Liked|Loved|Disliked|Laughed at|Emphasi[sz]ed|Questioned|Gefällt|Gefällt nicht|` +
		`Lacht über|Hebt|A aimé|A adoré|N’a pas aimé|A ri de|Le gustó|Le encantó|No le gustó|Se rio de|` +
		`Vond|Was dol op|Moest lachen om|Tykkäsi|Meeldis) ` + quoted + `( (leuk|niet leuk|hervor|geweldig))?$`)
	reacted = regexp.MustCompile(`^(?:Reacted |Reageerde met |Hat mit |A réagi (?:avec|par) |Reaccionó con )?` +
		`(\S{1,24}) (?:to|op|auf|à|a) ` + quoted + `(?: reagiert)?$`)
	removed = regexp.MustCompile(`^Removed (?:an?) (\S.{0,40}?) from ` + quoted + `$`)
)

// quoted is the message that is meant, or what it was.
const quoted = `\s?(?s:“.*”|„.*“|«.*»|".*"|'.*'|an image|a movie|a video|a photo|a picture|an attachment|an audio message|a sticker)`

// unseen are the marks by which phones know their own reactions again.
var unseen = strings.NewReplacer("\u200a", "", "\u200b", "", "\u200e", "", "\u200f", "", "\u2060", "", "\ufeff", "")

// emojis of the texts that name none.
var emojis = map[string]string{"Liked": "👍", "Loved": "❤️", "Disliked": "👎", "Laughed at": "😂", "Emphasized": "‼️", "Emphasised": "‼️",
	"Questioned": "❓"}

// tapback is the emoji of a reaction that came as a text, or "" for any other text.
func tapback(text string) string {
	text = strings.TrimSpace(unseen.Replace(text))
	if m := tapped.FindStringSubmatch(text); m != nil {
		if emoji := emojis[m[1]]; emoji != "" {
			return emoji
		}
		return "👍"
	}
	if m := removed.FindStringSubmatch(text); m != nil {
		return "✖️"
	}
	if m := reacted.FindStringSubmatch(text); m != nil && !strings.ContainsFunc(m[1],
		func(r rune) bool { return r < 0x2000 && r != 0xA9 && r != 0xAE }) {
		return m[1]
	}
	return ""
}
