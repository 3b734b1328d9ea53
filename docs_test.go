package switchboard_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// Every relative link of the documentation leads to a file that is there, and to
// a heading of it where it names one.
func TestDocs_LinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	links := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, link := range linksOf(string(text)) {
			links++
			if broken := follow(page, link); broken != "" {
				t.Errorf("%s: %s: %s", page, link, broken)
			}
		}
	}
	require.Greater(t, links, 100, "the search finds the links that there are")

	// The measure works.
	require.Empty(t, follow("README.md", "docs/architecture.md#background-loops"))
	require.NotEmpty(t, follow("README.md", "docs/architecture.md#no-such-heading"))
	require.NotEmpty(t, follow("README.md", "docs/no-such-page.md"))
}

// pages are the documents for people, in the root and below docs.
func pages(t *testing.T) []string {
	t.Helper()
	out, err := filepath.Glob("*.md")
	require.NoError(t, err)
	err = filepath.WalkDir("docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			out = append(out, path)
		}
		return err
	})
	require.NoError(t, err)
	return out
}

var (
	fenced = regexp.MustCompile("(?ms)^```.*?^```")
	quoted = regexp.MustCompile("`[^`\n]*`")
	target = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	scheme = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
	header = regexp.MustCompile(`(?m)^#+ +(.*)$`)
)

// linksOf returns the relative links of a page; code has none.
func linksOf(text string) []string {
	var out []string
	for _, m := range target.FindAllStringSubmatch(quoted.ReplaceAllString(fenced.ReplaceAllString(text, ""), "``"), -1) {
		if !scheme.MatchString(m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// follow says why a link of a page leads nowhere; "" is that it does not.
func follow(page, link string) string {
	path, anchor, _ := strings.Cut(link, "#")
	to := filepath.Join(filepath.Dir(page), filepath.FromSlash(path))
	if path == "" {
		to = page
	}
	text, err := os.ReadFile(to)
	if err != nil {
		if _, err := os.Stat(to); err != nil {
			return "there is no such file"
		}
		return "" // a folder
	}
	if anchor != "" && !slices.Contains(anchors(string(text)), anchor) {
		return "there is no such heading"
	}
	return ""
}

// anchors are the names that a page's headings have on GitHub.
func anchors(text string) []string {
	var out []string
	for _, m := range header.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		out = append(out, strings.Map(func(r rune) rune {
			switch {
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			case r == ' ':
				return '-'
			}
			return -1
		}, m[1]))
	}
	return out
}
