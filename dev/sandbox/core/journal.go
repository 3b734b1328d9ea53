package core

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// The journal's kinds of line. Everything that must survive a restart is one.
// Those of other kinds are a provider's own.
const (
	recAccount = "account"
	recPhone   = "phone"
	recFlags   = "flags"
	recCall    = "call"
	recMessage = "message"
	recChange  = "change"
	recHook    = "webhook"
)

// record is one line of the journal.
type record struct {
	At       time.Time       `json:"at"`
	Kind     string          `json:"kind"`
	Account  string          `json:"account,omitempty"`
	Phone    string          `json:"phone,omitempty"`
	Provider string          `json:"provider,omitempty"`
	Own      json.RawMessage `json:"own,omitempty"` // settings of an account, or what else its provider keeps
	Person   *person         `json:"person,omitempty"`
	Flags    *Flags          `json:"flags,omitempty"`
	Call     *Call           `json:"call,omitempty"`
	Message  *Entry          `json:"message,omitempty"`
	Change   *Change         `json:"change,omitempty"`
	Hook     *Webhook        `json:"webhook,omitempty"`
	Event    *Event          `json:"event,omitempty"`
}

// append applies a record and writes it down. The lock must be held.
func (b *Box) append(r record) {
	if r.At.IsZero() {
		r.At = b.Now()
	}
	b.apply(r)
	if b.file == nil {
		return
	}
	if err := b.file.write(r); err != nil {
		b.log.Error("journal not written", "kind", r.Kind, "error", err)
	}
}

// apply changes the state as a record says; it is all that a restart does too.
func (b *Box) apply(r record) {
	p := b.phones[r.Phone]
	switch r.Kind {
	case recAccount:
		b.applyAccount(r.Account, r.Provider, r.Own)
	case recPhone:
		b.applyPhone(*r.Person)
	case recCall:
		b.account(r.Account).applyCall(*r.Call)
	case recHook:
		b.applyHook(r.Account, *r.Hook, r.Event)
	case recFlags, recMessage, recChange:
		if p != nil {
			p.apply(r)
		}
	default:
		b.account(r.Account).applyOwn(r.Kind, r.Own)
	}
	b.publish(r, p)
}

// apply changes the phone as a record says.
func (p *Phone) apply(r record) {
	switch r.Kind {
	case recFlags:
		p.applyFlags(*r.Flags)
	case recMessage:
		e := *r.Message
		p.applyMessage(&e)
	case recChange:
		p.applyChange(*r.Change)
	}
}

// whole tells whether a line read back has what its kind needs.
func (r record) whole() bool {
	switch r.Kind {
	case recPhone:
		return r.Person != nil
	case recFlags:
		return r.Flags != nil
	case recCall:
		return r.Call != nil
	case recMessage:
		return r.Message != nil
	case recChange:
		return r.Change != nil
	case recHook:
		return r.Hook != nil
	}
	return r.Own != nil
}

// journalFile is the JSON-lines file behind the journal.
type journalFile struct{ f *os.File }

// openJournal reads what is there and opens the file for more. A last line that
// was cut off by a crash is dropped, because nobody was told of it.
func openJournal(name string, apply func(record)) (*journalFile, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	end, err := replay(f, apply)
	if err == nil {
		err = f.Truncate(end)
	}
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read journal: %w", err), f.Close())
	}
	return &journalFile{f: f}, nil
}

// replay applies every whole line and returns where the last one ends.
func replay(f io.Reader, apply func(record)) (int64, error) {
	in := bufio.NewReaderSize(f, 1<<16)
	var end int64
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return end, nil
		}
		if err != nil {
			return end, fmt.Errorf("line %d: %w", n, err)
		}
		var r record
		if err = json.Unmarshal(line, &r); err != nil {
			return end, fmt.Errorf("line %d: %w", n, err)
		}
		if r.whole() {
			apply(r)
		}
		end += int64(len(line))
	}
}

func (j *journalFile) write(r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	if _, err = j.f.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func (j *journalFile) close() error { return j.f.Close() }
