package autotext

import (
	"maps"
	"slices"
)

func keys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// triggers holds the built-in texts: English, Dutch, Finnish, Estonian.
var triggers = []Occasion{
	{Name: Greeting, Audience: ToBoth, Texts: map[string]string{
		"en": "Thank you for your message. We will answer you as soon as we can.",
		"nl": "Bedankt voor uw bericht. We antwoorden u zo snel mogelijk.",
		"fi": "Kiitos viestistäsi. Vastaamme sinulle mahdollisimman pian.",
		"et": "Täname teid sõnumi eest. Vastame teile esimesel võimalusel.",
	}},
	{Name: AgentAssigned, Audience: ToBoth, Texts: map[string]string{
		"en": "Someone will be with you in a moment.",
		"nl": "Er komt zo iemand bij u.",
		"fi": "Asiakaspalvelija on kohta kanssasi.",
		"et": "Klienditeenindaja on kohe teie juures.",
	}},
	{Name: AgentJoined, Audience: ToBoth, Texts: map[string]string{
		"en": "{AgentName} has joined the conversation.",
		"nl": "{AgentName} neemt deel aan het gesprek.",
		"fi": "{AgentName} on liittynyt keskusteluun.",
		"et": "{AgentName} liitus vestlusega.",
	}},
	{Name: AgentDisconnected, Audience: ToBoth, Texts: map[string]string{
		"en": "{AgentName} has lost the connection. Somebody else will be with you soon.",
		"nl": "De verbinding met {AgentName} is verbroken. Er komt zo iemand anders bij u.",
		"fi": "Yhteys käyttäjään {AgentName} katkesi. Joku muu on pian kanssasi.",
		"et": "Ühendus töötajaga {AgentName} katkes. Keegi teine on varsti teie juures.",
	}},
	{Name: ConversationEnded, Audience: ToBoth, Texts: map[string]string{
		"en": "{AgentName} has ended the conversation. Write to us at any time if you need anything else.",
		"nl": "{AgentName} heeft het gesprek beëindigd. Schrijf ons gerust als u nog iets nodig heeft.",
		"fi": "{AgentName} on päättänyt keskustelun. Voit kirjoittaa meille milloin tahansa.",
		"et": "{AgentName} lõpetas vestluse. Kirjutage meile julgelt, kui vajate veel midagi.",
	}},
	{Name: ForceClosed, Audience: ToAgent, On: true, Texts: map[string]string{
		"en": "A supervisor has closed this conversation.",
		"nl": "Een supervisor heeft dit gesprek gesloten.",
		"fi": "Esihenkilö on sulkenut tämän keskustelun.",
		"et": "Juhendaja sulges selle vestluse.",
	}},
	{Name: NobodyThere, Audience: ToBoth, On: true, Texts: map[string]string{
		"en": "Nobody is here at the moment. Write as much as you like: we keep it, answer later, and you can come back at any time.",
		"nl": "Er is op dit moment niemand. Schrijf gerust alles op: wij bewaren het, antwoorden later, en u kunt altijd terugkomen.",
		"fi": "Paikalla ei juuri nyt ole ketään. Kirjoita rauhassa: säilytämme viestisi, vastaamme myöhemmin ja voit palata milloin vain.",
		"et": "Praegu pole kedagi kohal. Kirjutage rahulikult: me hoiame kõik alles, vastame hiljem ja võite igal ajal tagasi tulla.",
	}},
	{Name: CustomerEnded, Audience: ToAgent, On: true, Texts: map[string]string{
		"en": "The customer has ended the chat.",
		"nl": "De klant heeft de chat beëindigd.",
		"fi": "Asiakas on päättänyt keskustelun.",
		"et": "Klient lõpetas vestluse.",
	}},
	{Name: CustomerGone, Audience: ToAgent, On: true, Texts: map[string]string{
		"en": "The customer left and did not return; the chat has ended.",
		"nl": "De klant is weggegaan en niet teruggekomen; de chat is beëindigd.",
		"fi": "Asiakas poistui eikä palannut; keskustelu on päättynyt.",
		"et": "Klient lahkus ega tulnud tagasi; vestlus on lõppenud.",
	}},
	{Name: CustomerHeld, Audience: ToAgent, On: true, Texts: map[string]string{
		"en": "The customer has lost the connection. The chat is held for them for a while.",
		"nl": "De verbinding met de klant is verbroken. De chat blijft nog even open.",
		"fi": "Yhteys asiakkaaseen katkesi. Keskustelu pidetään avoinna vielä hetken.",
		"et": "Ühendus kliendiga katkes. Vestlust hoitakse veel mõnda aega avatuna.",
	}},
	{Name: MessageNotSent, Audience: ToAgent, On: true, Values: []string{"Reason", "Code"}, Texts: map[string]string{
		"en": "The message could not be sent: {Reason} ({Code})",
		"nl": "Het bericht kon niet worden verzonden: {Reason} ({Code})",
		"fi": "Viestiä ei voitu lähettää: {Reason} ({Code})",
		"et": "Sõnumit ei saanud saata: {Reason} ({Code})",
	}},
	{Name: MessageInDoubt, Audience: ToAgent, On: true, Values: []string{"Code"}, Texts: map[string]string{
		"en": "It is not known whether the message was delivered. Ask the customer before you send it again. ({Code})",
		"nl": "Het is niet bekend of het bericht is aangekomen. Vraag het de klant voordat u het opnieuw verzendt. ({Code})",
		"fi": "Ei tiedetä, menikö viesti perille. Kysy asiakkaalta ennen kuin lähetät sen uudelleen. ({Code})",
		"et": "Pole teada, kas sõnum jõudis kohale. Küsige kliendilt, enne kui selle uuesti saadate. ({Code})",
	}},
	{Name: FileNotSent, Audience: ToAgent, On: true, Values: []string{"Reason", "Code"}, Texts: map[string]string{
		"en": "The file could not be sent: {Reason} ({Code})",
		"nl": "Het bestand kon niet worden verzonden: {Reason} ({Code})",
		"fi": "Tiedostoa ei voitu lähettää: {Reason} ({Code})",
		"et": "Faili ei saanud saata: {Reason} ({Code})",
	}},
	{Name: UnsupportedType, Audience: ToAgent, On: true, Texts: map[string]string{
		"en": "The customer sent a message of a kind that cannot be shown here.",
		"nl": "De klant stuurde een soort bericht dat hier niet kan worden getoond.",
		"fi": "Asiakas lähetti viestin, jota ei voida näyttää täällä.",
		"et": "Klient saatis sõnumi, mida siin ei saa kuvada.",
	}},
	{Name: FileTooLarge, Audience: ToBoth, On: true, Values: []string{"MaxSize"}, Texts: map[string]string{
		"en": "The file is too large. Files may have at most {MaxSize}.",
		"nl": "Het bestand is te groot. Bestanden mogen hoogstens {MaxSize} zijn.",
		"fi": "Tiedosto on liian suuri. Tiedoston enimmäiskoko on {MaxSize}.",
		"et": "Fail on liiga suur. Faili suurim lubatud maht on {MaxSize}.",
	}},
	{Name: FileBlocked, Audience: ToBoth, On: true, Values: []string{"FileType"}, Texts: map[string]string{
		"en": "Files of this type ({FileType}) cannot be accepted.",
		"nl": "Bestanden van dit type ({FileType}) kunnen niet worden aangenomen.",
		"fi": "Tämän tyyppisiä tiedostoja ({FileType}) ei voida vastaanottaa.",
		"et": "Seda tüüpi faile ({FileType}) ei saa vastu võtta.",
	}},
	{Name: FilesOff, Audience: ToBoth, On: true, Texts: map[string]string{
		"en": "Files cannot be sent here. Please describe your question in words.",
		"nl": "Hier kunnen geen bestanden worden gestuurd. Omschrijf uw vraag in woorden.",
		"fi": "Tiedostoja ei voi lähettää täällä. Kuvaile asiasi sanallisesti.",
		"et": "Siin ei saa faile saata. Palun kirjeldage oma küsimust sõnadega.",
	}},
	{Name: WindowClosing, Audience: ToAgent, Values: []string{"ClosesAt"}, Texts: map[string]string{
		"en": "The reply window closes soon.",
		"nl": "Het antwoordvenster sluit binnenkort.",
		"fi": "Vastausikkuna sulkeutuu pian.",
		"et": "Vastamisaken sulgub peagi.",
	}},
	{Name: WindowClosed, Audience: ToAgent, On: true, Texts: map[string]string{
		"en": "The reply window has closed. Only approved templates can be sent until the customer writes again.",
		"nl": "Het antwoordvenster is gesloten. Alleen goedgekeurde sjablonen kunnen worden verzonden tot de klant weer schrijft.",
		"fi": "Vastausikkuna on sulkeutunut. Vain hyväksyttyjä malleja voi lähettää, kunnes asiakas kirjoittaa uudelleen.",
		"et": "Vastamisaken on sulgunud. Kuni klient uuesti kirjutab, saab saata ainult heakskiidetud malle.",
	}},
	{Name: OptedOut, Audience: ToAgent, On: true, Texts: map[string]string{
		"en": "The customer no longer wants messages on this channel.",
		"nl": "De klant wil op dit kanaal geen berichten meer.",
		"fi": "Asiakas ei halua enää viestejä tässä kanavassa.",
		"et": "Klient ei soovi selles kanalis enam sõnumeid.",
	}},
	{Name: OutOfHours, Audience: ToBoth, Values: []string{"OpensAt", "Reason"}, Texts: map[string]string{
		"en": "We are closed at the moment. We will be back on {OpensAt} and answer you then.",
		"nl": "We zijn op dit moment gesloten. We zijn weer open op {OpensAt} en antwoorden u dan.",
		"fi": "Olemme juuri nyt suljettu. Palvelemme taas {OpensAt} ja vastaamme sinulle silloin.",
		"et": "Oleme praegu suletud. Oleme taas avatud {OpensAt} ja vastame teile siis.",
	}},
	{Name: Holiday, Audience: ToBoth, Values: []string{"OpensAt", "Reason"}, Texts: map[string]string{
		"en": "We are closed today: {Reason}. We will be back on {OpensAt} and answer you then.",
		"nl": "We zijn vandaag gesloten: {Reason}. We zijn weer open op {OpensAt} en antwoorden u dan.",
		"fi": "Olemme tänään suljettu: {Reason}. Palvelemme taas {OpensAt} ja vastaamme sinulle silloin.",
		"et": "Oleme täna suletud: {Reason}. Oleme taas avatud {OpensAt} ja vastame teile siis.",
	}},
	{Name: Overflowed, Audience: ToBoth, On: true, Texts: map[string]string{
		"en": "All our colleagues are busy, and we cannot take your question now. Please write to us again later.",
		"nl": "Al onze medewerkers zijn bezig en we kunnen uw vraag nu niet aannemen. Schrijf ons later nog eens.",
		"fi": "Kaikki asiakaspalvelijamme ovat varattuja, emmekä voi ottaa kysymystäsi nyt vastaan. Kirjoita meille myöhemmin uudelleen.",
		"et": "Kõik meie töötajad on hõivatud ja me ei saa teie küsimust praegu vastu võtta. Palun kirjutage meile hiljem uuesti.",
	}},
	{Name: CallbackLater, Audience: ToBoth, On: true, Texts: map[string]string{
		"en": "All our colleagues are busy at the moment. You do not need to wait: we will come back to you here.",
		"nl": "Al onze medewerkers zijn op dit moment bezig. U hoeft niet te wachten: we komen hier bij u terug.",
		"fi": "Kaikki asiakaspalvelijamme ovat juuri nyt varattuja. Sinun ei tarvitse odottaa: palaamme asiaan täällä.",
		"et": "Kõik meie töötajad on hetkel hõivatud. Te ei pea ootama: võtame teiega siin ise ühendust.",
	}},
	{Name: RuleApplied, Audience: ToBoth, On: true, Values: []string{"RuleName"}, Texts: map[string]string{}},
}
