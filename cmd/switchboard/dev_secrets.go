package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// devSecrets are made at the first start and kept: whoever has the folder has them.
type devSecrets struct {
	Key      string `json:"key"`
	Postgres string `json:"postgres"`
	Password string `json:"password"` // of the demo's people
	Provider string `json:"provider"` // of the demo's accounts at the sandbox
}

func loadSecrets(file string) (*devSecrets, error) {
	var s devSecrets
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s = devSecrets{Key: base64.StdEncoding.EncodeToString(random(32)), Postgres: hex.EncodeToString(random(16)),
			Password: "demo-" + hex.EncodeToString(random(4)), Provider: hex.EncodeToString(random(16))}
		return &s, s.save(file)
	case err != nil:
		return nil, fmt.Errorf("read secrets: %w", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("%s is damaged (%w): restore it, or remove its folder to begin anew", file, err)
	}
	return &s, nil
}

// save writes beside the file and renames, so that a crash leaves none or a whole one.
func (s *devSecrets) save(file string) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", b, 0o600); err != nil {
		return fmt.Errorf("write secrets: %w", err)
	}
	return os.Rename(file+".new", file)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
