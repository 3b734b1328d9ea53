package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/channel"
	"switchboard/channel/line"
	"switchboard/channel/twilio"
	"switchboard/channel/webchat"
)

// withProviders has the real ones.
func withProviders(cfg *api.Config) {
	cfg.Providers = channel.NewRegistry(webchat.New(), line.New(), twilio.New())
}

func (b *bench) yaml(path, file, plan string) answer {
	b.Helper()
	r := b.request(http.MethodPost, path, b.admin, file)
	r.Header.Set("Content-Type", "application/yaml")
	if plan != "" {
		r.Header.Set("If-Match", plan)
	}
	return b.send(r)
}

func (b *bench) exported() string {
	b.Helper()
	return b.get("/v1/config", b.admin).is(200).Body.String()
}

// applied plans a file and applies what was planned.
func (b *bench) applied(file, query string) answer {
	b.Helper()
	plan := b.yaml("/v1/config/plan"+query, file, "").is(200)
	return b.yaml("/v1/config/apply"+query, file, plan.Header().Get("ETag")).is(200)
}

func TestConfigFile_ExportOfASite(t *testing.T) {
	b := setup(t, withProviders)
	file := b.exported()
	t.Log(file)
	require.True(t, strings.Contains(file, "version: 1"))
	plan := b.yaml("/v1/config/plan?prune=true", file, "").is(200)
	require.Empty(t, plan.get("changes"))
}
