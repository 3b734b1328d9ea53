//go:build !linux

package stack

import "syscall"

// endWithParent is Linux only; elsewhere what is left behind is found and
// stopped at the next start.
func endWithParent(*syscall.SysProcAttr, syscall.Signal) {}
