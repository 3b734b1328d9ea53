package api_test

import (
	"fmt"
	"io"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/test/tier"
)

// file is a list of recipients that is made while it is read; it notes how much
// memory is held meanwhile.
type file struct {
	n, at int
	rest  string
	first uint64 // after some of it
	most  uint64
}

func (f *file) Read(p []byte) (int, error) {
	if f.rest == "" {
		if f.at == f.n {
			return 0, io.EOF
		}
		f.at++
		f.rest = fmt.Sprintf("U%d,Customer %d,%t\n", f.at, f.at, f.at%100 == 0)
		if f.at == 1 {
			f.rest = "to,Name,optin\n" + f.rest
		}
		if f.at%100_000 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			if f.first == 0 {
				f.first = m.HeapAlloc
			}
			f.most = max(f.most, m.HeapAlloc)
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// A file of a million lines (a tenth of them in the short run), most of which cannot be used, is taken in while it
// is read: neither the lines nor what is wrong with them are kept in memory.
func TestCampaigns_AMillionLines(t *testing.T) {
	lines := tier.Size(100_000, 1_000_000)
	b := setup(t)
	conf, _ := b.outbound("Hello {Name}")
	id := b.post("/v1/campaigns", b.super, obj{"name": "Many", "configuration_id": conf}).is(201).str("id")
	in := &file{n: lines}
	r := httptest.NewRequestWithContext(b.Context(), "POST", "/v1/campaigns/"+id+"/recipients", in)
	r.Header.Set("Content-Type", "text/csv")
	r.Header.Set("Authorization", "Bearer "+b.super)
	w := httptest.NewRecorder()
	b.e.ServeHTTP(w, r) // not through what keeps requests to hold them against the contract
	got := answer{w, b.T}.is(200)
	require.InDelta(t, lines, got.get("rows"), 0)
	require.InDelta(t, lines/100, got.get("added"), 0)
	require.InDelta(t, lines-lines/100, got.get("refused"), 0)
	require.Len(t, got.get("errors"), 1000)
	require.Equal(t, lines/100, b.count(`SELECT count(*) FROM campaign_recipient WHERE campaign_id = $1`, id))
	t.Logf("%d MB are held after a tenth of the file, %d MB at most", in.first>>20, in.most>>20)
	require.Less(t, in.most, in.first+(16<<20), "what is held does not grow with the file")
}
