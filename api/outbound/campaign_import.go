package outbound

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/campaign"
	"switchboard/domain/recipient"
	"switchboard/outreach"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
)

const (
	importLimit = 1 << 30 // bytes of a file
	importFor   = 30 * time.Minute
	importBatch = 2000 // recipients stored at once
)

// importer stores a list of recipients while it is read.
type importer struct {
	s       *Server
	by      auditdb.Actor
	row     campaigndb.Campaign
	channel string
	region  string
	optIn   bool // of rows that do not say
	batch   []campaigndb.Recipient
	out     addedView
	zones   map[string]bool
}

// importRecipients reads a CSV file of any length, a few lines at a time. Lines
// that cannot be used are told by their number; the others are listed. With
// ?optin=true the sender says that everybody in the file has agreed.
func (s *Server) importRecipients(c echo.Context, row campaigndb.Campaign, charset string) error {
	if row.State != campaign.Draft {
		return campaigndb.ErrStarted
	}
	rc := http.NewResponseController(c.Response())
	_ = rc.SetReadDeadline(time.Now().Add(importFor)) // a writer without deadlines, as in tests, has none to move
	_ = rc.SetWriteDeadline(time.Now().Add(importFor))
	ctx := c.Request().Context()
	settings, err := s.Store.Campaign.OutboundSettings(ctx)
	if err != nil {
		return err
	}
	conf, err := s.Store.Campaign.OutboundConfigurationByID(ctx, row.Configuration)
	if err != nil {
		return err
	}
	in, err := recipient.NewReader(http.MaxBytesReader(c.Response(), c.Request().Body, importLimit), charset)
	if err != nil {
		return listProblem(err)
	}
	imp := &importer{s: s, by: core.IdentityOf(c).Actor(), row: row, channel: conf.Channel, region: settings.Region,
		optIn: c.QueryParam("optin") == "true", out: addedView{Errors: []lineError{}}, zones: map[string]bool{}}
	if err := imp.read(ctx, in); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, imp.out)
}

// listProblem is the refusal of a list that cannot be read.
func listProblem(err error) error {
	var list *recipient.ListError
	if errors.As(err, &list) {
		return httpx.Invalid(httpx.FieldError{Field: "(body)", Reason: list.Reason})
	}
	return err
}

func (i *importer) read(ctx context.Context, in *recipient.Reader) error {
	for {
		r, err := in.Next()
		var bad *recipient.LineError
		var list *recipient.ListError
		switch {
		case errors.Is(err, io.EOF):
			return i.store(ctx)
		case errors.As(err, &bad):
			i.out.Rows++
			i.out.refuse(bad.Line, bad.Code, bad.Reason)
			continue
		case errors.As(err, &list): // what was read is listed, and the answer says where it ends
			i.out.refuse(0, "list", list.Reason)
			return i.store(ctx)
		case err != nil:
			return err
		}
		i.out.Rows++
		if to, code, reason := i.recipient(r); code != "" {
			i.out.refuse(r.Line, code, reason)
		} else if i.batch = append(i.batch, to); len(i.batch) == importBatch {
			if err := i.store(ctx); err != nil {
				return err
			}
		}
	}
}

func (i *importer) recipient(r recipient.Row) (to campaigndb.Recipient, code, reason string) {
	to = campaigndb.Recipient{To: r.To, Zone: r.Zone, Values: r.Values, Related: r.About, OptedIn: i.optIn}
	httpx.Set(&to.OptedIn, r.OptIn)
	if !to.OptedIn {
		return to, campaign.NoConsent, "has not agreed to be written to"
	}
	if code, reason = outreach.Language(&to, r.Locale); code != "" {
		return to, code, reason
	}
	if code, reason = outreach.Address(&to, i.channel, i.region, i.zone); code == campaign.BadAddress {
		reason = fmt.Sprintf("column %d %s", r.ToColumn, reason)
	}
	return to, code, reason
}

// zone remembers which zones there are.
func (i *importer) zone(name string) bool {
	known, seen := i.zones[name]
	if !seen {
		known = outreach.KnownZone(name)
		i.zones[name] = known
	}
	return known
}

func (i *importer) store(ctx context.Context) error {
	if len(i.batch) == 0 {
		return nil
	}
	added, err := i.s.Store.Campaign.AddRecipients(ctx, i.by, i.row.ID, i.batch, "list "+i.row.ID.String())
	i.batch = i.batch[:0]
	i.out.took(added)
	return err
}

// audienceFilter: {"language": "nl", "values": {"Shop": "Gent"}}
type audienceFilter struct {
	Language     string            `json:"language"`
	Name         string            `json:"name"` // its beginning
	CreatedAfter *time.Time        `json:"created_after"`
	Values       map[string]string `json:"values"`
}

// addAudience lists the contacts that a filter finds and who agreed to be written to.
func (s *Server) addAudience(c echo.Context) error {
	row, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	var in audienceFilter
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	core.CheckSampleValues(&k, "values", in.Values)
	k.Text("name", in.Name, 0, httpx.MaxSearch)
	k.Text("language", in.Language, 0, 35)
	if err := k.Err(); err != nil {
		return err
	}
	ctx := c.Request().Context()
	out := addedView{Errors: []lineError{}}
	f := campaigndb.AudienceFilter{Language: in.Language, Search: in.Name, CreatedAfter: in.CreatedAfter}
	for after := uuid.Nil; ; {
		found, err := s.Store.Campaign.Audience(ctx, row.ID, f, after, importBatch)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return c.JSON(http.StatusOK, out)
		}
		var list []campaigndb.Recipient
		for _, m := range found {
			list = append(list, member(m, in.Values))
		}
		added, err := s.Store.Campaign.AddRecipients(ctx, core.IdentityOf(c).Actor(), row.ID, list, "")
		if err != nil {
			return err
		}
		out.Rows += len(found)
		out.took(added)
		after = found[len(found)-1].Point
	}
}

// member is a contact as a recipient. What is known of them fills placeholders.
func member(m campaigndb.AudienceMember, values map[string]string) campaigndb.Recipient {
	r := campaigndb.Recipient{To: m.To, Language: m.Language, OptedIn: true, Recorded: true, Zone: recipient.Zone(m.To),
		Values: map[string]string{
			"CustomerName": m.Name, "CustomerFirstName": m.FirstName, "FirstName": m.FirstName, "LastName": m.LastName, "Name": m.Name,
			"Email": m.Email,
		}}
	for name, v := range values { // given ones come first, however their names are spelled
		for known := range r.Values {
			if strings.EqualFold(known, name) {
				r.Values[known] = v
			}
		}
		r.Values[name] = v
	}
	return r
}

// exportCampaign writes the whole ledger as CSV, a page at a time.
func (s *Server) exportCampaign(c echo.Context) error {
	row, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	by := core.IdentityOf(c).Actor()
	if err := s.Store.Audit.Record(c.Request().Context(), by, "export", auditdb.AuditCampaign, row.ID.String(), nil); err != nil {
		return err
	}
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(importFor))
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="campaign-%s.csv"`, row.ID))
	c.Response().WriteHeader(http.StatusOK)
	w := csv.NewWriter(c.Response())
	_ = w.Write([]string{"seq", "to", "status", "code", "variant", "language", "time_zone", "related", "attempt", "sent_at",
		"status_at", "replied_at", "opted_out_at", "conversation_id", "message_id", "provider_message_id"})
	for after := 0; ; {
		list, err := s.Store.Campaign.Ledger(c.Request().Context(), row.ID, after, "", importBatch)
		if err != nil {
			return err
		}
		for _, r := range list {
			_ = w.Write(exportRow(r))
		}
		w.Flush()
		if len(list) < importBatch || w.Error() != nil {
			return w.Error()
		}
		after = list[len(list)-1].Seq
	}
}

func exportRow(r campaigndb.LedgerRow) []string {
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	conversation, provider := "", ""
	if r.Conversation.Valid {
		conversation = r.Conversation.UUID.String()
	}
	httpx.Set(&provider, r.ProviderID)
	row := []string{strconv.Itoa(r.Seq), r.To, r.Status, r.Code, strconv.Itoa(r.Variant), r.Language, r.Zone, r.Related,
		strconv.Itoa(r.Attempt), at(r.SentAt), at(r.StatusAt), at(r.RepliedAt), at(r.OptedOutAt), conversation, r.Message.String(),
		provider}
	for i, v := range row {
		row[i] = cell(v)
	}
	return row
}

var phoneForm = regexp.MustCompile(`^\+[0-9]+$`)

// cell keeps a spreadsheet from taking a text for a formula. A phone number's plus
// stays.
func cell(v string) string {
	first, _ := utf8.DecodeRuneInString(v)
	if v != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) && !phoneForm.MatchString(v) {
		return "'" + v
	}
	return v
}
