package line

import (
	"errors"
	"strings"
)

var errAddress = errors.New("must be empty: an account of LINE is one address")

// Own implements channel.Numberer: LINE's events name no address of ours but the account.
func (*Line) Own(_, raw string) (string, error) {
	if strings.TrimSpace(raw) != "" {
		return "", errAddress
	}
	return "", nil
}
