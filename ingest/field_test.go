package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/ingest"
)

// Whatever the provider: its names of files are as clean as those of uploads.
func TestField_F16_ProvidersFileNames(t *testing.T) {
	t.Parallel()
	e := channel.Event{Kind: channel.KindMessage, ID: "1", Channel: "line", From: "U1", Media: []channel.MediaRef{
		{Name: "photo\u202egnp.exe"}, {Name: "../../a/b.pdf"}, {Name: "a\r\nb.pdf"}, {Name: strings.Repeat("請求書", 2000) + ".pdf"}}}
	ingest.Normalise(&e)
	require.Equal(t, "photognp.exe", e.Media[0].Name)
	require.Equal(t, "b.pdf", e.Media[1].Name)
	require.Equal(t, "ab.pdf", e.Media[2].Name)
	require.LessOrEqual(t, len([]rune(e.Media[3].Name)), 200)
	require.True(t, strings.HasSuffix(e.Media[3].Name, ".pdf"))
}

func TestField_F04_EventsBringBothSpellings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		channel, from string
		aliases, want []string
	}{
		{"whatsapp", "+5215512345678", nil, []string{"+525512345678"}},
		{"whatsapp", "+5215512345678", []string{"+5215512345678"}, []string{"+5215512345678", "+525512345678"}},
		{"whatsapp", "MX.123", []string{"+5215512345678"}, []string{"+5215512345678", "+525512345678"}},
		{"sms", "+553187654321", nil, []string{"+5531987654321"}},
		{"whatsapp", "+14155550118", nil, nil}, {"line", "+5215512345678", nil, nil}, {"whatsapp", "", nil, nil},
	} {
		e := channel.Event{Kind: channel.KindMessage, ID: "1", Channel: c.channel, From: c.from, Aliases: c.aliases}
		ingest.Normalise(&e)
		require.Equal(t, c.want, e.Aliases, c.from)
	}
}
