package routing

import (
	"strconv"
	"strings"
)

// Skills are those that the rules ask for, each once.
func (m Model) Skills() []string {
	seen := map[string]bool{}
	var out []string
	for _, set := range m.Classification {
		for _, r := range set.Rules {
			for key := range r.Set {
				if name, is := strings.CutPrefix(key, outSkill+"."); is && !seen[name] {
					seen[name] = true
					out = append(out, name)
				}
			}
		}
	}
	return out
}

// NamesProfile says whether a rule gives conversations a capacity profile, by its
// name or by an expression that has the name as a text.
func (m Model) NamesProfile(name string) bool {
	for _, set := range m.Classification {
		for _, r := range set.Rules {
			v, given := r.Set[outProfile]
			if text, is := v.Literal.(string); given && is && text == name {
				return true
			}
			if given && (strings.Contains(v.Expr, strconv.Quote(name)) || strings.Contains(v.Expr, "'"+name+"'")) {
				return true
			}
		}
	}
	return false
}

// CheckNames says what is wrong with the variables and skills that a file brings
// along, for a workstream that has these variables.
func (f File) CheckNames(has Variables) []Mistake {
	var wrong []Mistake
	for name, typ := range f.Variables {
		path := "variables." + name
		switch reason := wrongName(name); {
		case reason != "":
			wrong = append(wrong, Mistake{Path: path, Reason: reason})
		case typ != Text && typ != Number:
			wrong = append(wrong, Mistake{Path: path, Reason: "must be text or number"})
		case has[name] != "" && has[name] != typ:
			wrong = append(wrong, Mistake{Path: path, Reason: "is a " + string(has[name]) + " in this workstream"})
		}
	}
	for name, kind := range f.Skills {
		reason := wrongName(name)
		if kind != "" && reason == "" {
			reason = wrongName(kind)
		}
		if reason != "" {
			wrong = append(wrong, Mistake{Path: "skills." + name, Reason: reason})
		}
	}
	return wrong
}
