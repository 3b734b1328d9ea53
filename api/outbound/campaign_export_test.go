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

// A formula that begins as a phone number does, in any column.
func TestField_F30_FormulasThatBeginWithAPlus(t *testing.T) {
	t.Parallel()
	for _, formula := range []string{"+1+cmd|' /C calc'!A0", "+1;2", "+1 ", "+-1", "+A1", "+1=1", "+12345678901\t=1"} {
		row := exportRow(campaigndb.LedgerRow{To: "+12345678901", Status: "sent", Related: formula, Zone: formula, Code: formula, ProviderID: &formula})
		require.Contains(t, row, "+12345678901")
		require.Contains(t, row, "'"+formula)
		require.NotContains(t, row, formula)
	}
}
