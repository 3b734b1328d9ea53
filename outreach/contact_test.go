package outreach_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/outreach"
	"switchboard/store/campaigndb"
	"switchboard/store/templatedb"
)

// text is a text of a template; approval "" is one of our own.
func text(language, body string, approval channel.Approval, placeholders ...string) templatedb.TemplateText {
	x := templatedb.TemplateText{Language: language, Text: body, Kind: channel.TemplateText, Approval: approval, Placeholders: placeholders}
	if approval != "" {
		sid := "HX" + language
		x.ContentSID = &sid
	}
	return x
}

func sent(byDefault string, texts ...templatedb.TemplateText) campaigndb.Content {
	return campaigndb.Content{Channel: "line", Wordings: []campaigndb.Wording{{Default: byDefault, Texts: texts}}}
}

// Each language is approved separately: what is not approved is not there.
func TestSeed_D1_EachLanguageIsApprovedByItself(t *testing.T) {
	t.Parallel()
	const yes, no = channel.ApprovalApproved, channel.ApprovalPending
	for name, c := range map[string]struct {
		frozen campaigndb.Content
		locale string
		want   string // the language; "": refused
	}{
		"its own":                         {sent("fi", text("fi", "a", yes), text("et", "b", yes)), "et", "et"},
		"own pending, default approved":   {sent("fi", text("fi", "a", yes), text("et", "b", no)), "et", "fi"},
		"default pending, own approved":   {sent("et", text("fi", "a", yes), text("et", "b", no)), "fi", "fi"},
		"default pending, no language":    {sent("et", text("fi", "a", yes), text("et", "b", no)), "", ""},
		"both pending, another approved":  {sent("et", text("et", "a", no), text("fi", "b", no), text("en", "c", yes)), "fi", ""},
		"region pending, its language ok": {sent("fi", text("fi", "a", yes), text("nl-BE", "b", no), text("nl", "c", yes)), "nl-BE", "nl"},
		"rejected":                        {sent("fi", text("fi", "a", yes), text("et", "b", channel.ApprovalRejected)), "et", "fi"},
		"paused":                          {sent("fi", text("fi", "a", yes), text("et", "b", channel.ApprovalPaused)), "et", "fi"},
		"disabled":                        {sent("fi", text("fi", "a", yes), text("et", "b", channel.ApprovalDisabled)), "et", "fi"},
		"never asked for":                 {sent("fi", text("fi", "a", yes), text("et", "b", channel.ApprovalNone)), "et", "fi"},
		"our own need none":               {sent("fi", text("fi", "a", ""), text("et", "b", "")), "et", "et"},
	} {
		x, _, code := c.frozen.Render(0, c.locale, nil)
		require.Equal(t, c.want, x.Language, name)
		refused, reason := outreach.Wordable(c.frozen, campaigndb.Recipient{Language: c.locale})
		require.Equal(t, code, refused, name)
		if c.want == "" {
			require.Equal(t, "template_not_approved", code, name)
			require.Contains(t, reason, "approved", name)
		}
	}
}

// A text of our own is none that WhatsApp approved; elsewhere it needs no approval.
func TestSeed_D1_TextsOfOurOwn(t *testing.T) {
	t.Parallel()
	for ch, want := range map[string]string{"line": "", "sms": "", "whatsapp": "template_not_approved"} {
		f := sent("en", text("en", "Hi", ""))
		f.Channel = ch
		code, _ := outreach.Wordable(f, campaigndb.Recipient{})
		require.Equal(t, want, code, ch)
	}
}

func TestSeed_D6_ValuesByNameInAnyCase(t *testing.T) {
	t.Parallel()
	f := sent("en", text("en", "Hi {{CustomerName}}, {{casename}}", channel.ApprovalApproved, "CustomerName", "casename"))
	x, values, code := f.Render(0, "en", map[string]string{"customername": "Ada", "CaseName": "4711", "other": "x"})
	require.Empty(t, code)
	require.Equal(t, map[string]string{"CustomerName": "Ada", "casename": "4711"}, values, "the provider knows the template's names")
	require.Equal(t, "Hi Ada, 4711", x.Fill(values))

	_, _, results := outreach.Sort(f, uuid.Nil, "", contacts(t, `[
		{"tocontactid": "U1", "optin": true, "contextitems": {"CUSTOMERNAME": "Ada", "CaseName": "1"}},
		{"tocontactid": "U2", "optin": true, "contextitems": {"customername": "Ada", "CustomerName": "Ben", "CaseName": "1"}},
		{"tocontactid": "U3", "optin": true, "contextitems": {"customer_name": "Ada", "CaseName": "1"}}]`))
	require.Equal(t, "accepted", results[0].Status)
	require.Contains(t, results[1].Reason, "given twice")
	require.Equal(t, "has no value for CustomerName", results[2].Reason)
}

func TestSeed_D18_ValuesThatFitNoText(t *testing.T) {
	t.Parallel()
	own := sent("en", text("en", "Hi {Name}", "", "Name"))
	kept := sent("en", text("en", "Hi {{Name}}", channel.ApprovalApproved, "Name"))
	for value, want := range map[string][2]string{ // of our own text, and of one that the provider fills
		"Ada":        {"", ""},
		"":           {"missing_placeholder", "missing_placeholder"},
		"  \t":       {"missing_placeholder", "missing_placeholder"},
		"\u00a0":     {"missing_placeholder", "missing_placeholder"},
		"a\nb":       {"", "invalid_value"},
		"a\rb":       {"", "invalid_value"},
		"a\tb":       {"", "invalid_value"},
		"a\u2028b":   {"", "invalid_value"},
		"a    b":     {"", "invalid_value"},
		"a   b":      {"", ""},
		"last line.": {"", ""},
	} {
		for i, f := range []campaigndb.Content{own, kept} {
			code, reason := outreach.Wordable(f, campaigndb.Recipient{Values: map[string]string{"name": value}})
			require.Equal(t, want[i], code, "%q, %d", value, i)
			require.Equal(t, code != "", strings.Contains(reason, "Name"), "%q names the placeholder: %s", value, reason)
		}
	}
}

func contacts(t *testing.T, body string) (list []outreach.Contact) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(body), &list))
	return list
}

// A contact of a wrong form is refused alone, and told by its place in the list.
func TestSeed_D19_OneContactOfAWrongForm(t *testing.T) {
	t.Parallel()
	conf := uuid.New()
	body := `[
		{"tocontactid": "U1", "optin": true, "msdyn_ocoutboundconfigurationid": "` + strings.ToUpper(conf.String()) + `"},
		{"tocontactid": "U2", "optin": "true"},
		{"tocontactid": "U3", "optin": true, "contextitems": {"CaseName": 5}},
		{"tocontactid": "U4", "optin": true, "msdyn_ocoutboundconfigurationid": "` + uuid.NewString() + `"},
		{"tocontactid": "U5", "optin": true, "color": "red"},
		{"tocontactid": 6, "optin": true},
		"U7", null, [],
		{"tocontactid": "U8", "optin": true, "contextitems": null}]`
	list := contacts(t, body)
	_, at, results := outreach.Sort(sent("en", text("en", "Hi", "")), conf, "", list)
	require.Equal(t, []int{0, 9}, at)
	for i, want := range []string{
		"", "optin must not be a JSON string", "contextitems", "msdyn_ocoutboundconfigurationid must be", "color is not known",
		"tocontactid must not be a JSON number", "must be a JSON object", "must be a JSON object", "must be a JSON object",
	} {
		require.Contains(t, results[i].Reason, want, i)
		if want != "" {
			require.Equal(t, "invalid", results[i].Code, i)
		}
	}
	require.Equal(t, "U2", results[1].To)

	same, err := json.Marshal(list)
	require.NoError(t, err)
	again, err := json.Marshal(contacts(t, body))
	require.NoError(t, err)
	require.Equal(t, same, again)
	require.Contains(t, string(same), `"color":"red"`, "what is refused tells requests apart, too")
}

// Consent in doubt is none.
func TestSeed_D20_OptInsThatContradict(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`"optin": true`: "accepted", `"option": true`: "accepted", `"optin": true, "option": true`: "accepted",
		`"optin": true, "option": null`:  "accepted",
		`"optin": true, "option": false`: "refused", `"optin": false, "option": true`: "refused",
		`"optin": false`: "refused", `"option": false`: "refused",
		`"optin": null`: "refused", `"locale": "en"`: "refused",
	} {
		_, _, results := outreach.Sort(sent("en", text("en", "Hi", "")), uuid.Nil, "", contacts(t, `[{"tocontactid": "U1", `+body+`}]`))
		require.Equal(t, want, results[0].Status, body)
		if want == "refused" {
			require.Equal(t, "no_consent", results[0].Code, body)
		}
	}
}
