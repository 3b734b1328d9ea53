package outbound

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/store/campaigndb"
)

// What strangers wrote must not become a formula in a supervisor's spreadsheet.
func TestSecurity_L1_ExportsHoldNoFormulas(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"+cmd|' /C calc'!A1": "'+cmd|' /C calc'!A1", "+3725550101": "+3725550101", "+372 555": "'+372 555", "+": "'+", "+1+1": "'+1+1", "+1\n": "'+1\n",
		"=1+1": "'=1+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "＝1": "'＝1", "": "", "a=1": "a=1",
	} {
		require.Equal(t, want, cell(text), "%q", text)
	}
	formula := "=cmd|' /C calc'!A1"
	row := exportRow(campaigndb.LedgerRow{To: formula, Status: formula, Code: formula, Language: formula, Zone: formula, Related: formula, ProviderID: &formula})
	for i, v := range row {
		require.NotEqual(t, formula, v, "column %d", i)
	}
}
