package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/schema"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
	"switchboard/store/templatedb"
)

func TestTemplates_CreateReadChangeDelete(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	made, err := db.Template.CreateTemplate(ctx, auditdb.Actor{}, templatedb.Template{Name: "Hello", Channel: "sms", DefaultLanguage: "en",
		Texts: []templatedb.TemplateText{{Language: "en", Text: "Hello {Name}, {Name} {Case}"}}})
	require.NoError(t, err)
	require.False(t, made.Account.Valid)
	require.Equal(t, []string{"Name", "Case"}, made.Texts[0].Placeholders)
	require.Equal(t, channel.ApprovalNone, made.Texts[0].Approval)

	var conflict *pg.Conflict
	_, err = db.Template.CreateTemplate(ctx, auditdb.Actor{}, templatedb.Template{Name: "Hello", Channel: "sms", DefaultLanguage: "en"})
	require.ErrorAs(t, err, &conflict, "one name on one channel, also without an account")
	_, err = db.Template.CreateTemplate(ctx, auditdb.Actor{}, templatedb.Template{Name: "Hello", Channel: "line", DefaultLanguage: "en"})
	require.NoError(t, err)

	x, err := db.Template.PutTemplateText(ctx, auditdb.Actor{}, made.ID, "nl-BE", "Dag {Name}")
	require.NoError(t, err)
	require.Equal(t, "Dag {Name}", x.Text)
	_, err = db.Template.PutTemplateText(ctx, auditdb.Actor{}, made.ID, "nl-BE", "Hallo {Name}")
	require.NoError(t, err)
	changed, err := db.Template.ChangeTemplate(ctx, auditdb.Actor{}, made.ID, func(t *templatedb.Template) error { t.Name = "Hi"; return nil })
	require.NoError(t, err)
	read, err := db.Template.TemplateByID(ctx, made.ID)
	require.NoError(t, err)
	require.Equal(t, changed, read)
	require.Len(t, read.Texts, 2)
	require.Equal(t, "Hallo {Name}", read.Texts[1].Text)

	for _, wanted := range []struct {
		languages []string
		got       string
	}{{nil, "en"}, {[]string{"nl"}, "nl-BE"}, {[]string{"ja", "nl_be"}, "nl-BE"}, {[]string{"ja"}, "en"}, {[]string{"en-US"}, "en"}} {
		_, x, err := db.Template.ResolveTemplate(ctx, made.ID, wanted.languages)
		require.NoError(t, err)
		require.Equal(t, wanted.got, x.Language, wanted.languages)
	}
	require.NoError(t, db.Template.DeleteTemplateText(ctx, auditdb.Actor{}, made.ID, "en"))
	require.ErrorIs(t, db.Template.DeleteTemplateText(ctx, auditdb.Actor{}, made.ID, "en"), pg.ErrNotFound)
	_, _, err = db.Template.ResolveTemplate(ctx, made.ID, []string{"ja"})
	require.ErrorAs(t, err, &conflict, "no text in the default language")

	require.NoError(t, db.Template.DeleteTemplate(ctx, auditdb.Actor{}, made.ID))
	require.ErrorIs(t, db.Template.DeleteTemplate(ctx, auditdb.Actor{}, made.ID), pg.ErrNotFound)
	_, err = db.Template.PutTemplateText(ctx, auditdb.Actor{}, made.ID, "en", "x")
	require.ErrorIs(t, err, pg.ErrNotFound)
	_, err = db.Template.TemplateByID(ctx, made.ID)
	require.ErrorIs(t, err, pg.ErrNotFound)

	entries, err := db.Audit.Audit(ctx, auditdb.AuditFilter{ObjectType: auditdb.AuditTemplate, ObjectID: made.ID.String(), Limit: 50})
	require.NoError(t, err)
	require.Len(t, entries, 6)
	require.Equal(t, "delete", entries[0].Action)
	require.JSONEq(t, `{"texts.nl-BE": {"from": "Dag {Name}", "to": "Hallo {Name}"}}`, string(entries[3].Changes))
}

func TestTemplates_ListByChannelInPages(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	for _, ch := range []string{"sms", "line", "sms", "whatsapp", "sms"} {
		_, err := db.Template.CreateTemplate(ctx, auditdb.Actor{}, templatedb.Template{Name: uuid.NewString(), Channel: ch, DefaultLanguage: "en",
			Texts: []templatedb.TemplateText{{Language: "en", Text: "on " + ch}}})
		require.NoError(t, err)
	}
	for ch, want := range map[string]int{"sms": 3, "line": 1, "": 5, "fax": 0} {
		n, page := 0, auditdb.Page{Limit: 2}
		for {
			list, err := db.Template.Templates(ctx, ch, page)
			require.NoError(t, err)
			for _, x := range list {
				require.True(t, ch == "" || x.Channel == ch)
				require.Equal(t, "on "+x.Channel, x.Texts[0].Text)
			}
			if n += len(list); len(list) < page.Limit {
				break
			}
			last := list[len(list)-1]
			page.After = auditdb.Cursor{At: last.CreatedAt, ID: last.ID}
		}
		require.Equal(t, want, n, ch)
	}
}

func provided(sid, name, language, text string, approval channel.Approval) channel.ProviderTemplate {
	return channel.ProviderTemplate{ContentSID: sid, Channel: "whatsapp", Name: name, Language: language, Kind: channel.TemplateText,
		Text: text, Variables: map[string]string{"1": "Ada"}, Approval: approval}
}

func TestTemplates_Sync(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	list := []channel.ProviderTemplate{
		provided("HX1", "order", "en_US", "Order {{1}}", channel.ApprovalApproved),
		provided("HX2", "order", "nl", "Bestelling {{1}}", channel.ApprovalPending),
		provided("HX3", "hello", "de", "Hallo {{1}}", channel.ApprovalApproved),
		provided("HX0", "hello", "de", "Hallo?", channel.ApprovalRejected), // twice in one language: the approved one
		provided("HX4", "odd", "?", "?\x00", channel.ApprovalNone),
	}
	sync := func(list []channel.ProviderTemplate, want templatedb.Synced) []templatedb.Template {
		t.Helper()
		got, err := db.Template.SyncTemplates(ctx, auditdb.Actor{}, site.Account, list)
		require.NoError(t, err)
		require.Equal(t, want, got)
		all, err := db.Template.Templates(ctx, "whatsapp", auditdb.Page{Limit: 50})
		require.NoError(t, err)
		out := make([]templatedb.Template, 3)
		for _, x := range all {
			out[map[string]int{"hello": 0, "odd": 1, "order": 2}[*x.ProviderName]] = x
		}
		return out
	}
	all := sync(list, templatedb.Synced{Added: 4})
	hello, odd, order := all[0], all[1], all[2]
	require.Equal(t, "und", odd.Texts[0].Language)
	require.Equal(t, "HX3", *hello.Texts[0].ContentSID)
	require.Equal(t, "de", hello.DefaultLanguage)
	require.Equal(t, "en-US", order.DefaultLanguage)
	require.JSONEq(t, `{"1": "Ada"}`, string(order.Texts[0].Variables))
	first := order.Texts[0].SyncedAt

	// A repeat changes nothing but when it was; names given here stay.
	_, err := db.Template.ChangeTemplate(ctx, auditdb.Actor{}, order.ID, func(t *templatedb.Template) error {
		t.Name, t.DefaultLanguage = "hello again", "nl"
		return nil
	})
	require.NoError(t, err)
	order = sync(list, templatedb.Synced{Unchanged: 4})[2]
	require.Equal(t, "hello again", order.Name)
	require.Equal(t, "nl", order.DefaultLanguage)
	require.Greater(t, *order.Texts[0].SyncedAt, *first)

	// What was approved changes; what the provider has no more is gone, and can come back.
	list[1].Approval, list[1].Text = channel.ApprovalApproved, "Uw bestelling {{1}}"
	order = sync(list[1:2], templatedb.Synced{Changed: 1, Gone: 3})[2]
	require.True(t, order.Texts[0].Gone())
	require.Equal(t, channel.ApprovalApproved, order.Texts[1].Approval)
	require.Equal(t, "Uw bestelling {{1}}", order.Texts[1].Text)
	sync(nil, templatedb.Synced{Gone: 1})
	require.False(t, sync(list, templatedb.Synced{Changed: 4})[2].Texts[0].Gone())

	_, err = db.Template.SyncTemplates(ctx, auditdb.Actor{}, uuid.New(), list)
	require.ErrorIs(t, err, pg.ErrNotFound)
	entries, err := db.Audit.Audit(ctx, auditdb.AuditFilter{ObjectType: auditdb.AuditAccount, Limit: 1})
	require.NoError(t, err)
	require.Equal(t, "sync", entries[0].Action)
}

func TestTemplates_SyncBesideNamesThatAreTaken(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	_, err := db.Template.SyncTemplates(ctx, auditdb.Actor{}, site.Account, []channel.ProviderTemplate{provided("HX1", "one", "en", "1", channel.ApprovalApproved)})
	require.NoError(t, err)
	list, err := db.Template.Templates(ctx, "", auditdb.Page{Limit: 5})
	require.NoError(t, err)
	_, err = db.Template.ChangeTemplate(ctx, auditdb.Actor{}, list[0].ID, func(t *templatedb.Template) error { t.Name = "two"; return nil })
	require.NoError(t, err)
	_, err = db.Template.SyncTemplates(ctx, auditdb.Actor{}, site.Account, []channel.ProviderTemplate{provided("HX2", "two", "en", "2", channel.ApprovalApproved)})
	require.NoError(t, err)
	list, err = db.Template.Templates(ctx, "", auditdb.Page{Limit: 5})
	require.NoError(t, err)
	require.Equal(t, "two HX2", list[1].Name)

	// A provider's texts are changed there; what is gone may be cleared away.
	var conflict *pg.Conflict
	_, err = db.Template.PutTemplateText(ctx, auditdb.Actor{}, list[1].ID, "en", "x")
	require.ErrorAs(t, err, &conflict)
	require.ErrorAs(t, db.Template.DeleteTemplateText(ctx, auditdb.Actor{}, list[1].ID, "en"), &conflict)
	require.NoError(t, db.Template.DeleteTemplateText(ctx, auditdb.Actor{}, list[0].ID, "en"))

	require.NoError(t, db.Config.DeleteAccount(ctx, auditdb.Actor{}, site.Account))
	list, err = db.Template.Templates(ctx, "whatsapp", auditdb.Page{Limit: 5})
	require.NoError(t, err)
	require.Empty(t, list, "its account is deleted")
}

func TestQueueMessage_WithTemplate(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 3)[0]
	conv := db.Waiting(t, site, 1)[0]
	db.SQL.MustExec(`UPDATE conversation SET state = 'active', agent_id = $2, accepted_at = now() WHERE id = $1`, conv, agent)
	_, err := db.Template.SyncTemplates(ctx, auditdb.Actor{}, site.Account, []channel.ProviderTemplate{provided("HX1", "one", "en", "Hi {{1}}", channel.ApprovalApproved)})
	require.NoError(t, err)
	list, err := db.Template.Templates(ctx, "", auditdb.Page{Limit: 5})
	require.NoError(t, err)

	sent := &templatedb.SentTemplate{ID: list[0].ID, ContentSID: "HX1", Variables: map[string]string{"1": "Ada\x00"}}
	q, err := db.Campaign.QueueMessage(ctx, campaigndb.NewOutbound{Conversation: conv, Agent: agent, Key: "1", Text: "Hi Ada", Template: sent})
	require.NoError(t, err)
	m, err := db.Message.MessageByID(ctx, q.MessageID)
	require.NoError(t, err)
	require.Equal(t, list[0].ID, m.Template.UUID)
	out, err := db.Message.NextToSend(ctx, conv, q.Seq)
	require.NoError(t, err)
	require.Equal(t, &channel.Template{ContentSID: "HX1", Variables: map[string]string{"1": "Ada\uFFFD"}}, out.Template)
	require.Equal(t, "Hi Ada", out.Text)
	require.NoError(t, db.Message.MessageSent(ctx, out.ID, []string{"SM1"}))

	// One of our own has nothing that the provider knows.
	q, err = db.Campaign.QueueMessage(ctx, campaigndb.NewOutbound{Conversation: conv, Agent: agent, Key: "2", Text: "Hi", Template: &templatedb.SentTemplate{ID: list[0].ID}})
	require.NoError(t, err)
	out, err = db.Message.NextToSend(ctx, conv, q.Seq)
	require.NoError(t, err)
	require.Nil(t, out.Template)

	var invalid *pg.Invalid
	_, err = db.Campaign.QueueMessage(ctx, campaigndb.NewOutbound{Conversation: conv, Agent: agent, Key: "3", Text: "Hi", Template: &templatedb.SentTemplate{ID: uuid.New()}})
	require.ErrorAs(t, err, &invalid)

	// The message outlives its template.
	require.NoError(t, db.Template.DeleteTemplate(ctx, auditdb.Actor{}, list[0].ID))
	m, err = db.Message.MessageByID(ctx, m.ID)
	require.NoError(t, err)
	require.False(t, m.Template.Valid)
	var values map[string]string
	require.NoError(t, json.Unmarshal(*m.Variables, &values))
	require.Equal(t, map[string]string{"1": "Ada\uFFFD"}, values)
	require.WithinDuration(t, time.Now(), m.CreatedAt, time.Minute)
}

// The migration can be taken back, and applied again to what is there.
func TestTemplates_MigrationGoesDownAndUp(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	p, err := goose.NewProvider(goose.DialectPostgres, db.SQL.DB, schema.Migrations)
	require.NoError(t, err)
	_, err = p.DownTo(ctx, 4)
	require.NoError(t, err)
	var left bool
	require.NoError(t, db.SQL.Get(&left, `SELECT to_regclass('message_template') IS NOT NULL`))
	require.False(t, left)
	_, err = p.Up(ctx)
	require.NoError(t, err)
	_, err = db.Template.Templates(ctx, "", auditdb.Page{Limit: 1})
	require.NoError(t, err)
}

// What a campaign was started with is not sent any more once its provider took the
// approval back; what is approved later stays left out.
func TestSeed_D1_ApprovalsOfACampaignThatRuns(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	texts := func(en, nl, fi channel.Approval) {
		_, err := db.Template.SyncTemplates(ctx, auditdb.Actor{}, site.Account, []channel.ProviderTemplate{
			provided("HX1", "order", "en", "Order", en),
			provided("HX2", "order", "nl", "Bestelling", nl), provided("HX3", "order", "fi", "Tilaus", fi)})
		require.NoError(t, err)
	}
	texts(channel.ApprovalApproved, channel.ApprovalApproved, channel.ApprovalPending)
	var conf uuid.UUID
	require.NoError(t, db.SQL.Get(&conf, `INSERT INTO outbound_configuration (name, channel, address_id, template_id)
		SELECT 'x', 'whatsapp', $1, id FROM message_template RETURNING id`, site.Address))
	f, err := db.Campaign.SnapshotContent(ctx, campaigndb.Campaign{Configuration: conf})
	require.NoError(t, err)
	sentIn := func(want ...string) {
		t.Helper()
		require.NoError(t, db.Campaign.ReadApprovals(ctx, &f))
		for i, asked := range []string{"en", "nl", "fi"} {
			x, _ := f.Wordings[0].Choose(asked)
			require.Equal(t, want[i], x.Language, asked)
		}
	}
	sentIn("en", "nl", "en")
	texts(channel.ApprovalApproved, channel.ApprovalPaused, channel.ApprovalApproved)
	sentIn("en", "en", "en")
}
