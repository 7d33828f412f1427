package syntax

import (
	"os"
	"strings"
	"testing"
)

// mebibyte gives about a MiB of declarations, those of the sample over and over.
func mebibyte(tb testing.TB) []byte {
	src, err := os.ReadFile("testdata/cpu.bh")
	if err != nil {
		tb.Fatal(err)
	}
	body := string(src)[strings.Index(string(src), "action PowerOn"):]
	return []byte(strings.Repeat(body+"\n", 1<<20/len(body)+1))
}

func BenchmarkScan(b *testing.B) {
	src := mebibyte(b)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if s := scan("big.bh", src); s.err != nil {
			b.Fatal(s.err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	src := mebibyte(b)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Parse("big.bh", src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuildGrammar(b *testing.B) {
	for b.Loop() {
		buildGrammar()
	}
}
