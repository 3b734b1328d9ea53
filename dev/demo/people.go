package demo

// channel is where a customer writes.
type channel string

const (
	onLINE     channel = "line"
	onWhatsApp channel = "whatsapp"
	onSMS      channel = "sms"
	onLive     channel = "live"       // the shop's web chat
	onAccount  channel = "persistent" // the web chat of those who signed in
)

// customer is somebody who writes to the company. Numbers are of the ranges that
// regulators keep free for films.
type customer struct {
	name    string
	on      channel
	number  string // LINE user id, phone number, or the name with which they sign in at the shop
	email   string
	unknown bool // nobody has noted yet who it is
}

func lineUser(tail string) string { return "U00000000000000000000000000000" + tail }

func hana() customer {
	return customer{name: "Hana Sato", on: onLINE, number: lineUser("a01"), email: "hana@example.com"}
}

func somchai() customer {
	return customer{name: "Somchai Prasert", on: onLINE, number: lineUser("a02"), unknown: true}
}

func mei() customer {
	return customer{name: "Mei Tanaka", on: onLINE, number: lineUser("a03"), email: "mei@example.com"}
}

func lena() customer {
	return customer{name: "Lena Fischer", on: onWhatsApp, number: "+447700900901", email: "lena@example.com"}
}

func diego() customer {
	return customer{name: "Diego Álvarez", on: onWhatsApp, number: "+447700900902", email: "diego@example.com"}
}

func amara() customer {
	return customer{name: "Amara Nwosu", on: onWhatsApp, number: "+447700900903", email: "amara@example.com"}
}

func jonas() customer {
	return customer{name: "Jonas Weber", on: onWhatsApp, number: "+447700900904", email: "jonas@example.com"}
}

func elif() customer {
	return customer{name: "Elif Demir", on: onWhatsApp, number: "+447700900905", email: "elif@example.com"}
}

func grace() customer {
	return customer{name: "Grace Murphy", on: onSMS, number: "+447700900801", email: "grace@example.com"}
}

func oliver() customer {
	return customer{name: "Oliver Brown", on: onSMS, number: "+447700900802", unknown: true}
}

func ruth() customer {
	return customer{name: "Ruth Adler", on: onSMS, number: "+447700900803", email: "ruth@example.com"}
}

func noah() customer {
	return customer{name: "Noah Kim", on: onSMS, number: "+447700900804", email: "noah@example.com"}
}

func emma() customer {
	return customer{name: "Emma Laurent", on: onLive, number: "emma", email: "emma@example.com"}
}

func ben() customer {
	return customer{name: "Ben Carter", on: onLive, number: "ben", email: "ben@example.com"}
}

func ada() customer {
	return customer{name: "Ada Verhoeven", on: onAccount, number: "ada", email: "ada@example.com"}
}

// Those who answer the campaign.

func isabel() customer {
	return customer{name: "Isabel Costa", on: onWhatsApp, number: teaFriend(0), email: "isabel@example.com"}
}

func henrik() customer {
	return customer{name: "Henrik Dahl", on: onWhatsApp, number: teaFriend(1), email: "henrik@example.com"}
}

func carla() customer {
	return customer{name: "Carla Rossi", on: onWhatsApp, number: teaFriend(2)}
}
