package trigger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cronField is one field of a cron expression: its name, its bounds and the names
// that stand for its numbers, from the least on.
type cronField struct {
	name        string
	least, most int
	words       []string
	short       int // letters that a word has at least
}

func cronFields() []cronField {
	months := []string{"january", "february", "march", "april", "may",
		"june", "july", "august", "september", "october", "november", "december"}
	days := []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	return []cronField{
		{"minute", 0, 59, nil, 0}, {"hour", 0, 23, nil, 0}, {"day of month", 1, 31, nil, 0},
		{"month", 1, 12, months, 3}, {"day of week", 0, 7, days, 2},
	}
}

// CheckCron says what is wrong with a cron expression of five fields, "" if
// nothing is: it is what a Temporal Schedule takes, and there is a day on which it
// runs. The day of the month and that of the week must both fit.
func CheckCron(expr string) string {
	given, fields := strings.Fields(expr), cronFields()
	if len(given) != len(fields) || strings.ContainsAny(expr, "=#@") {
		return "must have five fields: minute, hour, day of month, month, day of week"
	}
	var means [5][]int
	for i, f := range fields {
		for part := range strings.SplitSeq(given[i], ",") {
			values, why := f.values(part)
			if why != "" {
				return fmt.Sprintf("has a %s that cannot be used: %s %s", f.name, strconv.Quote(part), why)
			}
			means[i] = append(means[i], values...)
		}
	}
	for _, month := range means[3] {
		if slices.Min(means[2]) <= longest(month) {
			return ""
		}
	}
	return "names a day that no month has"
}

// values are the numbers that one part of a field means.
func (f cronField) values(part string) (out []int, why string) {
	within := fmt.Sprintf("must be between %d and %d", f.least, f.most)
	span, by, stepped := strings.Cut(part, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(by); err != nil || step < 1 {
			return nil, "must have a step of 1 or more after the slash"
		}
	}
	from, until := f.least, f.most
	if span != "*" {
		first, last, isRange := strings.Cut(span, "-")
		var ok bool
		if from, ok = f.value(first); !ok {
			return nil, within
		}
		switch {
		case isRange:
			if until, ok = f.value(last); !ok || until < from {
				return nil, within + ", the lower first"
			}
		case !stepped:
			until = from
		}
	}
	for v := from; v <= until; v += step {
		out = append(out, v)
	}
	return out, ""
}

func (f cronField) value(s string) (int, bool) {
	if len(s) >= f.short && f.words != nil {
		for i, w := range f.words {
			if strings.HasPrefix(w, strings.ToLower(s)) {
				return f.least + i, true
			}
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= f.least && n <= f.most
}

// longest is how many days a month has at most.
func longest(month int) int {
	switch month {
	case 2:
		return 29
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
