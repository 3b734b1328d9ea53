package ingest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/ingest"
	"switchboard/test/tier"
)

// A process that was told to stop holds the journal until it has answered.
func TestFault_F9_TheJournalIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before, err := ingest.OpenJournal(ingest.JournalConfig{Dir: dir})
	require.NoError(t, err)
	_, err = ingest.OpenJournal(ingest.JournalConfig{Dir: dir})
	require.ErrorIs(t, err, ingest.ErrJournalLocked, "without patience")
	require.ErrorContains(t, err, dir)

	opened := make(chan error, 1)
	go func() {
		j, err := ingest.OpenJournal(ingest.JournalConfig{Dir: dir, Patience: tier.Patience(time.Minute)})
		if err == nil {
			err = j.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		t.Fatal("opened while another has it", err)
	case <-time.After(150 * time.Millisecond):
	}
	require.NoError(t, before.Close())
	require.NoError(t, <-opened)
}
