package relay

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRestAfter(t *testing.T) {
	t.Parallel()
	require.Equal(t, giveWay, restAfter(0, nil))
	require.Equal(t, giveWay, restAfter(burst-1, nil))
	require.Equal(t, giveSome, restAfter(burst, nil), "nobody waits longer for a burst to end")
	require.Equal(t, giveSome, restAfter(0, errors.New("away")))
}

func TestRelay_RestsWhileMessagesPourIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ over, rests time.Duration }{
		"all the time":     {time.Hour, giveWay},
		"until it is over": {giveWay / 2, giveWay/2 + giveSome},
		"over already":     {0, giveSome},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				r := New(Config{Saturation: func() float64 {
					if time.Since(began) <= c.over {
						return 1
					}
					return 0
				}})
				require.True(t, r.rest(t.Context(), giveWay))
				require.Equal(t, c.rests, time.Since(began))
			})
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.False(t, New(Config{}).rest(ctx, time.Hour), "the process stops")
}
