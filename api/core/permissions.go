package core

import (
	"fmt"
	"slices"

	"switchboard/api/httpx"
	"switchboard/domain/permission"
)

// CheckPermissions wants at least one permission, each known and named once.
func CheckPermissions(k *httpx.Checks, field string, names []string) {
	if len(names) == 0 {
		k.Add(field, "must have at least one permission")
	}
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", field, i)
		k.OneOf(at, name, permission.All()...)
		if slices.Contains(names[:i], name) {
			k.Add(at, "is there twice")
		}
	}
}
