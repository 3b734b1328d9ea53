package phone_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/phone"
)

func TestField_F18_NumbersAsPeoplePasteThem(t *testing.T) {
	t.Parallel()
	const want = "+14155550118"
	for _, raw := range []string{
		"+14155550118", "+1 415 555 0118", "\u202a+1 415-555-0118\u202c", "\u200e+14155550118", "\u2066+1 415 555 0118\u2069",
		"\ufeff+14155550118",
		"+1\u200b415\u200b5550118", "+1\u00a0415\u202f555\u20090118", "+1\u2011415\u2011555\u20110118", "+1\u2013415\u2212555\u20100118",
		"\t+14155550118\r\n",
		"'+14155550118", "\u2019+14155550118", "`+14155550118", "\"+14155550118\"", "=\"+14155550118\"", "\u201c+14155550118\u201d", "<+14155550118>",
		"tel:+14155550118", "TEL:+1-415-555-0118", "tel://+14155550118", "tel:%2B14155550118", "sms:+14155550118", "whatsapp:+14155550118", "Tel.: +1 415 555 0118",
		"Phone: +1 415 555 0118", "M: +1 415 555 0118", "https://wa.me/14155550118", "wa.me/+14155550118?text=hi", "https://api.whatsapp.com/send?phone=14155550118&text=a",
		"\uff0b14155550118", "\uff0b\uff11\uff14\uff11\uff15\uff15\uff15\uff15\uff10\uff11\uff11\uff18", "+\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0661\u0668",
		"+\u06f1\u06f4\u06f1\u06f5\u06f5\u06f5\u06f5\u06f0\u06f1\u06f1\u06f8", "+\u0967\u096a\u0967\u096b\u096b\u096b\u096b\u0966\u0967\u0967\u096e",
		"001 415 555 0118", "0014155550118", "+0014155550118", "(+1) 415 555 0118", "+(1) 415 555 0118", "(001) 415 555 0118", "+1 (415) 555-0118", "[+1] 415.555.0118",
		"++14155550118", "+1.415.555.0118", "+1/415/5550118", "+1 415 555 0118.0", "14155550118.0", "+1.4155550118E+10", "1,4155550118e10", "+14155550118;", "+1\u00b7415\u00b7555\u00b70118",
	} {
		got, err := phone.Parse(raw, "US")
		if raw == "+1/415/5550118" {
			require.ErrorIs(t, err, phone.ErrNumber, "may be two")
			continue
		}
		require.NoError(t, err, "%+q", raw)
		require.Equal(t, want, got, "%+q", raw)
	}
}

func TestField_F08_TrunkZero(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"+44 (0)20 7946 0018": "+442079460018", "+44 (0) 20 7946 0018": "+442079460018", "+44(0)2079460018": "+442079460018", "+44 [0] 20 7946 0018": "+442079460018",
		"+44-(0)-20-7946-0018": "+442079460018", "0044 (0)20 7946 0018": "+442079460018", "+44 020 7946 0018": "+442079460018", "(+44) (0)20 7946 0018": "+442079460018",
		"+44 (020) 7946 0018": "+442079460018", "+49 (0)30 123456": "+4930123456", "+49 030 123456": "+4930123456", "+49 (030) 123456": "+4930123456",
		"+49 (0) 172/1234567": "+491721234567", "+33 (0)6 12 34 56 78": "+33612345678", "+31 (0)6 12345678": "+31612345678", "+358 (0)40 123 4567": "+358401234567",
		"+46 (0)70-123 45 67": "+46701234567", "+39 06 698 12345": "+390669812345", "+39 (06) 698 12345": "+390669812345", "+39 (0)6 698 12345": "+390669812345",
		"+225 07 12 34 56 78": "+2250712345678", "+36 (06) 1 234 5678": "+3612345678", "+378 0549 123456": "+3780549123456",
	} {
		got, err := phone.Parse(raw, "")
		require.NoError(t, err, raw)
		require.Equal(t, want, got, raw)
	}
}

func TestField_F18_RefusedWithTheReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw, region string
		want        error
	}{
		{"4.47911E+11", "", phone.ErrShortened}, {"4.47911E+11", "US", phone.ErrShortened}, {"1E+11", "US", phone.ErrShortened}, {"+1.41556E+10", "", phone.ErrShortened},
		{"1.415555012E+10", "US", phone.ErrShortened}, {"4,47911E+11", "DE", phone.ErrShortened},
		{"+14155550124;+14155550125", "", phone.ErrSeveral}, {"+14155550124, +14155550125", "", phone.ErrSeveral}, {"+14155550124 +14155550125", "", phone.ErrSeveral},
		{"030 1234567, 030 7654321", "DE", phone.ErrSeveral}, {"+14155550124/+14155550125", "", phone.ErrSeveral}, {"+49 30 123456/57", "", phone.ErrSeveral},
		{"+14155550124\n+14155550125", "", phone.ErrSeveral},
		{"+1 415 555 0123 ext 5", "", phone.ErrExtension}, {"+1 415 555 0123x5", "", phone.ErrExtension}, {"+1 415 555 0123 #5", "", phone.ErrExtension},
		{"tel:+14155550123;ext=5", "", phone.ErrExtension},
		{"03.05.2026", "EE", phone.ErrDate}, {"3/5/2026", "US", phone.ErrDate}, {"2026-05-03", "EE", phone.ErrDate}, {"2026-05-03 10:30", "EE", phone.ErrDate},
		{"2026-05-03T10:30:00", "EE", phone.ErrDate}, {"03.05.26", "EE", phone.ErrDate}, {"31/12/1999", "GB", phone.ErrDate},
		{"555-0127", "US", phone.ErrArea}, {"5550127", "CA", phone.ErrArea},
		{"14155550129", "", phone.ErrCountry}, {"(020) 7946 0018", "", phone.ErrCountry},
		{"+1 415 555 013", "", phone.ErrDigits}, {"+1 415 555 01333", "", phone.ErrDigits},
		{"+999 123456789", "", phone.ErrNumber}, {"+1-415-555-o133", "", phone.ErrNumber}, {"+1425CALLNOW", "", phone.ErrNumber}, {"*100#", "US", phone.ErrNumber},
		{"hello", "US", phone.ErrNumber}, {"", "US", phone.ErrNumber}, {"+", "", phone.ErrNumber}, {"-", "US", phone.ErrNumber}, {"()", "US", phone.ErrNumber},
		{"+0425123456", "", phone.ErrNumber}, {"a@b.example", "US", phone.ErrNumber}, {"+1425123456\x007", "", phone.ErrNumber}, {"12", "EE", phone.ErrNumber},
	} {
		got, err := phone.Parse(c.raw, c.region)
		require.Empty(t, got, c.raw)
		require.ErrorIs(t, err, phone.ErrNumber, c.raw)
		require.ErrorIs(t, err, c.want, c.raw)
		if c.want == phone.ErrNumber {
			require.NotErrorIs(t, err, phone.ErrCountry, c.raw)
		}
		require.NotContains(t, err.Error(), "4155550", "the number is not repeated")
	}
}

func TestField_F04_OnePersonUnderTwoSpellings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ plan, older string }{
		{"+525512345678", "+5215512345678"},
		{"+5511912345678", "+5511" + "12345678"}, // a fixed line in its older form: not the same
		{"+5531987654321", "+553187654321"},
		{"+2290197123456", "+22997123456"},
		{"+2250701234567", "+22501234567"}, // 01 was another operator's
		{"+2250707123456", "+22507123456"},
		{"+2250544123456", "+22544123456"},
		{"+2250142123456", "+22542123456"},
	} {
		others, back := phone.Others(c.plan), phone.Others(c.older)
		if c.plan == "+5511912345678" || c.plan == "+2250701234567" {
			require.NotContains(t, others, c.older)
			require.NotContains(t, back, c.plan)
			continue
		}
		require.Equal(t, []string{c.older}, others)
		require.Equal(t, []string{c.plan}, back)
		got, err := phone.Parse(c.older, "")
		require.NoError(t, err, "as the provider writes it, it can be listed")
		require.Equal(t, c.plan, got)
	}
	require.Equal(t, []string{"+541123456789"}, phone.Others("+5491123456789"))
	require.Equal(t, []string{"+5491123456789"}, phone.Others("+541123456789"))
	for raw, want := range map[string]string{
		"+52 1 55 1234 5678": "+525512345678", "+521-55-1234-5678": "+525512345678", "+52 55 1234 5678": "+525512345678", "00 52 1 55 1234 5678": "+525512345678",
		"+54 9 11 2345-6789": "+5491123456789", "+54 11 15 2345 6789": "+5491123456789", "+55 11 91234-5678": "+5511912345678", "+55 11 8123-4567": "+5511981234567",
		"+55 (11) 8123-4567": "+5511981234567", "+55 11 1234-5678": "+551112345678", "+225 07 12 34 56": "+2250707123456",
	} {
		got, err := phone.Parse(raw, "")
		require.NoError(t, err, raw)
		require.Equal(t, want, got, raw)
	}
	for raw, region := range map[string]string{"55 1234 5678": "MX", "97 12 34 56": "BJ"} {
		got, err := phone.Parse(raw, region)
		require.NoError(t, err, raw)
		require.Len(t, phone.Others(got), 1)
	}
	for _, e164 := range []string{"+14155550118", "+442079460018", "+37255550001", "+551133334444", "Uabc", "", "+52", "+5255"} {
		require.Empty(t, phone.Others(e164), e164)
	}
}
