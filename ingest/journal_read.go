package ingest

import (
	"fmt"
	"os"
	"strings"
)

// position is a place between two records.
type position struct {
	segment uint64
	offset  int64
}

// record is one journalled request on its way back, or why it could not be read.
type record struct {
	entry *entry
	err   error
	seg   *segment
}

// peek reads the oldest records that are not released, from one segment. end is
// what to release once they are dealt with; more says whether there is anything
// behind it.
func (j *Journal) peek(records int, size int64) (batch []record, end position, more bool, err error) {
	j.mu.Lock()
	if len(j.segments) == 0 {
		j.mu.Unlock()
		return nil, position{}, false, nil
	}
	s, offset := j.segments[0], j.head
	limit, written, behind := s.end, s.file != nil, len(j.segments) > 1
	j.mu.Unlock()

	got, err := scan(s.path, offset, limit, records, size)
	if err != nil {
		return nil, position{}, false, fmt.Errorf("read journal: %w", err)
	}
	if got.damaged > 0 {
		s.keep = true
		j.cfg.Log.Error("journal is damaged; the file is put aside", "segment", s.id, "bytes", got.damaged)
	}
	if got.torn > 0 && !written {
		j.cutTail(s, got.next)
	}
	for _, p := range got.payloads {
		e, err := decode(p, j.cfg.Sealer)
		batch = append(batch, record{entry: e, err: err, seg: s})
	}
	end = position{segment: s.id, offset: got.next}
	if got.end {
		end.offset = limit
	}
	return batch, end, !got.end || behind, nil
}

// backlog is how much is not released, roughly.
func (j *Journal) backlog() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size - j.head
}

// cutTail removes what a crash left half written. It was never acknowledged.
func (j *Journal) cutTail(s *segment, end int64) {
	j.cfg.Log.Warn("journal ends in a torn record, which is cut", "segment", s.id, "bytes", s.end-end)
	if err := os.Truncate(s.path, end); err != nil {
		j.cfg.Log.Warn("cut journal", "segment", s.id, "error", err)
		return
	}
	j.mu.Lock()
	j.size -= s.end - end
	s.end = end
	j.mu.Unlock()
}

// release forgets what lies before end: it is in the database. A segment that
// is used up is deleted.
func (j *Journal) release(end position) error {
	j.flush.Lock() // nobody writes to a segment while it is deleted
	defer j.flush.Unlock()
	j.mu.Lock()
	if len(j.segments) == 0 || j.segments[0].id != end.segment {
		j.mu.Unlock()
		return nil
	}
	s := j.segments[0]
	if end.offset < s.end {
		j.head = end.offset
		j.mu.Unlock()
		return nil
	}
	j.segments, j.head = j.segments[1:], 0
	j.size -= s.end
	j.mu.Unlock()
	if s.file != nil {
		_ = s.file.Close()
	}
	var err error
	if s.keep {
		err = os.Rename(s.path, strings.TrimSuffix(s.path, segmentSuffix)+damagedSuffix)
	} else {
		err = os.Remove(s.path)
	}
	if err != nil {
		return fmt.Errorf("delete journal segment: %w", err)
	}
	return nil
}

// written is the place behind all that was appended so far.
func (j *Journal) written() position {
	j.mu.Lock()
	defer j.mu.Unlock()
	last := j.last()
	if last == nil {
		return position{}
	}
	return position{segment: last.id, offset: last.end}
}

// releaseTo forgets all that lies before end, in however many segments.
func (j *Journal) releaseTo(end position) error {
	for {
		j.mu.Lock()
		if len(j.segments) == 0 || j.segments[0].id >= end.segment {
			j.mu.Unlock()
			return j.release(end)
		}
		first := position{segment: j.segments[0].id, offset: j.segments[0].end}
		j.mu.Unlock()
		if err := j.release(first); err != nil {
			return err
		}
	}
}
