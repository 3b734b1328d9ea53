package channel_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/line"
	"switchboard/channel/twilio"
)

func TestLength(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{"": 0, "abc": 3, "é": 1, "日本": 2, "👋": 2, "👨‍👩‍👧": 8, "\xff": 1, "a\x00b": 3} {
		require.Equal(t, want, channel.Length(s), s)
	}
}

func TestRequire(t *testing.T) {
	t.Parallel()
	fields := []channel.Field{{Name: "id", Required: true}, {Name: "key", Secret: true, Required: true}, {Name: "note"}}
	good := func() channel.Account {
		return channel.Account{Settings: map[string]string{"id": "1"}, Secrets: map[string]string{"key": "k"}}
	}
	require.NoError(t, channel.Require(fields, good()))
	for name, tt := range map[string]struct {
		change func(*channel.Account)
		field  string
	}{
		"missing setting":      {func(a *channel.Account) { delete(a.Settings, "id") }, "id"},
		"missing secret":       {func(a *channel.Account) { delete(a.Secrets, "key") }, "key"},
		"secret among setting": {func(a *channel.Account) { a.Settings["key"], a.Secrets = "k", nil }, "key"},
		"line break":           {func(a *channel.Account) { a.Secrets["key"] = "k\r\nX: y" }, "key"},
		"blank":                {func(a *channel.Account) { a.Secrets["key"] = "k " }, "key"},
		"not ASCII":            {func(a *channel.Account) { a.Settings["note"] = "ключ" }, "note"},
		"too long":             {func(a *channel.Account) { a.Settings["note"] = strings.Repeat("x", 4097) }, "note"},
	} {
		a := good()
		tt.change(&a)
		var invalid *channel.Invalid
		require.ErrorAs(t, channel.Require(fields, a), &invalid, name)
		require.Equal(t, tt.field, invalid.Field, name)
		require.NotContains(t, invalid.Error(), "X: y", name)
	}
}

func TestRequire_BaseURL(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"": true, "https://api.example.com": true, "https://api.example.com/base/": true, "http://localhost:8080": true,
		"http://127.0.0.1:8080": true, "http://[::1]:8080": true, "http://10.1.2.3": true, "http://sandbox:8080": true,
		"http://x.internal": true, "http://a.localhost": true,
		"http://api.example.com": false, "http://8.8.8.8": false, "ftp://localhost": false, "api.example.com": false, "/x": false,
		"https://u:p@api.example.com": false, "https://api.example.com?x=1": false, "https://api.example.com#x": false,
		"https://api.example.com?": false, "https://api.example.com/#": false, "https://": false, "https://a\nb": false, "%zz": false,
	} {
		err := channel.Require(nil, channel.Account{BaseURL: address})
		if ok {
			require.NoError(t, err, address)
			continue
		}
		var invalid *channel.Invalid
		require.ErrorAs(t, err, &invalid, address)
		require.Equal(t, "base_url", invalid.Field)
	}
}

func TestPublicLink(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://files.example.com/a": true, "http://localhost:8080/a": true, "http://127.0.0.1/a": true, "http://[::1]/a": true,
		"http://files.example.com/a": false, "http://10.0.0.1/a": false, "": false, "/a": false, "file:///a": false, "%zz": false,
		"https://files.example.com/" + strings.Repeat("x", 2000): false,
	} {
		require.Equal(t, want, channel.PublicLink(address), address)
	}
}

func TestStatus_Rank(t *testing.T) {
	t.Parallel()
	order := []channel.Status{
		channel.StatusQueued, channel.StatusSending, channel.StatusSent, channel.StatusFailed, channel.StatusDelivered, channel.StatusRead,
	}
	for i := range order[1:] {
		require.Less(t, order[i].Rank(), order[i+1].Rank(), order[i])
	}
	require.Equal(t, channel.StatusSending.Rank(), channel.StatusUnknown.Rank())
	require.Zero(t, channel.Status("new").Rank())
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	r := channel.NewRegistry(twilio.New(), line.New())
	require.Equal(t, []string{"line", "twilio"}, r.Types())
	p, err := r.Get("line")
	require.NoError(t, err)
	require.Equal(t, "line", p.Type())
	_, err = r.Get("pigeon")
	require.Error(t, err)
	require.Panics(t, func() { channel.NewRegistry(line.New(), line.New()) })
	require.Empty(t, channel.NewRegistry().Types())
}

func TestError(t *testing.T) {
	t.Parallel()
	err := &channel.Error{Class: channel.Refused, Code: "21211", Detail: "No."}
	require.EqualError(t, err, "refused (21211): No.")
}
