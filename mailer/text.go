package mailer

import (
	"strings"
	"unicode"

	"switchboard/store/identitydb"
)

// text is an e-mail without its addresses.
type text struct{ subject, body string }

func compose(kind, name, link string) text {
	name = strings.Join(strings.FieldsFunc(name, unicode.IsControl), " ")
	if kind == identitydb.Invitation {
		return text{"Your Switchboard account", "Hello " + name + ",\n\n" +
			"You have been added to Switchboard. Open this link to choose your password and sign in:\n\n" + link + "\n\n" +
			"The link works once and expires in 7 days. If you did not expect this message, ignore it.\n"}
	}
	return text{"Reset your Switchboard password", "Hello " + name + ",\n\n" +
		"Open this link to choose a new password for Switchboard:\n\n" + link + "\n\n" +
		"The link works once and expires in 1 hour. If you did not ask for it, ignore this message: your password stays as it is.\n"}
}
