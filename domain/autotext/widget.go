package autotext

import (
	"maps"
	"slices"
)

// widgetTexts are the texts of the chat widget that a site can word itself, and the
// placeholders of each. They are those of web/shared/widgetTexts.ts.
var widgetTexts = map[string][]string{
	"title":            nil,
	"subtitle":         nil,
	"open_chat":        nil,
	"close_chat":       nil,
	"unread_one":       {"n"},
	"unread_other":     {"n"},
	"messages":         nil,
	"write":            nil,
	"send":             nil,
	"attach":           nil,
	"attach_hint":      nil,
	"remove":           {"name"},
	"drop":             nil,
	"you":              nil,
	"sending":          nil,
	"sent":             nil,
	"read":             nil,
	"not_sent":         nil,
	"retry":            nil,
	"discard":          nil,
	"offline":          nil,
	"reconnecting":     nil,
	"waiting":          nil,
	"next":             nil,
	"ahead_one":        {"n"},
	"ahead_other":      {"n"},
	"wait_short":       nil,
	"wait_range":       {"from", "to"},
	"wait_about":       {"to"},
	"usually":          {"time"},
	"typing":           {"name"},
	"somebody":         nil,
	"hello_live":       nil,
	"hello_persistent": nil,
	"later":            nil,
	"nobody":           nil,
	"ended":            nil,
	"again":            nil,
	"end":              nil,
	"end_sure":         nil,
	"yes_end":          nil,
	"no":               nil,
	"transcript":       nil,
	"more":             nil,
	"closed":           nil,
	"opens":            {"time"},
	"sign_in":          nil,
	"welcome_back":     nil,
	"still_open":       nil,
	"continue":         nil,
	"start":            nil,
	"choose":           nil,
	"needed":           nil,
	"bad_email":        nil,
	"bad_phone":        nil,
	"too_big":          {"name", "size"},
	"not_taken":        {"name"},
	"write_first":      nil,
	"too_many":         {"n"},
	"too_long":         {"n"},
	"redacted":         nil,
	"earlier":          nil,
	"newest":           nil,
	"picture":          {"name"},
	"file":             {"name", "size"},
	"went_wrong":       nil,
	"too_fast":         nil,
	"loading":          nil,
}

// WidgetTexts are the names of the chat widget's texts.
func WidgetTexts() []string { return slices.Sorted(maps.Keys(widgetTexts)) }

// WidgetValues are the placeholders of one of the chat widget's texts, and whether
// there is such a text.
func WidgetValues(name string) (placeholders []string, known bool) {
	placeholders, known = widgetTexts[name]
	return placeholders, known
}
