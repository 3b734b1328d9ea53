package twilio

import (
	_ "embed"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

//go:embed testdata/content.json
var contentFixture string

func TestTemplates_Fixture(t *testing.T) {
	t.Parallel()
	got, base := serve(t, answer{status: 200, body: contentFixture})
	list, err := client().Templates(t.Context(), at(base))
	require.NoError(t, err)
	require.Equal(t, []channel.ProviderTemplate{
		{ContentSID: "HX11111111111111111111111111111111", Channel: whatsapp, Name: "order_update", Language: "en", Kind: channel.TemplateText,
			Text: "Hello {{1}}, your order {{2}} is on its way.", Variables: map[string]string{"1": "Ada", "2": "1042"}, Approval: channel.ApprovalApproved},
		{ContentSID: "HX22222222222222222222222222222222", Channel: whatsapp, Name: "order_update", Language: "nl", Kind: channel.TemplateText,
			Text: "Ja of nee? {{naam}}", Variables: map[string]string{}, Approval: channel.ApprovalRejected, Reason: "Too short."},
		{ContentSID: "HX33333333333333333333333333333333", Channel: whatsapp, Name: "shop", Language: "de", Kind: "twilio/card",
			Variables: map[string]string{}, Approval: channel.ApprovalNone},
	}, list)
	require.Equal(t, http.MethodGet, got.method)
	require.Equal(t, "/v1/ContentAndApprovals", got.path)
	require.Equal(t, "100", got.query.Get("PageSize"))
	require.Equal(t, basic(sid, "token-of-twilio"), got.auth)
	require.Equal(t, "application/json", got.accept)
}

func TestTemplates_Approvals(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]channel.Approval{
		"unsubmitted": channel.ApprovalNone, "received": channel.ApprovalPending, "pending": channel.ApprovalPending, "Approved": channel.ApprovalApproved,
		"rejected": channel.ApprovalRejected, "paused": channel.ApprovalPaused, "disabled": channel.ApprovalDisabled, "": channel.ApprovalNone, "new word": channel.ApprovalNone,
	} {
		require.Equal(t, want, approval(word), word)
	}
}

func page(n int, next string) string {
	return `{"contents":[{"sid":"HX` + strconv.Itoa(n) + `","friendly_name":"t","language":"en","types":{"twilio/text":{"body":"x"}}}],"meta":{"next_page_url":"` + next + `"}}`
}

// All pages are read from where the first one is, with the credentials.
func TestTemplates_Pages(t *testing.T) {
	t.Parallel()
	var base string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, _, _ := r.BasicAuth(); user != sid {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		n, _ := strconv.Atoi(r.URL.Query().Get("Page"))
		next := base + "/v1/ContentAndApprovals?PageSize=100&Page=" + strconv.Itoa(n+1)
		if n == 2 {
			next = ""
		}
		_, _ = io.WriteString(w, page(n, next))
	}))
	t.Cleanup(s.Close)
	base = s.URL
	list, err := client().Templates(t.Context(), at(base))
	require.NoError(t, err)
	require.Len(t, list, 3)
	require.Equal(t, "HX2", list[2].ContentSID)
}

// The credentials go to no other host, and a list that never ends is no list.
func TestTemplates_PagesThatLeadAstray(t *testing.T) {
	t.Parallel()
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a stranger was asked") }))
	t.Cleanup(stranger.Close)
	for name, next := range map[string]string{
		"another host":   stranger.URL + "/v1/ContentAndApprovals?Page=1",
		"another scheme": "https://HOST/v1/ContentAndApprovals?Page=1",
		"a user":         "http://me:you@HOST/v1/ContentAndApprovals?Page=1",
		"no address":     "http://[",
		"itself":         "http://HOST/v1/ContentAndApprovals?PageSize=100",
		"for ever":       "http://HOST/v1/ContentAndApprovals?Page=NEXT",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n := int(asked.Add(1))
				_, _ = io.WriteString(w, page(n, strings.NewReplacer("HOST", r.Host, "NEXT", strconv.Itoa(n)).Replace(next)))
			}))
			t.Cleanup(s.Close)
			list, err := client().Templates(t.Context(), at(s.URL))
			require.Equal(t, channel.Unavailable, fault(t, err).Class)
			require.Empty(t, list)
			require.LessOrEqual(t, asked.Load(), int32(contentPages))
		})
	}
}

func TestTemplates_Faults(t *testing.T) {
	t.Parallel()
	for body, class := range map[string]channel.Class{
		`{"contents":null}`:                                           channel.Unavailable,
		`{"contents":[{"sid":"","friendly_name":"x"}]}`:               channel.Unavailable,
		`{"contents":[{"sid":"../x","friendly_name":"x"}]}`:           channel.Unavailable,
		`{"contents":[{"sid":"HX1","friendly_name":""}]}`:             channel.Unavailable,
		`{"contents":[{"sid":"HX1","friendly_name":"x","types":[]}]}`: channel.Unavailable,
	} {
		_, base := serve(t, answer{status: 200, body: body})
		_, err := client().Templates(t.Context(), at(base))
		require.Equal(t, class, fault(t, err).Class, body)
	}
	_, base := serve(t, answer{status: 403, body: `{"code":20003}`})
	_, err := client().Templates(t.Context(), at(base))
	require.Equal(t, channel.Config, fault(t, err).Class)
	_, base = serve(t, answer{status: 200, body: `{"contents":[]}`})
	list, err := client().Templates(t.Context(), at(base))
	require.NoError(t, err)
	require.Empty(t, list, "an account may have none")
}
