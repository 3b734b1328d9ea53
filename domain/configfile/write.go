package configfile

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

const head = "The configuration of Switchboard, without secrets. Things are found by their names."

// Write writes a configuration. The same configuration gives the same bytes.
func Write(s *State) ([]byte, error) {
	s.Sort()
	w := writer{byPlace: map[string][]*Object{}}
	for _, o := range s.Objects {
		w.byPlace[o.Kind.Name+"\x00"+o.Parent] = append(w.byPlace[o.Kind.Name+"\x00"+o.Parent], o)
	}
	root := &yaml.Node{Kind: yaml.MappingNode, HeadComment: head}
	put(root, "version", scalar("!!int", strconv.Itoa(Version)))
	for _, k := range within("") {
		if k.Single && len(w.byPlace[k.Name+"\x00"]) == 0 {
			continue
		}
		put(root, k.Name, w.section(k, ""))
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return out.Bytes(), enc.Close()
}

type writer struct{ byPlace map[string][]*Object }

func (w writer) section(k *Kind, parent string) *yaml.Node {
	list := w.byPlace[k.Name+"\x00"+parent]
	if k.Single {
		return w.object(list[0])
	}
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, o := range list {
		n.Content = append(n.Content, w.object(o))
	}
	if len(list) == 0 {
		n.Style = yaml.FlowStyle
	}
	return n
}

func (w writer) object(o *Object) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range o.Kind.Fields {
		if v, given := o.Fields[f.Name]; given {
			put(n, f.Name, nodeOf(f.Shape, v))
		}
	}
	for _, sub := range within(o.Kind.Name) {
		put(n, sub.Name, w.section(sub, o.Name))
	}
	return n
}

func put(n *yaml.Node, name string, value *yaml.Node) {
	n.Content = append(n.Content, textNode(name), value)
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func emptyMap() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle} }

// nodeOf writes a value; fields of a Struct in their order, names of a Map sorted.
func nodeOf(s Shape, v any) *yaml.Node {
	switch x := v.(type) {
	case nil:
		return scalar("!!null", "null")
	case string:
		return textNode(x)
	case bool:
		return scalar("!!bool", strconv.FormatBool(x))
	case int64:
		return scalar("!!int", strconv.FormatInt(x, 10))
	case float64:
		return scalar("!!float", strconv.FormatFloat(x, 'g', -1, 64))
	case []any:
		return listNode(s, x)
	case map[string]any:
		return mapNode(s, x)
	}
	return textNode(fmt.Sprint(v))
}

func listNode(s Shape, list []any) *yaml.Node {
	of := Shape{Type: Any}
	if s.Of != nil {
		of = *s.Of
	}
	n := &yaml.Node{Kind: yaml.SequenceNode}
	if of.Type == Text || len(list) == 0 {
		n.Style = yaml.FlowStyle
	}
	for _, part := range list {
		n.Content = append(n.Content, nodeOf(of, part))
	}
	return n
}

func mapNode(s Shape, m map[string]any) *yaml.Node {
	if len(m) == 0 {
		return emptyMap()
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	if s.Type == Struct {
		for _, f := range s.Fields {
			if v, given := m[f.Name]; given {
				put(n, f.Name, nodeOf(f.Shape, v))
			}
		}
		return n
	}
	of := Shape{Type: Any}
	if s.Of != nil {
		of = *s.Of
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		put(n, name, nodeOf(of, m[name]))
	}
	return n
}

var (
	plainLines = regexp.MustCompile(`^(\S([^\n]*\S)?\n)*\S([^\n]*\S)?\n?$`)
	oldBool    = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|<<|=)$`)
)

// textNode quotes what the library's other styles would lose, or what other
// readers of YAML take for something else.
func textNode(s string) *yaml.Node {
	n := scalar("!!str", s)
	odd := strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) })
	switch {
	case odd || oldBool.MatchString(s) || s != "" && !plainLines.MatchString(s):
		n.Style = yaml.DoubleQuotedStyle
	case strings.Contains(s, "\n"):
		n.Style = yaml.LiteralStyle
	}
	return n
}
