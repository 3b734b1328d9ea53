package configdb

import (
	"path"
	"slices"
	"strings"
)

// FilePolicy says what files a workstream takes.
type FilePolicy struct {
	Customers, Agents bool     // who may send any
	MaxBytes          int64    // of one; 0: the installation's limit
	Blocked           []string // types (image/svg+xml, video/*) and extensions (.exe)
}

// Limit is the most that a file may have, where the installation allows most.
func (p FilePolicy) Limit(most int64) int64 {
	if p.MaxBytes > 0 && (most <= 0 || p.MaxBytes < most) {
		return p.MaxBytes
	}
	return most
}

// Blocks reports whether a file is of a blocked type, by its content or its name.
func (p FilePolicy) Blocks(contentType, name string) bool {
	typ, _, _ := strings.Cut(contentType, ";")
	group, _, _ := strings.Cut(typ, "/")
	ext := strings.ToLower(path.Ext(name))
	return slices.ContainsFunc(p.Blocked, func(b string) bool {
		return b == typ || b == group+"/*" || ext != "" && b == ext
	})
}
