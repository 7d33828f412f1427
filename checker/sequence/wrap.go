package sequence

import (
	"cmp"
	"strings"
	"unicode"
)

// clean gives text on one line without what would not show, or change the direction of what follows.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case !unicode.IsGraphic(r):
			return unicode.ReplacementChar
		default:
			return r
		}
	}, text)
}

// columns is how wide text is: letters of East Asia, and all above, take two columns.
func columns(text string) (n int) {
	for _, r := range text {
		n += width(r)
	}
	return n
}

func width(r rune) int {
	const eastAsia = 0x1100
	if r >= eastAsia && (r < 0x2000 || r >= 0x2e80) {
		return 2
	}
	return 1
}

// wrap breaks text into lines of at most so many columns, behind commas or else words where that leaves them half full. All but the first begin with
// an indent more than the text does.
func wrap(text string, most int) (lines []string) {
	text = clean(text)
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))] + "  "
	if len(indent) > most/2 {
		indent = "  "
	}
	for columns(text) > most {
		at, n := 0, 0
		space, comma := 0, 0
		for i, r := range text {
			if n += width(r); n > most {
				at = i
				break
			}
			if r == ' ' && n > most/2 {
				space = i
				if text[i-1] == ',' {
					comma = i
				}
			}
		}
		at = cmp.Or(comma, space, at)
		lines = append(lines, strings.TrimRight(text[:at], " "))
		text = indent + strings.TrimLeft(text[at:], " ")
	}
	return append(lines, text)
}
