package session

import (
	"net/netip"
	"time"

	"switchboard/api/httpx"
)

// How many failed sign-ins are allowed at once, and how fast they are forgiven. One
// network guesses little for one address, and not much for all of them; all networks
// together are slowed down for one address. A browser that its owner signed in with
// before is counted by itself, so that nobody can keep them out.
const (
	pairTries  = 5 // of one network for one e-mail address, or of one known browser
	pairEvery  = 3 * time.Minute
	ipTries    = 50 // of one network
	ipEvery    = 15 * time.Second
	emailTries = 100 // of all networks for one e-mail address
	emailEvery = 10 * time.Second
)

// signInLimits are the buckets of a try. device is the browser's, "" if nobody has
// signed in with it for the address.
func signInLimits(email, ip, device string) []httpx.Limit {
	if device != "" {
		return []httpx.Limit{{Key: "device/" + device, Most: pairTries, Every: pairEvery}}
	}
	from := network(ip)
	return []httpx.Limit{
		{Key: "pair/" + from + "/" + email, Most: pairTries, Every: pairEvery},
		{Key: "ip/" + from, Most: ipTries, Every: ipEvery},
		{Key: "email/" + email, Most: emailTries, Every: emailEvery},
	}
}

// network is what one client has of addresses: of IPv6 whole networks.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64) // IPv6 has as many bits
	return p.String()
}
