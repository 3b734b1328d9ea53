package api

// RouteEntry is a route as tests see it.
type RouteEntry struct {
	Method, Path, Access string
	Roles                []string
}

// RouteTable is the route table for tests.
func RouteTable() []RouteEntry {
	names := map[access]string{public: "public", agents: "agent", supervisors: "supervisor", administrators: "administrator"}
	var out []RouteEntry
	for _, r := range routes() {
		out = append(out, RouteEntry{r.method, r.path, names[r.access], r.access.roles()})
	}
	return out
}

// ProblemCodes lists every code that answers may have.
func ProblemCodes() []string {
	return []string{codeMalformed, codeUnauthenticated, codeBadCredentials, codeForbidden, codeCrossSite, codeNotFound, codeMethod, codeConflict,
		codeKeyReused, codeTooLarge, codeMediaType, codeInvalid, codeTooManyTries, codeInternal, codeUnavailable}
}
