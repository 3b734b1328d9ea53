package core

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// blobs keeps bytes by their SHA-256: the same picture sent a thousand times is
// kept once. With a folder they are on disk and survive a restart.
type blobs struct {
	folder string
	mu     sync.Mutex
	kept   map[string][]byte
	onDisk map[string]bool
}

func newBlobs(folder string) (*blobs, error) {
	if folder != "" {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("media folder: %w", err)
		}
	}
	return &blobs{folder: folder, kept: map[string][]byte{}, onDisk: map[string]bool{}}, nil
}

func (b *blobs) put(data []byte) (string, error) {
	sum := sha256.Sum256(data)
	key := hex.EncodeToString(sum[:])
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.folder == "" {
		b.kept[key] = data
		return key, nil
	}
	if b.onDisk[key] {
		return key, nil
	}
	if err := os.WriteFile(filepath.Join(b.folder, key), data, 0o600); err != nil {
		return key, fmt.Errorf("keep media: %w", err)
	}
	b.onDisk[key] = true
	return key, nil
}

func (b *blobs) get(key string) ([]byte, bool) {
	if raw, err := hex.DecodeString(key); err != nil || len(raw) != sha256.Size {
		return nil, false
	}
	if b.folder == "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		data, ok := b.kept[key]
		return data, ok
	}
	data, err := os.ReadFile(filepath.Join(b.folder, key))
	return data, err == nil
}

// Link is where the bytes that a customer or the product sent are kept.
type Link struct {
	Account, Message, SHA256, ContentType string
	Gone                                  bool
}

// Link finds the file that a provider serves under an ID. The lock must be held.
func (b *Box) Link(id string) (Link, bool) {
	l, ok := b.links[id]
	return l, ok
}

// KeepBlob keeps bytes and returns their SHA-256.
func (b *Box) KeepBlob(data []byte) (string, error) { return b.blobs.put(data) }

// Blob returns the bytes with a SHA-256.
func (b *Box) Blob(sum string) ([]byte, bool) { return b.blobs.get(sum) }
