package relay

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	common "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"switchboard/workflows/contract"
)

// What a workflow shows is held against its row: by version where it shows one,
// else by state.
func TestFault_F1_WhatAWorkflowShows(t *testing.T) {
	t.Parallel()
	show := func(values map[string]any) shown {
		fields := map[string]*common.Payload{}
		for name, v := range values {
			p, err := converter.GetDefaultDataConverter().ToPayload(v)
			require.NoError(t, err)
			fields[name] = p
		}
		return read(uuid.New(), &common.SearchAttributes{IndexedFields: fields})
	}
	state, version := contract.State.GetName(), contract.Version.GetName()
	for name, c := range map[string]struct {
		shows   map[string]any
		differs bool
	}{
		"the same":                {map[string]any{state: "active", version: int64(3)}, false},
		"an older version":        {map[string]any{state: "active", version: int64(2)}, true},
		"a newer version":         {map[string]any{state: "active", version: int64(4)}, true},
		"another state":           {map[string]any{state: "waiting", version: int64(3)}, true},
		"earlier code":            {map[string]any{state: "active"}, false},
		"earlier code, elsewhere": {map[string]any{state: "open"}, true},
		"nothing yet":             {nil, true},
	} {
		require.Equal(t, c.differs, show(c.shows).differs("active", 3), name)
	}
}
