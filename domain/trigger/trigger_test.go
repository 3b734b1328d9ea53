package trigger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/domain/trigger"
)

func TestContacts(t *testing.T) {
	t.Parallel()
	data := map[string]any{"case": map[string]any{"title": "Leak", "priority": 2.0, "customer": map[string]any{"phone": "+372", "agreed": true, "language": "et"}},
		"people": []any{map[string]any{"p": "a"}, map[string]any{"p": "b"}}}
	p, wrong := trigger.Compile(trigger.Rule{When: `event == "case.created" && data.case.priority < 3`, To: "data.case.customer.phone", OptIn: "data.case.customer.agreed",
		Locale: "data.case.customer.language", About: `"incident/" + string(data.case.priority)`, Values: map[string]string{"CaseName": "upper(data.case.title)", "None": "data.case?.nothing"}})
	require.Empty(t, wrong)
	got, err := p.Contacts(t.Context(), "case.created", data)
	require.NoError(t, err)
	require.Equal(t, []trigger.Contact{{To: "+372", OptIn: true, Locale: "et", About: "incident/2", Values: map[string]string{"CaseName": "LEAK", "None": ""}}}, got)
	got, err = p.Contacts(t.Context(), "case.resolved", data)
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = p.Contacts(t.Context(), "case.created", nil)
	require.ErrorContains(t, err, "cannot be evaluated")

	p, wrong = trigger.Compile(trigger.Rule{Each: "data.people", To: "item.p", OptIn: "true"})
	require.Empty(t, wrong)
	got, err = p.Contacts(t.Context(), "x", data)
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

func TestOnce(t *testing.T) {
	t.Parallel()
	cron, err := trigger.Once("2026-12-01T09:05")
	require.NoError(t, err)
	require.Equal(t, "5 9 1 12 * 2026", cron)
	require.Equal(t, "2026-12-01T09:05", trigger.At(cron))
	for _, c := range []string{"", "0 9 * * 1", "0 9 * 12 * 2026", "0 9 1 12 1 2026"} {
		require.Empty(t, trigger.At(c), c)
	}
	for _, at := range []string{"", "tomorrow", "2026-02-30T09:00", "2026-12-01"} {
		_, err := trigger.Once(at)
		require.Error(t, err, at)
	}
	tallinn, err := time.LoadLocation("Europe/Tallinn")
	require.NoError(t, err)
	seven := time.Date(2026, 12, 1, 7, 5, 0, 0, time.UTC)
	require.False(t, trigger.Passed(cron, tallinn, seven))
	require.True(t, trigger.Passed(cron, tallinn, seven.Add(time.Second)))
	require.False(t, trigger.Passed("0 9 * * 1", tallinn, seven), "it comes again")
}
