//go:build !linux

package stream

import (
	"net"
	"time"
)

func setUserTimeout(*net.TCPConn, time.Duration) {}
