package phone

import "strings"

// Providers, WhatsApp above all, know some numbers in a form that the numbering
// plan of the country has left: a person who registered before the change keeps
// it. Both forms reach one person.

// planned writes a number of such a country as today's plan does. It reports
// whether the number is one.
func planned(written string) (string, bool) {
	digits, international := strings.CutPrefix(onlyDigits(written), "+")
	if !international {
		return "", false
	}
	switch {
	case len(digits) == 13 && strings.HasPrefix(digits, "521"): // Mexico until 2019: 1 before mobile numbers
		return "+52" + digits[3:], true
	case len(digits) == 12 && strings.HasPrefix(digits, "55") && digits[2] != '0' && digits[3] != '0' &&
		strings.IndexByte("6789", digits[4]) >= 0:
		return "+55" + digits[2:4] + "9" + digits[4:], true // Brazil until 2016: mobile numbers without the 9
	case len(digits) == 11 && strings.HasPrefix(digits, "229"): // Benin until 2024: without 01
		return "+22901" + digits[3:], true
	case len(digits) == 11 && strings.HasPrefix(digits, "225"): // Ivory Coast until 2021: without the operator's two digits
		if operator := ivorian(digits[4]); digits[3] != '2' && digits[3] != '3' {
			return "+225" + operator + digits[3:], true
		}
	}
	return "", false
}

// ivorian is the prefix that mobile numbers of Ivory Coast got in 2021, by the
// second digit that they had.
func ivorian(second byte) string {
	switch {
	case second <= '3':
		return "01"
	case second <= '6':
		return "05"
	}
	return "07"
}

// Others are the other forms under which the owner of a number in E.164 may be
// known, today's first. Most numbers have none.
func Others(e164 string) []string {
	digits, international := strings.CutPrefix(e164, "+")
	if !international || !IsE164(e164) {
		return nil
	}
	if p, ok := planned(e164); ok {
		return []string{p}
	}
	switch {
	case len(digits) == 12 && strings.HasPrefix(digits, "52"):
		return []string{"+521" + digits[2:]}
	case len(digits) == 13 && strings.HasPrefix(digits, "55") && digits[4] == '9' && strings.IndexByte("6789", digits[5]) >= 0:
		return []string{"+55" + digits[2:4] + digits[5:]}
	case len(digits) == 13 && strings.HasPrefix(digits, "549"): // Argentina: 9 before mobile numbers, which is left out too
		return []string{"+54" + digits[3:]}
	case len(digits) == 12 && strings.HasPrefix(digits, "54") && digits[2] != '9':
		return []string{"+549" + digits[2:]}
	case len(digits) == 13 && strings.HasPrefix(digits, "22901"):
		return []string{"+229" + digits[5:]}
	case len(digits) == 13 && strings.HasPrefix(digits, "2250") && digits[5] != '2' && digits[5] != '3' && ivorian(digits[6]) == digits[3:5]:
		return []string{"+225" + digits[5:]}
	}
	return nil
}

// onlyDigits leaves the digits and the + in front.
func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
