//go:build !linux

package pg

import "syscall"

func boundUnacknowledged(string, string, syscall.RawConn) error { return nil }
