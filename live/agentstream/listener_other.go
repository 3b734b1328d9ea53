//go:build !linux

package agentstream

import (
	"net"
	"time"
)

func setUserTimeout(*net.TCPConn, time.Duration) {}
