package demo

import _ "embed"

// story is what passed between a customer and the company.
type story struct {
	customer customer
	talks    []talk
	had      int // messages of ours that reached the customer before, as of a campaign
}

// talk is one conversation.
type talk struct {
	agent string // who takes it; "": nobody has yet
	turns []turn
	end   ending
}

// ending is where a conversation is left.
type ending int

const (
	goesOn ending = iota // with its agent, or in the queue
	parked
	inWrapUp
	closed
)

// turn is one thing that somebody does.
type turn struct {
	by    author
	text  string
	photo []byte
	place *place
}

type author int

const (
	byCustomer author = iota
	byAgent
	forColleagues // seen by agents only, in the thread
	asNote        // beside the thread
	bySticker     // the customer's
)

type place struct {
	title, address      string
	latitude, longitude float64
}

//go:embed chipped-spout.jpg
var chippedSpout []byte

func says(text string) turn     { return turn{by: byCustomer, text: text} }
func answers(text string) turn  { return turn{by: byAgent, text: text} }
func tells(text string) turn    { return turn{by: forColleagues, text: text} }
func notes(text string) turn    { return turn{by: asNote, text: text} }
func (t turn) ofCustomer() bool { return t.by == byCustomer || t.by == bySticker }
func takes(a string) func(ending, ...turn) talk {
	return func(end ending, turns ...turn) talk { return talk{a, turns, end} }
}

// waits is a conversation that is in its queue.
func waits(turns ...turn) talk { return talk{"", turns, goesOn} }

func stories() []story {
	return append(append(onPhones(), byText()...), onTheWeb()...)
}

// onPhones are those who write on LINE and WhatsApp.
func onPhones() []story {
	return []story{
		{customer: hana(), talks: []talk{
			takes(maya)(closed,
				says("Hello! Is the celadon teapot back in stock?"),
				answers("Hello Hana! Yes, the 0.9 l celadon came in this morning. Shall I put one aside for you?"),
				says("Yes please, I'll buy it tonight."),
				answers("Done. It is reserved under your name for two days."),
				turn{by: bySticker}),
			takes(maya)(goesOn,
				says("Hi again, I've ordered it: 1058. Could you wrap it as a gift?"),
				answers("With pleasure. Would you like a card with it?"),
				says("Yes! Please write: Happy birthday, Mum.")),
		}},
		{customer: somchai(), talks: []talk{takes(tom)(goesOn,
			says("Hello, do you deliver to Chiang Mai?"),
			says("And how long would it take?"),
			answers("We do! It takes about a week, and customs is included."))}},
		{customer: mei(), talks: []talk{takes(ken)(parked,
			says("The lid of my teapot broke. Can I buy just a lid?"),
			answers("Sorry to hear that! Which pot is it, and how wide is the opening?"),
			says("The brick one. I'll measure it when I'm home."),
			answers("No hurry. I'll keep this open for you."))}},
		{customer: lena(), talks: []talk{takes(maya)(goesOn,
			says("Hi, my Night teapot arrived today, but the spout is chipped 😕"),
			turn{by: byCustomer, text: "Here is a photo. Order 1042.", photo: chippedSpout},
			answers("Oh no, I'm sorry, Lena. Thank you for the photo, that makes it easy."),
			tells("Can we send a replacement from Friday's batch?"),
			notes("Second chipped Night pot this month. Asked the packing team to use the double box."),
			answers("A replacement leaves tomorrow, and you don't need to send this one back. Is the address still Lindenstrasse 12?"),
			says("Yes, same address. Thank you so much!"))}},
		{customer: diego(), talks: []talk{waits(
			says("Good morning, I sent my teapot back last week. When will I get my refund?"),
			says("The order number is 1017."))}},
		{customer: amara(), talks: []talk{takes(tom)(closed,
			says("Which tea goes well with the brick pot?"),
			answers("A dark oolong is lovely in clay. Our roasted Tie Guan Yin is the one most people come back for."),
			says("Great, adding it to my basket."))}},
		{customer: jonas(), talks: []talk{takes(sofia)(inWrapUp,
			says("Which pot would you recommend for two people?"),
			answers("For two, the Celadon with 0.9 l. The Night is better for one."),
			says("Celadon it is. Thanks!"))}},
		{customer: elif(), talks: []talk{takes(tom)(goesOn,
			says("Can the courier leave my parcel at my workshop instead? Order 1063"),
			turn{by: byCustomer, place: &place{"Elif's workshop", "Karaköy, Istanbul", 41.0256, 28.9744}},
			answers("Got it. I've changed the address with the courier, you will get a new tracking link."))}},
	}
}

// byText are those who write text messages.
func byText() []story {
	return []story{
		{customer: grace(), talks: []talk{takes(priya)(closed,
			says("Hi, is my order 1039 ready to collect?"),
			answers("Hi Grace, yes! It is at the counter until Saturday, 6 pm."),
			says("Perfect, thanks."))}},
		{customer: oliver(), talks: []talk{waits(
			says("Where is my order 1051? The tracking page has not changed for three days."))}},
		{customer: ruth(), talks: []talk{takes(priya)(goesOn,
			says("Can I move my delivery to next week? Order 1066"),
			answers("Sure, Ruth. Would Tuesday or Thursday suit you?"),
			says("Thursday, please."))}},
		{customer: noah(), talks: []talk{takes(tom)(closed,
			says("Do you sell gift cards?"),
			answers("We do, from 20 to 200 euros, by e-mail or in a tin. Both are at the till of the web shop."),
			says("A tin sounds good. Thank you!"))}},
	}
}

// onTheWeb are those who use the chat of the shop's pages.
func onTheWeb() []story {
	return []story{
		{customer: emma(), talks: []talk{takes(sofia)(closed,
			says("Do you ship to Belgium?"),
			answers("Yes, for 6 euros, and free from 60. It takes two to three days."),
			says("Brilliant, thank you!"))}},
		{customer: ben(), talks: []talk{takes(tom)(closed,
			says("How do I return a teapot that I got as a gift?"),
			answers("Within 30 days and unused. Shall I e-mail you the label?"),
			says("Yes please, to the address I gave."),
			answers("Sent. Have a lovely day!"))}},
		{customer: ada(), talks: []talk{takes(sofia)(goesOn,
			says("I lost the invoice of my last order. Could you send it again?"),
			answers("Of course, Ada. It is on its way to ada@example.com."),
			says("Found it. One more thing: can you add our VAT number?"))}},
	}
}

// toCampaign are those who answer the campaign that has been sent.
func toCampaign() []story {
	return []story{
		{customer: isabel(), had: 1, talks: []talk{waits(says("Yes please, keep 100 g for me!"))}},
		{customer: henrik(), had: 1, talks: []talk{takes(maya)(closed,
			says("Is it the same as last year's?"),
			answers("It is the same garden, picked ten days earlier, so a little greener."),
			says("Sold! I'll take 200 g."))}},
	}
}
