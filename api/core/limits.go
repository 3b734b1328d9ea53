package core

import (
	"syscall"
	"time"

	"switchboard/api/httpx"
)

// UploadLimits are how much visitors may have uploaded and not sent. A zero limit
// stands for its default.
type UploadLimits struct {
	Visitor int64 // bytes of one visitor; as much as a message may have, or 20 MB
	Files   int   // of one visitor; 10
	Network int64 // bytes from one network address; 100 MB
	Widget  int64 // bytes for one widget; 1 GB
	Floor   int64 // bytes that must stay free on the disk, also for agents' files; 1 GB
}

func (l UploadLimits) withDefaults() UploadLimits {
	for limit, fallback := range map[*int64]int64{&l.Network: 100_000_000, &l.Widget: 1_000_000_000, &l.Floor: 1_000_000_000} {
		if *limit == 0 {
			*limit = fallback
		}
	}
	if l.Files == 0 {
		l.Files = 10
	}
	return l
}

// ChatLimits are how much a visitor or a site may do: Burst at once, and one more
// every Every. A zero limit stands for its default.
type ChatLimits struct {
	Starts   ChatLimit // of one network address
	Origin   ChatLimit // starts from one site
	Messages ChatLimit // of one visitor
	Requests ChatLimit // of one visitor, all kinds together
	Unknown  ChatLimit // keys of widgets, of one network address, that have to be looked up and are none
}

// ChatLimit is one limit.
type ChatLimit struct {
	Burst int
	Every time.Duration
}

func (l ChatLimits) withDefaults() ChatLimits {
	for _, d := range []struct {
		limit    *ChatLimit
		fallback ChatLimit
	}{{&l.Starts, ChatLimit{60, time.Second}}, {&l.Origin, ChatLimit{1000, 20 * time.Millisecond}},
		{&l.Messages, ChatLimit{30, time.Second}}, {&l.Requests, ChatLimit{200, 100 * time.Millisecond}},
		{&l.Unknown, ChatLimit{60, time.Second}}} {
		if *d.limit == (ChatLimit{}) {
			*d.limit = d.fallback
		}
	}
	return l
}

// Of is the limit counted under a key, such as "start/" and an address.
func (l ChatLimit) Of(key string) httpx.Limit {
	return httpx.Limit{Key: key, Most: float64(l.Burst), Every: l.Every}
}

// StreamLimits are how many event streams may be open at once in one process. A
// zero limit stands for its default.
type StreamLimits struct {
	Agent   int // of one agent or API token; 20
	Address int // of one network address, agents and visitors together; 100
	All     int // three quarters of the files that the process may open
}

func (l StreamLimits) withDefaults() StreamLimits {
	if l.Agent == 0 {
		l.Agent = 20
	}
	if l.Address == 0 {
		l.Address = 100
	}
	if l.All == 0 {
		l.All = openFiles() / 4 * 3
	}
	return l
}

// openFiles is how many files the process may open.
func openFiles() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil || l.Cur > 1<<20 {
		return 1 << 20
	}
	return int(l.Cur)
}
