package coq

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

//go:embed theories/*.v
var theories embed.FS

// File is a file of a development.
type File struct {
	Name string // with forward slashes, in the folder of the development
	Text string
}

// needed are the files of the library that a development rests on, each after those that it needs; neededFast are those that a fast one
// rests on.
var (
	needed     = []string{"TS", "Explore", "Trie", "Value", "Syntax", "Meaning", "Semantics", "Certify"}
	neededFast = append(slices.Clone(needed), "Table", "CertifyFast")
)

// Theory is the text of a file of the library by its name, such as Sums, whose logical name is Bulkhead.Sums. A name that there is not is the
// caller's mistake.
func Theory(name string) string { return library(name)[0].Text }

// library gives files of the library.
func library(names ...string) []File {
	var out []File
	for _, name := range names {
		text, err := fs.ReadFile(theories, "theories/"+name+".v")
		if err != nil {
			panic("coq: the library is not whole: " + err.Error())
		}
		out = append(out, File{"theories/" + name + ".v", strings.ReplaceAll(string(text), "\r\n", "\n")})
	}
	return out
}
