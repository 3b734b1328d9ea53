package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
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
	Shop     string `json:"shop"`     // private key with which the demo's shop signs customers in, PEM
}

func loadSecrets(file string) (*devSecrets, error) {
	var s devSecrets
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s = devSecrets{Key: base64.StdEncoding.EncodeToString(random(32)), Postgres: hex.EncodeToString(random(16)),
			Password: "demo-" + hex.EncodeToString(random(4)), Provider: hex.EncodeToString(random(16))}
		return &s, s.complete(file)
	case err != nil:
		return nil, fmt.Errorf("read secrets: %w", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("%s is damaged (%w): restore it, or remove its folder to begin anew", file, err)
	}
	return &s, s.complete(file)
}

// complete makes what is missing, in a folder of an older version too.
func (s *devSecrets) complete(file string) error {
	if s.Shop != "" {
		return nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("make the shop's key: %w", err)
	}
	b, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("make the shop's key: %w", err)
	}
	s.Shop = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: b}))
	return s.save(file)
}

// shopPublic is the public half of the shop's key, PEM.
func (s *devSecrets) shopPublic() (string, error) {
	block, _ := pem.Decode([]byte(s.Shop))
	if block == nil {
		return "", errors.New("the shop's key is damaged")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return "", fmt.Errorf("read the shop's key: %w", err)
	}
	k, ok := key.(*rsa.PrivateKey)
	if !ok {
		return "", errors.New("the shop's key is no RSA key")
	}
	b, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b})), err
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
