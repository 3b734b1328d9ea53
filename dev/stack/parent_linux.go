package stack

import "syscall"

// endWithParent has the kernel send sig when the thread that started the process
// ends, so that nothing is left behind by kill -9.
func endWithParent(a *syscall.SysProcAttr, sig syscall.Signal) { a.Pdeathsig = sig }
