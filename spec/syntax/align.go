package syntax

import (
	"bytes"
	"unicode/utf8"
)

// The printer marks where a line may be padded by bytes that no source can hold. Marks of one kind on consecutive lines
// of one indentation are brought to one column.
const (
	varTypeCell    byte = iota + 14 // the type of a state variable
	varInitCell                     // its initialiser
	constCell                       // the value of a constant
	typeCell                        // the definition of a type
	configCell                      // a value in a configuration
	configBodyCell                  // a configuration on one line
	propNameCell                    // the name of a property
	propBodyCell                    // its body
	commentCell                     // a // comment at the end of a line
	lastCell       = commentCell
)

// cell marks the place before the next token.
func (p *printer) cell(kind byte) {
	if p.flat == 0 && p.tokens != nil {
		p.out = append(p.out, kind)
	}
}

// align pads the lines and removes the marks.
func align(text []byte) []byte {
	lines := bytes.Split(text, []byte{'\n'})
	for kind := varTypeCell; kind <= lastCell; kind++ {
		for i := 0; i < len(lines); {
			j := i
			for j < len(lines) && bytes.IndexByte(lines[j], kind) >= 0 && leading(lines[j]) == leading(lines[i]) {
				j++
			}
			pad(lines[i:j], kind)
			i = max(j, i+1)
		}
	}
	for i, l := range lines {
		lines[i] = bytes.TrimRight(l, " ")
	}
	return bytes.Join(lines, []byte{'\n'})
}

// pad brings the marks of one kind, one a line, to one column and removes them.
func pad(lines [][]byte, kind byte) {
	widest := 0
	for _, l := range lines {
		widest = max(widest, width(l[:bytes.IndexByte(l, kind)]))
	}
	for i, l := range lines {
		before, after, _ := bytes.Cut(l, []byte{kind})
		padding := bytes.Repeat([]byte{' '}, widest-width(before))
		lines[i] = bytes.Join([][]byte{before, padding, after}, nil)
	}
}

// width counts characters, without marks.
func width(line []byte) int {
	n := utf8.RuneCount(line)
	for _, c := range line {
		if c >= varTypeCell && c <= lastCell {
			n--
		}
	}
	return n
}

// leading counts the blanks that a line begins with.
func leading(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }
