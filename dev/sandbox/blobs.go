package sandbox

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
