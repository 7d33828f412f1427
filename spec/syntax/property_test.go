package syntax

import (
	"testing"

	"pgregory.net/rapid"
)

// printParse: what is printed of any tree parses to that tree.
func printParse(t *rapid.T) {
	f := generator{t}.file()
	text := Print(f)
	g, err := Parse("g.bh", text)
	if err != nil {
		t.Fatalf("the printed tree does not parse: %v\n%s", err, text)
	}
	if !Equal(f, g) {
		t.Fatalf("the tree changed:\n%s\nprinted again:\n%s", text, Print(g))
	}
}

// untidyFormat: however a tree is laid out and commented, it parses to itself and obeys the laws of Format.
func untidyFormat(t *rapid.T) {
	g := generator{t}
	f := g.file()
	text := g.untidy(Print(f))
	h, err := Parse("g.bh", text)
	if err != nil {
		t.Fatalf("does not parse: %v\n%s", err, text)
	}
	if !Equal(f, h) {
		t.Fatalf("the tree changed:\n%s\nprinted again:\n%s", text, Print(h))
	}
	checkLaws(t, text)
}

func TestPrintParse(t *testing.T) { rapid.Check(t, printParse) }

func TestUntidyFormat(t *testing.T) { rapid.Check(t, untidyFormat) }

func FuzzPrintParse(f *testing.F) { f.Fuzz(rapid.MakeFuzz(printParse)) }

func FuzzUntidyFormat(f *testing.F) { f.Fuzz(rapid.MakeFuzz(untidyFormat)) }
