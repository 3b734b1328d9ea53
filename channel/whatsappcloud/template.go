package whatsappcloud

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"switchboard/channel"
)

// A template is known by its name and language, which is what sending takes.
var templateID = regexp.MustCompile(`^([a-z0-9_]{1,512})/([A-Za-z]{2,3}(?:_[A-Za-z0-9]{2,8})?)$`)

func idOf(name, language string) string { return name + "/" + language }

// composeTemplate fills a template by name. Values of numbered gaps go in order,
// others by their names.
func composeTemplate(m channel.Outbound) (kind string, object map[string]any, err error) {
	id := templateID.FindStringSubmatch(m.Template.ContentSID)
	switch {
	case id == nil:
		return "", nil, refused("content_sid", "The template is not one of WhatsApp's.")
	case len(m.Media) > 0:
		return "", nil, refused("template_media", "A template takes no attachments.")
	}
	object = map[string]any{"name": id[1], "language": map[string]any{"policy": "deterministic", "code": id[2]}}
	var values []any
	for _, name := range gaps(m.Template.Variables) {
		value := map[string]any{"type": "text", "text": m.Template.Variables[name]}
		if _, err := strconv.Atoi(name); err != nil {
			value["parameter_name"] = name
		}
		values = append(values, value)
	}
	if len(values) > 0 {
		object["components"] = []any{map[string]any{"type": "body", "parameters": values}}
	}
	return "template", object, nil
}

// gaps are the names of variables, numbers by their size.
func gaps(variables map[string]string) []string {
	names := make([]string, 0, len(variables))
	for name := range variables {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX == nil && errY == nil {
			return x - y
		}
		return strings.Compare(a, b)
	})
	return names
}

const (
	templatePage  = "100"
	templatePages = 100 // read at most: a list without end would never be done
)

// listed is one template in one language.
type listed struct {
	Name, Language, Status string
	Reason                 string `json:"rejected_reason"`
	Components             []component
}

type component struct {
	Type, Format, Text string
	Buttons            []struct{ Type, URL string }
	Example            struct {
		Body  [][]string `json:"body_text"`
		Named []struct {
			Name  string `json:"param_name"`
			Value string `json:"example"`
		} `json:"body_text_named_params"`
	}
}

// Templates implements channel.Templater.
func (c *Cloud) Templates(ctx context.Context, a channel.Account) ([]channel.ProviderTemplate, error) {
	var all []channel.ProviderTemplate
	after := ""
	for range templatePages {
		q := url.Values{"fields": {"name,language,status,rejected_reason,components"}, "limit": {templatePage}}
		if after != "" {
			q.Set("after", after)
		}
		var page struct {
			Data   *[]listed
			Paging struct {
				Next    string
				Cursors struct{ After string }
			}
		}
		if err := c.ask(ctx, a, at(a, "waba_id")+"/message_templates?"+q.Encode(), &page); err != nil {
			return nil, err
		}
		if page.Data == nil { // no list is not an empty list
			return nil, badAnswer()
		}
		for _, t := range *page.Data {
			if templateID.MatchString(idOf(t.Name, t.Language)) {
				all = append(all, t.template())
			}
		}
		if page.Paging.Next == "" {
			return all, nil
		}
		if page.Paging.Cursors.After == "" || page.Paging.Cursors.After == after {
			return nil, badAnswer()
		}
		after = page.Paging.Cursors.After
	}
	return nil, badAnswer() // half a list would say that the rest is gone
}

var gap = regexp.MustCompile(`\{\{`)

// template is what can be sent from here as text: a body with gaps, and nothing else
// that is to be filled in.
func (t listed) template() channel.ProviderTemplate {
	out := channel.ProviderTemplate{ContentSID: idOf(t.Name, t.Language), Channel: whatsapp, Name: t.Name,
		Language: strings.ReplaceAll(t.Language, "_", "-"), Kind: channel.TemplateText, Variables: map[string]string{}, Approval: approval(t.Status)}
	if t.Reason != "NONE" {
		out.Reason = t.Reason
	}
	var lines []string
	for _, c := range t.Components {
		switch {
		case c.Type == "BODY":
			lines = append(lines, c.Text)
			c.samples(out.Variables)
		case c.Type == "HEADER" && c.Format != "TEXT":
			out.Kind = strings.ToLower(c.Format)
		case gap.MatchString(c.Text):
			out.Kind = strings.ToLower(c.Type)
		case c.Type == "HEADER" || c.Type == "FOOTER":
			lines = append(lines, c.Text)
		case c.Type != "BUTTONS":
			out.Kind = strings.ToLower(c.Type)
		}
		for _, b := range c.Buttons {
			if gap.MatchString(b.URL) || b.Type == "OTP" || b.Type == "COPY_CODE" || b.Type == "FLOW" {
				out.Kind = "buttons"
			}
		}
	}
	out.Text = strings.Join(lines, "\n\n")
	return out
}

func (c component) samples(into map[string]string) {
	for _, p := range c.Example.Named {
		into[p.Name] = p.Value
	}
	if len(c.Example.Body) > 0 {
		for i, v := range c.Example.Body[0] {
			into[strconv.Itoa(i+1)] = v
		}
	}
}

// approval reads Meta's words for it. A word that we do not know allows nothing.
func approval(status string) channel.Approval {
	switch strings.ToUpper(status) {
	case "APPROVED", "REINSTATED", "FLAGGED": // flagged: still sent, and perhaps not for long
		return channel.ApprovalApproved
	case "PENDING", "IN_APPEAL", "PENDING_REVIEW":
		return channel.ApprovalPending
	case "REJECTED":
		return channel.ApprovalRejected
	case "PAUSED":
		return channel.ApprovalPaused
	case "DISABLED", "LIMIT_EXCEEDED", "ARCHIVED":
		return channel.ApprovalDisabled
	case "DELETED", "PENDING_DELETION":
		return channel.ApprovalGone
	}
	return channel.ApprovalNone
}
