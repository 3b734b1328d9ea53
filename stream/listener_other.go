//go:build !linux

package stream

import "net"

func setUserTimeout(*net.TCPConn) {}
