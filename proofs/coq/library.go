package coq

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed theories/*.v
var theories embed.FS

// File is a file of a development.
type File struct {
	Name string // with forward slashes, in the folder of the development
	Text string
}

// needed are the files of the library that a development rests on, each after those that it needs.
var needed = []string{"TS", "Explore", "Trie", "Table", "Value", "Syntax", "Meaning", "Semantics", "Certify"}

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
