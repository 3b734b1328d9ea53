package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// Only secrets of accounts are filled, with whatever they hold, and lines stay.
func TestConfig_FillsSecrets(t *testing.T) {
	t.Parallel()
	const file = "version: 1 # ${A}\nskills:\n  - name: ${A}\naccounts:\n  - name: \"é ${A}\"\n" +
		"    secrets: {one: \"${A}\", two: '${B}', three: set} # ${A}\n  - name: b\n    secrets:\n      one: ${A}\n"
	values := map[string]string{"A": `x"y\: #1`, "B": "line\nbreak <&>"}
	lookup := func(name string) (string, bool) { v, set := values[name]; return v, set }
	filled, err := fillSecrets([]byte(file), lookup)
	require.NoError(t, err)
	require.Equal(t, bytes.Count([]byte(file), []byte("\n")), bytes.Count(filled, []byte("\n")))
	var got struct {
		Skills, Accounts []struct {
			Name    string
			Secrets map[string]string
		}
	}
	require.NoError(t, yaml.Unmarshal(filled, &got), string(filled))
	require.Equal(t, "${A}", got.Skills[0].Name)
	require.Equal(t, "é ${A}", got.Accounts[0].Name)
	require.Equal(t, map[string]string{"one": values["A"], "two": values["B"], "three": "set"}, got.Accounts[0].Secrets)
	require.Equal(t, map[string]string{"one": values["A"]}, got.Accounts[1].Secrets)

	_, err = fillSecrets([]byte("accounts:\n  - secrets:\n      one: ${MISSING}\n"), lookup)
	require.ErrorContains(t, err, "line 3: MISSING is not set")
	broken := []byte("accounts: [")
	same, err := fillSecrets(broken, lookup)
	require.NoError(t, err)
	require.Equal(t, broken, same)
}

func TestConfig_PrintsAPlan(t *testing.T) {
	t.Parallel()
	var p plan
	require.NoError(t, json.Unmarshal([]byte(`{"plan": "p", "kept": [{"object": "queue", "name": "x", "reason": ""},
		{"object": "queue", "name": "y", "reason": "Workstream \"Calls\" leads here."}],
		"missing_secrets": [{"account": "LINE", "secret": "channel_secret"}], "changes": [
		{"action": "create", "object": "skill", "name": "dutch", "fields": [{"field": "kind", "old": null, "new": "a<b"}]},
		{"action": "change", "object": "queue", "name": "Support", "fields": [{"field": "priority", "old": 1, "new": 2}]},
		{"action": "delete", "object": "skill", "name": "old", "fields": []}]}`), &p))
	var out bytes.Buffer
	p.print(&out)
	require.Equal(t, `+ skill "dutch"
    kind: "a<b"
~ queue "Support"
    priority: 1 -> 2
- skill "old"
! account "LINE" lacks the secret channel_secret: it stays paused until it is given
! queue "y" is not in the file, and kept: Workstream "Calls" leads here.
Not in the file, and kept: 1. With --prune they are deleted.
1 to create, 1 to change, 1 to delete.
`, out.String())
}
