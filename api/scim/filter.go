package scim

import (
	"encoding/json"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	filter "github.com/scim2/filter-parser/v2"

	"switchboard/store/scimdb"
)

// condition is one comparison of a filter.
type condition struct {
	attribute string // in lower case, with its part: "emails.value"
	value     any
}

// conditionsOf are the comparisons of a filter, which must all hold. Comparisons other
// than eq, and those of which one is enough, are not known here.
func conditionsOf(e filter.Expression) ([]condition, error) {
	switch e := e.(type) {
	case *filter.AttributeExpression:
		if strings.EqualFold(string(e.Operator), string(filter.EQ)) {
			return []condition{{attributeOf(e.AttributePath), e.CompareValue}}, nil
		}
	case *filter.LogicalExpression:
		if strings.EqualFold(string(e.Operator), string(filter.AND)) {
			left, err := conditionsOf(e.Left)
			if err != nil {
				return nil, err
			}
			right, err := conditionsOf(e.Right)
			return append(left, right...), err
		}
	case *filter.ValuePath: // emails[type eq "work" and value eq "…"]
		inner, err := conditionsOf(e.ValueFilter)
		for i := range inner {
			inner[i].attribute = strings.ToLower(e.AttributePath.AttributeName) + "." + inner[i].attribute
		}
		return inner, err
	}
	return nil, refuse("invalidFilter", "Filters here compare with eq, and join with and.")
}

func attributeOf(p filter.AttributePath) string {
	name := strings.ToLower(p.AttributeName)
	if sub := p.SubAttributeName(); sub != "" {
		name += "." + strings.ToLower(sub)
	}
	return name
}

func conditions(c echo.Context) ([]condition, error) {
	raw := c.QueryParam("filter")
	if raw == "" {
		return nil, nil
	}
	e, err := filter.ParseFilter([]byte(raw))
	if err != nil {
		return nil, refuse("invalidFilter", "The filter cannot be read.")
	}
	return conditionsOf(e)
}

// text is the value of a comparison with text.
func (c condition) text() (*string, error) {
	raw, ok := c.value.(string)
	var s string // the parser leaves it as it is written, which is as in JSON
	if !ok || json.Unmarshal([]byte(`"`+raw+`"`), &s) != nil || strings.ContainsRune(s, 0) {
		return nil, refuse("invalidFilter", c.attribute+" is compared with text.")
	}
	return &s, nil
}

// id is the value of a comparison with an id. What is none is that of nobody.
func (c condition) id() (*uuid.UUID, error) {
	s, err := c.text()
	if err != nil {
		return nil, err
	}
	id, err := uuid.Parse(*s)
	if err != nil {
		id = uuid.Nil
	}
	return &id, nil
}

func userFilter(c echo.Context) (f scimdb.Filter, err error) {
	all, err := conditions(c)
	if err != nil {
		return f, err
	}
	for _, x := range all {
		switch x.attribute {
		case "id":
			f.ID, err = x.id()
		case "username":
			f.UserName, err = x.text()
		case "externalid":
			f.ExternalID, err = x.text()
		case "emails", "emails.value":
			f.Email, err = x.text()
		case "emails.type", "emails.primary": // each has one address
		case "active":
			f.Active, err = boolean(x.value)
		default:
			err = refuse("invalidFilter", "Users cannot be filtered by "+x.attribute+".")
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

func groupFilter(c echo.Context) (f scimdb.GroupFilter, err error) {
	all, err := conditions(c)
	if err != nil {
		return f, err
	}
	for _, x := range all {
		switch x.attribute {
		case "id":
			f.ID, err = x.id()
		case "displayname":
			f.DisplayName, err = x.text()
		case "externalid":
			f.ExternalID, err = x.text()
		case "members", "members.value":
			f.Member, err = x.id()
		default:
			err = refuse("invalidFilter", "Groups cannot be filtered by "+x.attribute+".")
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}
