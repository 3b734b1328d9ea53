package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// remote is an installation whose API is used.
type remote struct {
	URL   string `help:"Where the installation is." required:"" env:"SWITCHBOARD_URL" placeholder:"https://desk.example.com"`
	Token string `help:"API token of an administrator." required:"" env:"SWITCHBOARD_TOKEN"`
}

// remoteTimeout is longer than the server takes for a request.
const remoteTimeout = 3 * time.Minute

func (r *remote) send(ctx context.Context, method, path string, body []byte, match string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, remoteTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(r.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.Token)
	req.Header.Set("Content-Type", "application/yaml")
	if match != "" {
		req.Header.Set("If-Match", `"`+match+`"`)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, refusal(resp.StatusCode, got)
	}
	return got, nil
}

func (r *remote) sendFile(ctx context.Context, path string, data []byte, match string, into any) error {
	got, err := r.send(ctx, http.MethodPost, path, data, match)
	if err != nil {
		return err
	}
	return json.Unmarshal(got, into)
}

// refusal is a problem document as one reads it.
func refusal(status int, body []byte) error {
	var p struct {
		Detail string
		Errors []struct{ Field, Reason string }
	}
	if json.Unmarshal(body, &p) != nil || p.Detail == "" {
		return fmt.Errorf("the installation answered %d %s", status, http.StatusText(status))
	}
	lines := []string{p.Detail}
	for _, e := range p.Errors {
		lines = append(lines, "  "+e.Field+": "+e.Reason)
	}
	return errors.New(strings.Join(lines, "\n"))
}

// plan is what a file would change, or has changed.
type plan struct {
	Plan    string
	Changes []struct {
		Action, Object, Name string
		Fields               []struct {
			Field    string
			Old, New any
		}
	}
	Missing []struct{ Account, Secret string } `json:"missing_secrets"`
	Kept    []struct{ Object, Name, Reason string }
}

// print writes a plan as one reads a difference.
func (p plan) print(out *bytes.Buffer) {
	sign := map[string]string{"create": "+", "change": "~", "delete": "-"}
	count := map[string]int{}
	for _, c := range p.Changes {
		count[c.Action]++
		fmt.Fprintf(out, "%s %s %q\n", sign[c.Action], c.Object, c.Name)
		for _, f := range c.Fields {
			if c.Action == "create" {
				fmt.Fprintf(out, "    %s: %s\n", f.Field, shown(f.New))
				continue
			}
			fmt.Fprintf(out, "    %s: %s -> %s\n", f.Field, shown(f.Old), shown(f.New))
		}
	}
	for _, m := range p.Missing {
		fmt.Fprintf(out, "! account %q lacks the secret %s: it stays paused until it is given\n", m.Account, m.Secret)
	}
	left := 0
	for _, k := range p.Kept {
		if k.Reason == "" {
			left++
			continue
		}
		fmt.Fprintf(out, "! %s %q is not in the file, and kept: %s\n", k.Object, k.Name, k.Reason)
	}
	if left > 0 {
		fmt.Fprintf(out, "Not in the file, and kept: %d. With --prune they are deleted.\n", left)
	}
	if len(p.Changes) == 0 {
		out.WriteString("Nothing to change.\n")
		return
	}
	fmt.Fprintf(out, "%d to create, %d to change, %d to delete.\n", count["create"], count["change"], count["delete"])
}

func shown(v any) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "?"
	}
	return strings.TrimSuffix(out.String(), "\n")
}

var variable = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)

// fillSecrets puts values of the environment in place of ${NAME}, among secrets of
// accounts only. Lines stay where they are, so that mistakes are told by theirs.
func fillSecrets(data []byte, lookup func(string) (string, bool)) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil || len(doc.Content) == 0 {
		return data, nil //nolint:nilerr // the server says where the file is wrong
	}
	lines := strings.SplitAfter(string(data), "\n")
	var missing []string
	for _, n := range secretNodes(doc.Content[0]) {
		m := variable.FindStringSubmatch(n.Value)
		if m == nil {
			continue
		}
		value, set := lookup(m[1])
		if !set {
			missing = append(missing, fmt.Sprintf("line %d: %s is not set in the environment", n.Line, m[1]))
			continue
		}
		quoted, err := json.Marshal(value) // which is YAML too
		if err != nil {
			return nil, err
		}
		line := []rune(lines[n.Line-1])
		rest := strings.Replace(string(line[n.Column-1:]), quotedAs(n), string(quoted), 1)
		lines[n.Line-1] = string(line[:n.Column-1]) + rest
	}
	if len(missing) > 0 {
		return nil, errors.New(strings.Join(missing, "\n"))
	}
	return []byte(strings.Join(lines, "")), nil
}

// quotedAs is a reference as it stands in the file.
func quotedAs(n *yaml.Node) string {
	switch n.Style {
	case yaml.DoubleQuotedStyle:
		return `"` + n.Value + `"`
	case yaml.SingleQuotedStyle:
		return "'" + n.Value + "'"
	}
	return n.Value
}

func secretNodes(root *yaml.Node) (list []*yaml.Node) {
	for _, account := range valueOf(root, "accounts").Content {
		secrets := valueOf(account, "secrets")
		for i := 1; i < len(secrets.Content); i += 2 {
			list = append(list, secrets.Content[i])
		}
	}
	return list
}

func valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return &yaml.Node{}
}
