package outreach

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// contactJSON is a contact as JSON has it.
type contactJSON Contact

// UnmarshalJSON reads a contact strictly. What does not fit is kept with the
// reason: one contact of a wrong form refuses that one alone.
func (in *Contact) UnmarshalJSON(data []byte) error {
	var read contactJSON
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(&read)
	if err == nil && string(bytes.TrimSpace(data)) != "null" {
		*in = Contact(read)
		return nil
	}
	var to struct {
		To any `json:"tocontactid"`
	}
	_ = json.Unmarshal(data, &to) // only to name whom it is about
	*in = Contact{wrong: misfit(err), raw: bytes.Clone(data)}
	in.To, _ = to.To.(string)
	return nil
}

// MarshalJSON writes a contact as it was read, for two requests to be compared.
func (in Contact) MarshalJSON() ([]byte, error) {
	if in.wrong != "" {
		return in.raw, nil
	}
	return json.Marshal(contactJSON(in))
}

// misfit words why a contact could not be read, and names its field.
func misfit(err error) string {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) && typ.Field != "" {
		return typ.Field + " must not be a JSON " + strings.Fields(typ.Value)[0]
	}
	if err != nil {
		if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
			if n, err := strconv.Unquote(name); err == nil {
				name = n
			}
			return name + " is not known"
		}
	}
	return "must be a JSON object"
}
