package contact_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/contact"
)

func TestPhone_OK(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                         "",
		"  ":                       "",
		"+14251234567":             "+14251234567",
		" +1 (425) 123-4567 ":      "+14251234567",
		"+1.425.123.4567":          "+14251234567",
		"+372\u00a05123\u20114567": "+37251234567", // as word processors write blanks and dashes
		"+1234567":                 "+1234567",
		"+123456789012345":         "+123456789012345",
	} {
		got, err := contact.Phone(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
}

func TestPhone_Err(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"14251234567", "004251234567", "+0425123456", "+123456", "+1234567890123456", "+1425CALLNOW",
		"+1/425/1234567", "+1425+1234567", "-", "()", "+", "+1 425 123 4567 ext 2", "+14251234567\x00", "+999 (0)20 7946 001", "+14251234567;+14251234568"} {
		got, err := contact.Phone(in)
		require.ErrorIs(t, err, contact.ErrPhone, in)
		require.Empty(t, got, in)
	}
}

func TestField_F08_TrunkZeroOfAContact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"+44 (0)20 7946 0018": "+442079460018", "+49 (0)30 123456": "+4930123456", "+39 06 698 12345": "+390669812345",
		"\u202a+1 415-555-0118\u202c": "+14155550118",
		"'+1 415 555 0118":            "+14155550118", "tel:+14155550118": "+14155550118", "＋14155550118": "+14155550118",
		"+52 1 55 1234 5678": "+525512345678",
	} {
		got, err := contact.Phone(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
}

func TestField_F18_SearchedAsItIsWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"+44 (0)20 7946 0018": "+442079460018%", "'+1 415-555-0118": "+14155550118%",
		"tel:+14155550118": "+14155550118%",
		"+1 415":           "+1415%", "1415": "+1415%", "Ann": "", "+521 55 1234 5678": "+525512345678%"} {
		require.Equal(t, want, contact.SearchFor(text).Phone, text)
	}
}

// Whatever is strewn into a number, it comes out the same; what came out stays.
func TestPhone_IsStable(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		digits := []byte("+" + string(rune('1'+r.IntN(9))))
		for range 6 + r.IntN(9) {
			digits = append(digits, byte('0'+r.IntN(10)))
		}
		var written strings.Builder
		for _, d := range digits {
			for range r.IntN(3) {
				written.WriteByte(" -.\t"[r.IntN(4)])
			}
			written.WriteByte(d)
		}
		got, err := contact.Phone(written.String())
		require.NoError(t, err)
		plain, err := contact.Phone(string(digits))
		require.NoError(t, err)
		require.Equal(t, plain, got)
		require.True(t, contact.IsPhone(got))
		again, err := contact.Phone(got)
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	d, err := contact.Details{FirstName: " Ann ", LastName: "van  der\u00a0Lee", Email: " ann@example.com ", Phone: "+1 425 123 4567"}.Clean()
	require.NoError(t, err)
	require.Equal(t, contact.Details{Name: "Ann van der Lee", FirstName: "Ann", LastName: "van der Lee", Email: "ann@example.com", Phone: "+14251234567"}, d)
	_, err = contact.Details{Phone: "123"}.Clean()
	require.ErrorIs(t, err, contact.ErrPhone)
	require.True(t, contact.Details{Language: "et"}.Empty())
	require.False(t, d.Empty())
}

func TestMatch_AllGivenAndExactly(t *testing.T) {
	t.Parallel()
	d := contact.Details{Name: "Ann Lee", Email: "Ann@Example.com", Phone: "+14251234567", ExternalID: "u-1"}
	all := contact.Keys{Phone: d.Phone, Email: "ann@example.COM", Name: d.Name, ExternalID: d.ExternalID}
	require.True(t, all.Match(d))
	require.False(t, contact.Keys{}.Match(d), "no key is nobody")
	require.False(t, contact.Keys{}.Match(contact.Details{}))
	for name, k := range map[string]contact.Keys{
		"a phone that only begins so":  {Phone: "+142512345"},
		"a name with other capitals":   {Name: "ann lee"},
		"one of two fits":              {Phone: d.Phone, Name: "Bob"},
		"an external id is not a name": {ExternalID: "Ann Lee"},
	} {
		require.False(t, k.Match(d), name)
	}
}

// What a merge gives, its reversal takes, and nothing else.
func TestUnfill_TakesBackWhatFillGave(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	some := func() string { return []string{"", "a", "b"}[r.IntN(3)] }
	any := func() contact.Details {
		return contact.Details{Name: some(), FirstName: some(), LastName: some(), Email: some(), Phone: some(), Language: some(), ExternalID: some()}
	}
	for range 2000 {
		w, l := any(), any()
		filled := contact.Fill(w, l)
		require.Equal(t, w, contact.Unfill(filled, w, l))
		filled.Email = "changed since"
		back := contact.Unfill(filled, w, l)
		require.Equal(t, "changed since", back.Email)
		back.Email = w.Email
		require.Equal(t, w, back)
	}
}

func TestSearchFor(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]contact.Search{
		"":               {},
		"  ":             {},
		"Ann":            {Words: "'Ann':*", Email: "Ann%", External: "Ann"},
		"Anne-Marie O'B": {Words: "'Anne':* & 'Marie':* & 'O':* & 'B':*", External: "Anne-Marie O'B"},
		"a_b%c":          {Words: "'a':* & 'b%c':*", Email: `a\_b\%c%`, External: "a_b%c"},
		"+1 (425) 12":    {Words: "'+1':* & '425':* & '12':*", Phone: "+142512%", External: "+1 (425) 12"},
		`x\y`:            {Words: `'x\\y':*`, Email: `x\\y%`, External: `x\y`},
		"42":             {Words: "'42':*", Email: "42%", External: "42"},
		"สมชาย ใจดี":     {Words: "'สมชาย':* & 'ใจดี':*", External: "สมชาย ใจดี"},
	} {
		require.Equal(t, want, contact.SearchFor(in), in)
	}
}
