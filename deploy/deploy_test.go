// Package deploy_test checks the files for a server as far as a machine without
// a container engine can.
package deploy_test

import (
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

type service struct {
	Image       string
	Build       string
	Command     []string
	Environment map[string]string
	DependsOn   any `yaml:"depends_on"`
	Volumes     []string
}

func compose(t *testing.T) map[string]service {
	t.Helper()
	b, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	var doc struct{ Services map[string]service }
	require.NoError(t, yaml.Unmarshal(b, &doc))
	return doc.Services
}

func TestCompose_HasEverythingThatIsNeeded(t *testing.T) {
	t.Parallel()
	services := compose(t)
	for _, name := range []string{"postgres", "temporal", "temporal-ui", "switchboard"} {
		require.Contains(t, services, name)
	}
	for name, s := range services {
		require.True(t, s.Image != "" || s.Build != "", "%s has neither image nor build", name)
		for _, v := range s.Volumes {
			if file, _, _ := strings.Cut(v, ":"); strings.HasPrefix(file, "./") {
				require.FileExists(t, "../"+strings.TrimPrefix(file, "./"))
			}
		}
		switch deps := s.DependsOn.(type) {
		case map[string]any:
			for dep := range deps {
				require.Contains(t, services, dep, "%s depends on it", name)
			}
		case []any:
			for _, dep := range deps {
				require.Contains(t, services, dep, "%s depends on it", name)
			}
		}
	}
}

// Every setting in the file is one the program reads, and every one that must be
// given is in env.example.
func TestCompose_SettingsAreReal(t *testing.T) {
	t.Parallel()
	source, err := exec.CommandContext(t.Context(), "grep", "-rhoE", `env:"SWITCHBOARD_[A-Z_]+"`, "../cmd/switchboard").Output()
	require.NoError(t, err)
	example, err := os.ReadFile("env.example")
	require.NoError(t, err)
	file, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	for name, s := range compose(t) {
		for key := range s.Environment {
			if strings.HasPrefix(key, "SWITCHBOARD_") {
				require.Contains(t, string(source), `"`+key+`"`, "%s sets %s, which nothing reads", name, key)
			}
		}
	}
	for _, m := range regexp.MustCompile(`\$\{([A-Z_]+):\?`).FindAllStringSubmatch(string(file), -1) {
		require.Contains(t, string(example), m[1]+"=")
	}
}

// `docker compose config` validates against the schema without an engine, where
// the client has the plugin.
func TestCompose_ClientAcceptsIt(t *testing.T) {
	t.Parallel()
	if exec.CommandContext(t.Context(), "docker", "compose", "version").Run() != nil {
		t.Log("docker compose is not installed; the file was checked by the other tests only")
		return
	}
	cmd := exec.CommandContext(t.Context(), "docker", "compose", "-f", "../docker-compose.yml", "config", "--quiet")
	cmd.Env = append(os.Environ(), "POSTGRES_PASSWORD=x", "SWITCHBOARD_KEY=x", "SWITCHBOARD_PUBLIC_URL=https://x")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestSchemaScript_Parses(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "sh", "-n", "temporal-schema.sh").CombinedOutput()
	require.NoError(t, err, string(out))
}

// A number that can never be changed is that of a server; images are what was tried.
func TestCompose_IsForAServer(t *testing.T) {
	t.Parallel()
	services := compose(t)
	require.Equal(t, "512", services["temporal"].Environment["NUM_HISTORY_SHARDS"])
	for name, s := range services {
		if s.Image != "switchboard:local" {
			require.Regexp(t, `:[0-9]+\.[0-9]+(\.[0-9]+)?(@sha256:[0-9a-f]{64})?$`, s.Image, "%s has no exact version", name)
		}
	}
	require.Contains(t, services["postgres"].Command, "log_error_verbosity=terse")
	require.Contains(t, services["postgres"].Command, "log_min_error_statement=panic")
}

// Proxies are trusted one by one, in the network that the file makes.
func TestCompose_TrustsOnlyItsOwnNetwork(t *testing.T) {
	t.Parallel()
	var doc struct {
		Networks map[string]struct {
			IPAM struct{ Config []struct{ Subnet string } }
		}
	}
	file, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(file, &doc))
	network, err := netip.ParsePrefix(doc.Networks["default"].IPAM.Config[0].Subnet)
	require.NoError(t, err)
	example, err := os.ReadFile("env.example")
	require.NoError(t, err)
	trusted, err := netip.ParsePrefix(regexp.MustCompile(`(?m)^SWITCHBOARD_TRUSTED_PROXIES=(.*)$`).FindStringSubmatch(string(example))[1])
	require.NoError(t, err)
	require.True(t, network.Contains(trusted.Addr()) && trusted.Bits() >= network.Bits())
}

// The settings of an installation stay out of its image.
func TestDockerignore_KeepsSettingsOut(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../.dockerignore")
	require.NoError(t, err)
	require.Contains(t, strings.Split(string(file), "\n"), ".env*")
}
