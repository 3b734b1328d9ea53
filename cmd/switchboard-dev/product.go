package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// productBinary is the product's program, which lies beside this one.
func productBinary() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	path := filepath.Join(filepath.Dir(self), "switchboard")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the product itself is not beside this program; make build builds both: %w", err)
	}
	return path, nil
}
