package sandbox

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
const (
	recLINE    = "line_account"
	recTwilio  = "twilio_account"
	recPhone   = "phone"
	recFlags   = "flags"
	recCall    = "call"
	recMessage = "message"
	recChange  = "change"
	recHook    = "webhook"
	recContent = "content"
)

// record is one line of the journal.
type record struct {
	At      time.Time      `json:"at"`
	Kind    string         `json:"kind"`
	Account string         `json:"account,omitempty"`
	Phone   string         `json:"phone,omitempty"`
	LINE    *LINEAccount   `json:"line,omitempty"`
	Twilio  *TwilioAccount `json:"twilio,omitempty"`
	Person  *person        `json:"person,omitempty"`
	Flags   *flags         `json:"flags,omitempty"`
	Call    *Call          `json:"call,omitempty"`
	Message *Entry         `json:"message,omitempty"`
	Change  *change        `json:"change,omitempty"`
	Hook    *Webhook       `json:"webhook,omitempty"`
	Event   *event         `json:"event,omitempty"`
	Content *Content       `json:"content,omitempty"`
}

// append applies a record and writes it down. s.mu must be held.
func (s *Sandbox) append(r record) {
	if r.At.IsZero() {
		r.At = s.now()
	}
	s.apply(r)
	if s.file == nil {
		return
	}
	if err := s.file.write(r); err != nil {
		s.log.Error("journal not written", "kind", r.Kind, "error", err)
	}
}

// apply changes the state as a record says; it is all that a restart does too.
func (s *Sandbox) apply(r record) {
	switch r.Kind {
	case recLINE:
		s.applyLINE(*r.LINE)
	case recTwilio:
		s.applyTwilio(*r.Twilio)
	case recPhone:
		s.applyPhone(*r.Person)
	case recCall:
		s.account(r.Account).applyCall(*r.Call)
	case recHook:
		s.applyHook(r.Account, *r.Hook, r.Event)
	case recContent:
		s.account(r.Account).applyContent(*r.Content)
	}
	p := s.phones[r.Phone]
	if p == nil {
		s.publish(r, nil)
		return
	}
	switch r.Kind {
	case recFlags:
		p.applyFlags(*r.Flags)
	case recMessage:
		e := *r.Message
		p.applyMessage(&e)
	case recChange:
		p.applyChange(*r.Change)
	}
	s.publish(r, p)
}

// whole tells whether a line read back has what its kind needs.
func (r record) whole() bool {
	switch r.Kind {
	case recLINE:
		return r.LINE != nil
	case recTwilio:
		return r.Twilio != nil
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
	case recContent:
		return r.Content != nil
	}
	return false
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
