package routing

import "time"

// leastAccepted is how many agents must have taken within the hour before that
// says anything about the next.
const leastAccepted = 3

// WaitAhead is how long who enters a queue now will wait, in seconds, at the pace
// of the last hour; 0: not known.
func WaitAhead(waiting, accepted int) int {
	if accepted < leastAccepted || waiting == 0 {
		return 0
	}
	return (waiting + 1) * int(time.Hour/time.Second) / accepted
}
