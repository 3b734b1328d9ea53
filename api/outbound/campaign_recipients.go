package outbound

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/campaign"
	"switchboard/outreach"
	"switchboard/store/campaigndb"
)

// PathRecipients takes lists, whose bodies have a limit of their own.
const PathRecipients = "/v1/campaigns/{id}/recipients"

// maxAdded is how many recipients one JSON request adds; a file takes any number.
const maxAdded = 1000

// addedView says what a request to add recipients came to.
type addedView struct {
	Rows       int         `json:"rows"`
	Added      int         `json:"added"`
	Duplicates int         `json:"duplicates"` // are in the campaign already, or came twice
	Refused    int         `json:"refused"`
	Errors     []lineError `json:"errors"` // the first ones
}

// lineError says what is wrong with a line of a file, or an entry of a request.
type lineError struct {
	Line   int    `json:"line"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

const maxErrors = 1000

func (v *addedView) refuse(line int, code, reason string) {
	v.Refused++
	if len(v.Errors) < maxErrors {
		v.Errors = append(v.Errors, lineError{line, code, reason})
	}
}

func (v *addedView) took(added []bool) {
	for _, ok := range added {
		if ok {
			v.Added++
		} else {
			v.Duplicates++
		}
	}
}

// addRecipients lists recipients in a draft, from JSON or from a file.
func (s *Server) addRecipients(c echo.Context) error {
	row, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	if typ, params, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType)); err == nil && typ == "text/csv" {
		return s.importRecipients(c, row, params["charset"])
	}
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, httpx.MaxJSON)
	var in outboundRequest
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if n := len(in.Contacts); n == 0 || n > maxAdded {
		return httpx.Invalid(httpx.FieldError{Field: "contacts", Reason: fmt.Sprintf("must be between 1 and %d", maxAdded)})
	}
	ctx := c.Request().Context()
	settings, err := s.Store.Campaign.OutboundSettings(ctx)
	if err != nil {
		return err
	}
	conf, err := s.Store.Campaign.OutboundConfigurationByID(ctx, row.Configuration)
	if err != nil {
		return err
	}
	out := addedView{Rows: len(in.Contacts), Errors: []lineError{}}
	var list []campaigndb.Recipient
	for i, one := range in.Contacts {
		r, code, reason := outreach.Read(one, conf.ID, conf.Channel, settings.Region)
		if code != "" {
			out.refuse(i+1, code, reason)
			continue
		}
		list = append(list, r)
	}
	added, err := s.Store.Campaign.AddRecipients(ctx, core.IdentityOf(c).Actor(), row.ID, list, "list "+row.ID.String())
	if err != nil {
		return err
	}
	out.took(added)
	return c.JSON(http.StatusOK, out)
}

// ledgerList is a page of a campaign's ledger.
type ledgerList struct {
	Items []campaigndb.LedgerRow `json:"items"`
	Next  *string                `json:"next"`
}

func recipientStatuses() []string {
	return []string{"pending", "sending", "sent", "delivered", "read", "refused", "failed", "unknown"}
}

// listRecipients answers a page of the ledger.
func (s *Server) listRecipients(c echo.Context) error {
	row, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	limit, err := httpx.PageSize(c)
	if err != nil {
		return err
	}
	after := 0
	if raw := c.QueryParam("cursor"); raw != "" {
		if after, err = strconv.Atoi(raw); err != nil || after < 0 {
			return httpx.BadParameter("cursor", "is not one of this list")
		}
	}
	status := c.QueryParam("status")
	if status != "" && !slices.Contains(recipientStatuses(), status) {
		return httpx.BadParameter("status", "must be one of the ledger's")
	}
	list, err := s.Store.Campaign.Ledger(c.Request().Context(), row.ID, after, status, limit+1)
	if err != nil {
		return err
	}
	out := ledgerList{Items: list}
	if len(list) > limit {
		out.Items = list[:limit]
		next := strconv.Itoa(list[limit-1].Seq)
		out.Next = &next
	}
	return c.JSON(http.StatusOK, out)
}

// recipientPreview is a message as it would be sent to a recipient, or was.
type recipientPreview struct {
	Seq      int    `json:"seq"`
	To       string `json:"to"`
	Language string `json:"language"`
	Variant  int    `json:"variant"`
	Text     string `json:"text"`
	Code     string `json:"code"` // why it cannot be sent; "" if it can
}

// previewCampaign shows the exact messages of some recipients.
func (s *Server) previewCampaign(c echo.Context) error {
	row, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	limit, err := httpx.PageSize(c)
	if err != nil {
		return err
	}
	after, _ := strconv.Atoi(c.QueryParam("cursor"))
	ctx := c.Request().Context()
	f, err := s.Store.Campaign.SnapshotContent(ctx, row)
	if err != nil {
		return err
	}
	list, err := s.Store.Campaign.Ledger(ctx, row.ID, max(after, 0), "", limit)
	if err != nil {
		return err
	}
	out := httpx.List[recipientPreview]{Items: []recipientPreview{}}
	for _, r := range list {
		p := recipientPreview{Seq: r.Seq, To: r.To, Variant: r.Variant, Code: r.Code}
		values, err := r.Filled()
		if err != nil {
			return err
		}
		x, asked, code := f.Render(r.Variant, r.Language, values)
		p.Language = x.Language
		if p.Text = x.Fill(asked); code != "" {
			p.Text, p.Code = "", code
		} else if !r.OptedIn && p.Code == "" {
			p.Code = campaign.NoConsent
		}
		out.Items = append(out.Items, p)
	}
	if len(list) == limit {
		next := strconv.Itoa(list[limit-1].Seq)
		out.Next = &next
	}
	return c.JSON(http.StatusOK, out)
}

// testCampaign sends a campaign's messages to a few addresses, as they are.
func (s *Server) testCampaign(c echo.Context) error {
	row, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	var in outboundRequest
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	const most = 10
	if n := len(in.Contacts); n == 0 || n > most {
		return httpx.Invalid(httpx.FieldError{Field: "contacts", Reason: fmt.Sprintf("must be between 1 and %d", most)})
	}
	ctx := c.Request().Context()
	settings, err := s.Store.Campaign.OutboundSettings(ctx)
	if err != nil {
		return err
	}
	conf, err := s.Store.Campaign.OutboundConfigurationByID(ctx, row.Configuration)
	if err != nil {
		return err
	}
	if err := s.likeTheFirst(ctx, row.ID, in.Contacts); err != nil {
		return err
	}
	return s.sendNow(c, conf, settings, campaigndb.NewOutboundRequest{Configuration: conf.ID, Kind: campaigndb.KindTest,
		Name: "Test: " + row.Name, Campaign: &row}, in.Contacts)
}

// likeTheFirst gives contacts of a test that come without values those of the
// campaign's first recipient, so that who tests reads what will be sent.
func (s *Server) likeTheFirst(ctx context.Context, id uuid.UUID, contacts []outreach.Contact) error {
	list, err := s.Store.Campaign.Ledger(ctx, id, 0, "", 1)
	if err != nil || len(list) == 0 {
		return err
	}
	values, err := list[0].Filled()
	if err != nil {
		return err
	}
	for i := range contacts {
		if contacts[i].Items != nil {
			continue
		}
		contacts[i].Items = values
		if contacts[i].Locale == "" {
			contacts[i].Locale = list[0].Language
		}
	}
	return nil
}

// listOutboundOf answers what went to a contact, for their timeline.
func (s *Server) listOutboundOf(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "outbound-messages")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if _, err := s.Store.Contact.ContactFor(ctx, core.ViewerOf(c), id); err != nil {
		return err
	}
	list, err := s.Store.Campaign.OutboundOf(ctx, id, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "outbound-messages", p, list,
		func(m campaigndb.OutboundMessage) (time.Time, uuid.UUID) { return m.At, m.ID }, httpx.Same)
}
