package e2e

import (
	"context"
	"fmt"

	"switchboard/test/rig"
)

// searchForMarks looks through every history, log line and problem of the whole
// run. What it finds is not quoted: that would be the next leak.
func searchForMarks(ctx context.Context, r *rig.Rig) error {
	histories, err := r.SearchForMarks(ctx)
	if err != nil {
		return err
	}
	problems.Lock()
	defer problems.Unlock()
	for _, p := range problems.seen {
		if m := rig.Marked([]byte(p)); m != "" {
			return fmt.Errorf("a problem document holds %q", m)
		}
	}
	fmt.Printf("privacy: %d histories and %d problems hold no mark\n", histories, len(problems.seen))
	return nil
}
