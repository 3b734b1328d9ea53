package stack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// memory is a file system that Linux keeps in memory.
const memory = "/dev/shm"

// memoryRoom is how much of it must be free for a cluster to be put there.
const memoryRoom = 4 << 30

// memoryPrefix begins the names of folders there. The id of the process that
// made one follows, so that another can tell when nobody needs it any more.
const memoryPrefix = "switchboard-postgres-"

// inMemory makes a folder in memory, or returns an empty name where there is no
// room. On a disk half of what a new database costs is the making of its files.
func inMemory() (string, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || uint64(fs.Bsize)*fs.Bavail < memoryRoom { //nolint:gosec // a size
		return "", nil //nolint:nilerr // a system without it
	}
	if err := forgetDead(); err != nil {
		return "", err
	}
	return memoryOf(os.Getpid())
}

// memoryOf makes a folder there for a process.
func memoryOf(pid int) (string, error) {
	dir, err := os.MkdirTemp(memory, memoryPrefix+strconv.Itoa(pid)+"-")
	if err != nil {
		return "", fmt.Errorf("place of the cluster: %w", err)
	}
	return dir, nil
}

// forgetDead removes the folders of processes that were killed before they
// could: unlike a disk's, this space is missing until the next boot.
func forgetDead() error {
	left, err := filepath.Glob(filepath.Join(memory, memoryPrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range left {
		of, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), memoryPrefix), "-")
		pid, err := strconv.Atoi(of)
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir) // another user's stays
		}
	}
	return nil
}
