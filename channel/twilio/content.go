package twilio

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
	"switchboard/channel/safehttp"
)

const (
	contentPage  = "100" // templates asked for at once
	contentPages = 100   // read at most: a list without end would never be done
	maxVariables = 100
	textType     = "twilio/text"
)

// contentOf is the JSON of a template's variables, or "" for a message that goes
// as text: one without template, and any on SMS, where templates mean nothing.
func contentOf(m channel.Outbound, media int) (string, error) {
	if m.Template == nil || m.Channel != whatsapp {
		return "", nil
	}
	switch {
	case m.Template.ContentSID == "" || !plain(m.Template.ContentSID):
		return "", refused("content_sid", "The template is not one of Twilio's.")
	case media > 0 || len(m.Media) > 0:
		return "", refused("template_media", "A template takes no attachments.")
	case len(m.Template.Variables) > maxVariables:
		return "", refused("too_many_variables", "A template takes 100 variables at most.")
	}
	variables := m.Template.Variables
	if variables == nil {
		variables = map[string]string{}
	}
	data, err := json.Marshal(variables)
	if err != nil {
		return "", refused("content_variables", "The values of the template cannot be written.")
	}
	return string(data), nil
}

// Templates implements channel.Templater with the Content API, which lists
// templates with their approval for WhatsApp.
//
// https://www.twilio.com/docs/content/content-api-resources
func (t *Twilio) Templates(ctx context.Context, a channel.Account) ([]channel.ProviderTemplate, error) {
	host := contentHost
	if a.BaseURL != "" {
		host = base(a)
	}
	start, err := url.Parse(host + "/v1/ContentAndApprovals?PageSize=" + contentPage)
	if err != nil {
		return nil, &channel.Error{Class: channel.Config, Code: "base_url", Detail: "The API address of the account cannot be used."}
	}
	var all []channel.ProviderTemplate
	seen := map[string]bool{}
	next := start
	for range contentPages {
		if seen[next.String()] {
			break
		}
		seen[next.String()] = true
		page, err := t.contents(ctx, a, next)
		if err != nil {
			return nil, err
		}
		for _, c := range *page.Contents {
			if c.SID == "" || !plain(c.SID) || c.Name == "" {
				return nil, badContents()
			}
			all = append(all, c.template())
		}
		if page.Meta.Next == "" {
			return all, nil
		}
		// The credentials go along, so the list must go on where it began.
		next, err = start.Parse(page.Meta.Next)
		if err != nil || next.Scheme != start.Scheme || !safehttp.SameHost(next, start) || next.Path != start.Path || next.User != nil {
			return nil, badContents()
		}
	}
	return nil, badContents() // half a list would say that the rest is gone
}

func badContents() *channel.Error {
	return &channel.Error{Class: channel.Unavailable, Code: "bad_answer", Detail: "Twilio's list of templates could not be read."}
}

type contentList struct {
	Contents *[]contentItem
	Meta     struct {
		Next string `json:"next_page_url"`
	}
}

type contentItem struct {
	SID       string
	Name      string `json:"friendly_name"`
	Language  string
	Variables map[string]any
	Types     map[string]struct{ Body any }
	Approval  struct {
		Status string
		Reason string `json:"rejection_reason"`
	} `json:"approval_requests"`
}

func (t *Twilio) contents(ctx context.Context, a channel.Account, at *url.URL) (contentList, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return contentList{}, &channel.Error{Class: channel.Config, Code: "base_url", Detail: "The API address of the account cannot be used."}
	}
	authorize(req, a)
	req.Header.Set("Accept", "application/json")
	r, err := rest.Ask(rest.Client(t.HTTP), req)
	if err != nil {
		return contentList{}, err
	}
	if !r.OK() {
		return contentList{}, rest.Asked(refusal(r, t.now()))
	}
	var doc contentList
	if r.Torn || json.Unmarshal(r.Body, &doc) != nil || doc.Contents == nil { // no list is not an empty list
		return contentList{}, badContents()
	}
	return doc, nil
}

// template is a content as WhatsApp sees it; elsewhere contents need no approval
// and are not listed.
func (c contentItem) template() channel.ProviderTemplate {
	out := channel.ProviderTemplate{ContentSID: c.SID, Channel: whatsapp, Name: c.Name, Language: c.Language,
		Variables: map[string]string{}, Approval: approval(c.Approval.Status), Reason: c.Approval.Reason}
	for name, sample := range c.Variables {
		s, _ := sample.(string)
		out.Variables[name] = s
	}
	// A content may be written in several ways; as text it can be sent from here.
	for _, kind := range slices.Sorted(maps.Keys(c.Types)) {
		if out.Kind == "" || kind == textType {
			out.Kind = kind
			out.Text, _ = c.Types[kind].Body.(string)
		}
	}
	if out.Kind == textType {
		out.Kind = channel.TemplateText
	}
	return out
}

// approval reads Twilio's words for it. A word that we do not know allows nothing.
func approval(status string) channel.Approval {
	switch strings.ToLower(status) {
	case "approved":
		return channel.ApprovalApproved
	case "received", "pending":
		return channel.ApprovalPending
	case "rejected":
		return channel.ApprovalRejected
	case "paused":
		return channel.ApprovalPaused
	case "disabled":
		return channel.ApprovalDisabled
	}
	return channel.ApprovalNone
}
