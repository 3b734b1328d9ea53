// Package stack runs the real parts on one machine: PostgreSQL, Temporal, its
// UI, and the product's own processes. `switchboard-dev dev`, the end-to-end tests
// and the benchmarks stand on it.
package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// Program is a process to be started.
type Program struct {
	Name       string // for messages and the log's file name
	Path       string
	Args       []string
	Env        []string // added to our own
	Dir        string
	LogDir     string              // the log is LogDir/Name.log
	Credential *syscall.Credential // the user to run as; nil: ours
	StopSignal syscall.Signal      // 0: SIGTERM
}

// Process is a running program. It ends with this process, however that ends.
type Process struct {
	program Program
	cmd     *exec.Cmd
	done    chan struct{}
	err     error
}

// logLimit is the size past which a log is moved to .1 at the next start.
const logLimit = 32 << 20

// Start starts a program in a process group of its own.
func Start(p Program) (*Process, error) {
	if p.StopSignal == 0 {
		p.StopSignal = syscall.SIGTERM
	}
	out, err := openLog(p)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = append(os.Environ(), p.Env...), p.Dir, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.Credential}
	endWithParent(cmd.SysProcAttr, p.StopSignal)
	run := &Process{program: p, cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The signal of our death is bound to the thread that started the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			run.err = cmd.Wait()
			close(run.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	return run, nil
}

func openLog(p Program) (*os.File, error) {
	if err := os.MkdirAll(p.LogDir, 0o755); err != nil {
		return nil, fmt.Errorf("log of %s: %w", p.Name, err)
	}
	name := filepath.Join(p.LogDir, p.Name+".log")
	if st, err := os.Stat(name); err == nil && st.Size() > logLimit {
		_ = os.Rename(name, name+".1")
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", p.Name, err)
	}
	return f, nil
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// over reports whether the process has ended.
func (p *Process) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Wait waits for a program that ends by itself; any exit code but 0 is an error.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
	case <-ctx.Done():
		p.Kill()
		return ctx.Err()
	}
	if p.err != nil {
		return p.ended()
	}
	return nil
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log is where the process writes.
func (p *Process) Log() string { return filepath.Join(p.program.LogDir, p.program.Name+".log") }

// Kill ends the process and its group at once, as a crash would.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	<-p.done
}

// Stop asks the process to end, and kills it when ctx ends first.
func (p *Process) Stop(ctx context.Context) {
	select {
	case <-p.done:
		return
	default:
	}
	_ = syscall.Kill(p.PID(), p.program.StopSignal)
	select {
	case <-p.done:
	case <-ctx.Done():
		p.Kill()
	}
}

// Signal sends a signal to the process, for tests that stop and continue it.
func (p *Process) Signal(s syscall.Signal) error { return syscall.Kill(p.PID(), s) }

// ended says why a process is not there any more, with the end of its log.
func (p *Process) ended() error {
	return fmt.Errorf("%s ended (%w); the end of %s:\n%s", p.program.Name, errors.Join(p.err, errEnded), p.Log(), Tail(p.Log()))
}

var errEnded = errors.New("it must not end by itself")

// Tail returns the last 2,000 bytes of a log.
func Tail(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 2000
	if st, err := f.Stat(); err == nil && st.Size() > most {
		_, _ = f.Seek(-most, 2)
	}
	b := make([]byte, most)
	n, _ := f.Read(b)
	return string(b[:n])
}
