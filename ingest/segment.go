package ingest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A segment is one file of the journal. Only the journal's last one is written,
// and only by the process that made it: after a restart a new one is begun.
type segment struct {
	id   uint64
	path string
	end  int64    // bytes known to be on disk
	file *os.File // open for writing, or nil
	keep bool     // holds something that could not be used: put aside, not deleted
}

const (
	segmentSuffix = ".journal"
	damagedSuffix = ".damaged"
)

func segmentPath(dir string, id uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016d%s", id, segmentSuffix))
}

// listSegments finds what an earlier process left, in order.
func listSegments(dir string) ([]*segment, error) {
	files, err := os.ReadDir(dir) // sorted by name, so by id
	if err != nil {
		return nil, err
	}
	var list []*segment
	for _, f := range files {
		id, err := strconv.ParseUint(strings.TrimSuffix(f.Name(), segmentSuffix), 10, 64)
		if err != nil || !strings.HasSuffix(f.Name(), segmentSuffix) {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return nil, err
		}
		list = append(list, &segment{id: id, path: filepath.Join(dir, f.Name()), end: info.Size()})
	}
	return list, nil
}

// found is what a scan of a segment met.
type found struct {
	payloads [][]byte
	next     int64 // where to go on
	end      bool  // nothing is left up to the limit
	damaged  int64 // bytes passed over that lie before a good record
	torn     int64 // bytes at the end that are no record
}

// scan reads records from offset up to limit, at most records or about bytes of them.
func scan(path string, offset, limit int64, records int, bytesWanted int64) (found, error) {
	f, err := os.Open(path)
	if err != nil {
		return found{}, err
	}
	defer f.Close()
	res := found{next: offset}
	for len(res.payloads) < records && res.next-offset < bytesWanted && res.next < limit {
		payload, size, err := readRecord(f, res.next, limit)
		if err == nil {
			res.payloads = append(res.payloads, payload)
			res.next += size
			continue
		}
		if !errors.Is(err, errNoRecord) {
			return found{}, err
		}
		next, err := resync(f, res.next+1, limit)
		if err != nil {
			return found{}, err
		}
		if next == limit {
			res.torn = limit - res.next
			break
		}
		res.damaged += next - res.next
		res.next = next
	}
	res.end = res.next+res.torn >= limit
	return res, nil
}

var errNoRecord = errors.New("no record here")

// readRecord reads the record at offset; errNoRecord if there is no whole one.
func readRecord(f io.ReaderAt, offset, limit int64) (payload []byte, size int64, err error) {
	if limit-offset < frameSize {
		return nil, 0, errNoRecord
	}
	head := make([]byte, frameSize)
	if _, err := f.ReadAt(head, offset); err != nil {
		return nil, 0, unlessEOF(err)
	}
	n := int64(binary.BigEndian.Uint32(head[4:]))
	if string(head[:4]) != magic || n > maxPayload || n > limit-offset-frameSize {
		return nil, 0, errNoRecord
	}
	frame := make([]byte, frameSize+n)
	copy(frame, head)
	if _, err := f.ReadAt(frame[frameSize:], offset+frameSize); err != nil {
		return nil, 0, unlessEOF(err)
	}
	if checksum(frame) != binary.BigEndian.Uint32(head[8:]) {
		return nil, 0, errNoRecord
	}
	return frame[frameSize:], frameSize + n, nil
}

func unlessEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return errNoRecord
	}
	return err
}

// resync finds the next good record behind damage, or limit if there is none:
// then what was read last is a torn tail.
func resync(f io.ReaderAt, offset, limit int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for offset < limit {
		n, err := f.ReadAt(buf[:min(int64(len(buf)), limit-offset)], offset)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if n < len(magic) {
			return limit, nil
		}
		at := bytes.Index(buf[:n], []byte(magic))
		if at < 0 {
			offset += int64(n - len(magic) + 1) // the magic may lie across the edge
			continue
		}
		offset += int64(at)
		switch _, _, err := readRecord(f, offset, limit); {
		case err == nil:
			return offset, nil
		case !errors.Is(err, errNoRecord):
			return 0, err
		}
		offset++
	}
	return limit, nil
}
