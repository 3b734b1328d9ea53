package api

import (
	"net/http"
	"strings"

	"switchboard/api/core"
	"switchboard/api/scim"
)

// Lists that are replaced as a whole and have an address of their own.
var replacedLists = map[string]bool{
	"/v1/queues/{id}/overflow": true, "/v1/queues/{id}/thresholds": true, "/v1/agents/{id}/skills": true, "/v1/agents/{id}/capacity-profiles": true,
	"/v1/agents/{id}/access": true, "/v1/contacts/{id}/preferred-agents": true,
	// Not lists: set by what they are for, and read by their id.
	"/v1/automated-messages": true, "/v1/automated-messages/{id}": true,
}

// Values of a conversation are set one by one, and its notes only by their author.
var withoutVersion = map[string]bool{"/v1/conversations/{id}/context": true, "/v1/notes/{id}": true}

// versioned are the paths of what has versions: an ETag when it is read and
// changed, and If-Match when it is changed. Routing rules have a number of their own.
func versioned(all []core.Route) map[string]bool {
	out := map[string]bool{}
	for _, r := range all {
		if strings.HasPrefix(r.Path, scim.Path) { // whose versions are SCIM's
			continue
		}
		if r.Method == http.MethodPatch && !withoutVersion[r.Path] || replacedLists[r.Path] {
			out[r.Path] = true
		}
	}
	return out
}
