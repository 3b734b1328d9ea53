package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestField_F08_ContactsPhonesAsPeopleWriteThem(t *testing.T) {
	b := setup(t)
	for raw, want := range map[string]string{
		"+44 (0)20 7946 0018": "+442079460018", "+49 (0)30 123456": "+4930123456", "\u202a+1 415-555-0118\u202c": "+14155550118",
		"'+14155550119":    "+14155550119",
		"tel:+14155550120": "+14155550120", "＋14155550121": "+14155550121", "+52 1 55 1234 5678": "+525512345678",
	} {
		made := b.post("/v1/contacts", b.agent, obj{"name": "N", "phone": raw}).is(201)
		require.Equal(t, want, made.str("phone"), raw)
		found := b.post("/v1/contacts/identify", b.agent, obj{"phone": raw}).is(200)
		require.Equal(t, made.str("id"), found.str("contact.id"), raw)
	}
	b.post("/v1/contacts", b.agent, obj{"name": "N", "phone": "4.47911E+11"}).problem(422, "invalid")
}

// What cannot be used of a list is told with its line and column, and the rest is listed.
func TestField_F18_ListsSayWhatToChange(t *testing.T) {
	b := setup(t)
	tpl := b.post("/v1/templates", b.admin, obj{"name": "t", "channel": "whatsapp", "default_language": "en",
		"text": "Hello {Name}"}).is(201).str("id")
	var address string
	require.NoError(t, b.db.SQL.Get(&address,
		`INSERT INTO address (account_id, channel, address, workstream_id) VALUES ($1, 'whatsapp', '+14155550000', $2) RETURNING id`,
		b.site.Account, b.site.Workstream))
	conf := b.post("/v1/outbound-configurations", b.admin, obj{"name": "c", "address_id": address, "template_id": tpl}).is(201).str("id")
	path := "/v1/campaigns/" + b.post("/v1/campaigns", b.super, obj{"name": "C", "configuration_id": conf}).is(201).str("id") + "/recipients"
	got := b.csv(path+"?optin=true", "sep=;\nName;phone\nAda;'+14155550117\nBen;4.47911E+11\nCas;\u202a+1 415 555 0118\u202c\nDan;555-0127\nEve;\n").is(200)
	require.InDelta(t, 2, got.get("added"), 0)
	require.Equal(t, "invalid_address", got.get("errors.0.code"))
	require.InDelta(t, 4, got.get("errors.0.line"), 0)
	require.Contains(t, got.get("errors.0.reason"), "column 2 was shortened by a spreadsheet")
	require.Contains(t, got.get("errors.1.reason"), "column 2 has no country code")
	b.patch("/v1/outbound-settings", b.admin, obj{"region": "QQ"}).problem(422, "invalid")
	b.patch("/v1/outbound-settings", b.admin, obj{"region": "US"}).is(200)
	require.Contains(t, b.csv(path+"?optin=true", "phone,Name\n555-0127,Dan\n").is(200).get("errors.0.reason"), "column 1 has no area code")
	refused := b.csv(path, "name,phone,mobile\nAnn,+14155550113,\n").problem(422, "invalid")
	require.Contains(t, refused.get("errors.0.reason"), "column 2 (phone) and column 3 (mobile)")
}

// Who says in the survey who they are is the one contact that all of it fits.
func TestSeed_D9_PreChatAnswersIdentify(t *testing.T) {
	c := setupChat(t, "live")
	ann := c.contact(obj{"name": "Pre Chat", "email": "pre@example.com", "phone": "+3725123456"})
	c.contact(obj{"name": "Twin", "email": "twin@example.com"})
	c.contact(obj{"name": "Twin", "email": "twin@example.com"})
	label := func(s string) obj { return obj{"en": s} }
	name := obj{"name": "who", "type": "text", "meaning": "name", "label": label("Name")}
	email := obj{"name": "mail", "type": "text", "check": "email", "label": label("E-mail")}
	phone := obj{"name": "tel", "type": "text", "check": "phone", "label": label("Phone")}
	for _, x := range []struct {
		ask     []obj
		answers obj
		want    string
	}{
		{[]obj{name, email, phone}, obj{"who": "Pre Chat", "mail": "pre@example.com", "tel": "+3725123456"}, ann},
		{[]obj{name, email, phone}, obj{"who": " Pre  Chat ", "mail": "PRE@example.com", "tel": "+372 512 3456"}, ann},
		{[]obj{name, email, phone}, obj{"who": "Other", "mail": "pre@example.com", "tel": "+3725123456"}, ""},
		{[]obj{name, email, phone}, obj{"who": "Pre Chat", "mail": "pre@example.com", "tel": "+3725123457"}, ""},
		{[]obj{name, email, phone}, obj{"who": "Pre Chat", "mail": "pre@example.com"}, ""},
		{[]obj{name, email}, obj{"who": "Pre Chat", "mail": "pre@example.com"}, ann},
		{[]obj{phone}, obj{"tel": "+3725123456"}, ann},
		{[]obj{name}, obj{"who": "Pre Chat"}, ""},
		{[]obj{name, email}, obj{"who": "Twin", "mail": "twin@example.com"}, ""},
	} {
		c.makeWidget(obj{"pre_chat": x.ask})
		token := c.start(obj{"answers": x.answers})
		require.NotEmpty(t, token)
		var got *string
		require.NoError(t, c.db.SQL.Get(&got, `SELECT p.contact_id::text FROM visitor v JOIN contact_point p ON p.id = v.contact_point_id
			JOIN conversation c ON c.contact_point_id = p.id WHERE v.widget_id = $1`, c.widget))
		if x.want == "" {
			require.Nil(t, got, x.answers)
			continue
		}
		require.NotNil(t, got, x.answers)
		require.Equal(t, x.want, *got, x.answers)
	}
	require.Equal(t, 4, c.count(`SELECT count(*) FROM audit WHERE action = 'link' AND object_id = $1 AND strpos(changes::text, 'pre_chat') > 0`, ann))
}

func TestField_F16_DownloadsHaveShortNames(t *testing.T) {
	b := setup(t)
	conv := b.active()
	id := b.upload(conv, b.agent, "application/pdf", []byte("%PDF-1.4\n")).is(201).str("id")
	for _, name := range []string{strings.Repeat("請求書", 300) + ".pdf", "photo\u202egnp.exe"} { // as providers' names were stored
		b.db.SQL.MustExec(`UPDATE attachment SET name = $2 WHERE id = $1`, id, name)
		header := b.get("/v1/attachments/"+id, b.agent).is(200).Header().Get("Content-Disposition")
		require.Less(t, len(header), 2048)
		require.NotContains(t, header, "%E2%80%AE")
	}
}
