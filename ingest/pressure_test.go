package ingest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/ingest"
	"switchboard/store/contactdb"
)

// slowStore is the database on a slow disk: it tells how many messages come with
// each commit, and takes as long as the test wants.
type slowStore struct {
	ingest.Store
	batches chan int
	goOn    chan struct{}
}

func (s slowStore) StoreMessages(ctx context.Context, batch []contactdb.Inbound) (int, error) {
	s.batches <- len(batch)
	<-s.goOn
	return s.Store.StoreMessages(ctx, batch)
}

// A slow disk keeps the committers busy with few messages. Others need not give
// way before many share a commit.
func TestCrowded_ManyAtOnceNotFewForLong(t *testing.T) {
	t.Parallel()
	b := site(t)
	disk := slowStore{b.cfg.Store, make(chan int), make(chan struct{})}
	b.cfg.Store, b.cfg.Lanes, b.cfg.Queue, b.cfg.QueueWait = disk, 1, 20, 10*time.Millisecond
	b.start(t)
	alone := make(chan error, 1)
	go func() { alone <- b.send(t, text("U1", "0", "alone")) }()
	require.Equal(t, 1, <-disk.batches)
	eventually(t, "under pressure", func() bool { return b.Utilization() > 0.9 })
	require.Zero(t, b.Saturation())

	crowd := make([]channel.Event, 21) // one more than there is room for, so that the rest is in the queue when this returns
	for i := range crowd {
		crowd[i] = text("U1", fmt.Sprint(1+i), "hi")
	}
	require.ErrorIs(t, b.send(t, crowd...), ingest.ErrBusy)
	disk.goOn <- struct{}{}
	require.NoError(t, <-alone)
	require.Equal(t, 20, <-disk.batches)
	eventually(t, "crowded", func() bool { return b.Saturation() > 0.9 })
	disk.goOn <- struct{}{}
	eventually(t, "quiet again", func() bool { return b.Saturation() < 0.1 && b.Utilization() < 0.1 })
	require.Equal(t, 21, b.count(t, `SELECT count(*) FROM message`))
}
