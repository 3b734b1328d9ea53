package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
)

// secretSettings are those that may be in a file instead, named by the same
// variable with _FILE: what is in the environment or in an argument is seen by
// more than its process.
func secretSettings() []string {
	return []string{"SWITCHBOARD_DATABASE_URL", "SWITCHBOARD_KEY", "SWITCHBOARD_KEY_PREVIOUS", "SWITCHBOARD_ADMIN_PASSWORD", "SWITCHBOARD_SMTP_URL", "TEMPORAL_API_KEY"}
}

// secretsFromFiles reads them before the command line is.
func secretsFromFiles(environ []string) error {
	for _, line := range environ {
		name, file, _ := strings.Cut(line, "=")
		setting, isFile := strings.CutSuffix(name, "_FILE")
		if !isFile || file == "" || !slices.Contains(secretSettings(), setting) {
			continue
		}
		if os.Getenv(setting) != "" {
			return fmt.Errorf("%s and %s are both set: set one of them", setting, name)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		value := strings.TrimRight(string(b), "\r\n")
		if value == "" {
			return fmt.Errorf("%s: the file %s is empty", name, file)
		}
		if err := os.Setenv(setting, value); err != nil {
			return fmt.Errorf("%s: the file %s holds what cannot be a setting", name, file)
		}
	}
	return nil
}

// keys are the encryption key and, while it is replaced, the one before.
func (b *backends) keys() ([][]byte, error) {
	key, err := decodeKey("SWITCHBOARD_KEY", b.Key)
	if err != nil {
		return nil, err
	}
	if b.KeyPrevious == "" {
		return [][]byte{key}, nil
	}
	previous, err := decodeKey("SWITCHBOARD_KEY_PREVIOUS", b.KeyPrevious)
	return [][]byte{key, previous}, err
}

func decodeKey(name, value string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("%s must be 32 bytes in base64; make one with: openssl rand -base64 32", name)
	}
	return key, nil
}

type rekeyCommand struct {
	backends
}

// Run may be repeated and may run while the product does.
func (c *rekeyCommand) Run(ctx context.Context, log *slog.Logger) error {
	if c.KeyPrevious == "" {
		return errors.New("set SWITCHBOARD_KEY to the new key and SWITCHBOARD_KEY_PREVIOUS to the one before")
	}
	p, err := c.open(log)
	if err != nil {
		return err
	}
	defer p.close()
	n, err := p.store.Admin.Reseal(ctx, p.box)
	if err != nil {
		return fmt.Errorf("%d secrets were encrypted with the new key, not all: %w", n, err)
	}
	log.Info("all secrets are encrypted with the new key", "changed", n)
	return nil
}
