package core

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/domain/autotext"
	"switchboard/store/templatedb"
)

const codeTemplateNotApproved = "template_not_approved"

// CheckSendable refuses a text that the channel's provider would not send.
func CheckSendable(x templatedb.TemplateText, caps channel.Caps) error {
	refuse := func(why string) error {
		return httpx.NewProblem(http.StatusConflict, codeTemplateNotApproved, "The template's text in "+x.Language+" cannot be sent: "+why)
	}
	switch {
	case x.Gone():
		return refuse("its provider has it no more.")
	case x.Kind != channel.TemplateText:
		return refuse("it is of the kind " + x.Kind + ", and only text can be sent from here.")
	case !caps.Templates || x.ContentSID != nil && x.Approval == channel.ApprovalApproved:
		return nil
	case x.ContentSID == nil:
		return refuse("on this channel the provider must have approved it, and does not know it.")
	case x.Reason != "":
		return refuse("its approval is " + string(x.Approval) + ". The provider says: " + x.Reason)
	}
	return refuse("its approval is " + string(x.Approval) + ".")
}

// SameValues compares stored values of placeholders with given ones, whose names
// may be spelled in another case.
func SameValues(stored json.RawMessage, given map[string]string) bool {
	var have map[string]string
	return json.Unmarshal(stored, &have) == nil && within(have, given) && within(given, have)
}

func within(some, all map[string]string) bool {
	for name, v := range some {
		if got, ok := autotext.Value(all, name); !ok || got != v {
			return false
		}
	}
	return true
}

// How much may fill a template.
const (
	maxValues = 100
	maxValue  = 1024 // characters
)

// CheckSampleValues wants what may fill a template.
func CheckSampleValues(k *httpx.Checks, field string, values map[string]string) {
	if len(values) > maxValues {
		k.Add(field, fmt.Sprintf("are more than %d", maxValues))
		return
	}
	for _, name := range httpx.SortedKeys(values) {
		if v := values[name]; utf8.RuneCountInString(v) > maxValue || strings.ContainsRune(v, 0) {
			k.Add(field+"."+name, fmt.Sprintf("must have at most %d characters, and no NUL", maxValue))
		}
	}
}
