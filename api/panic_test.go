package api_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"switchboard/api"
)

// A fault of ours is an answer with a problem, wherever it happens: also where the
// answer is held until its version is known.
func TestPanic_IsAnswered(t *testing.T) {
	b := setup(t, func(c *api.Config) {
		c.CapacityChanged = func(context.Context, uuid.UUID) { panic("a fault of ours") }
	})
	path := "/v1/agents/" + b.agents[0].String()
	b.patch(path, b.admin, obj{"capacity": 5}).problem(500, "internal")
}
