package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/spec"
)

// stdinName is what a model read from standard input is called in messages.
const stdinName = "stdin"

// modelFlags choose the models and their constants.
type modelFlags struct {
	Define map[string]string `short:"D" placeholder:"NAME=VALUE" mapsep:"none" help:"Give a constant another value. May stand several times."`
	Config string            `placeholder:"NAME" help:"Use the constants of a named configuration."`
	Files  []string          `arg:"" name:"file" help:"Models (.bh); - is standard input."`
}

// loaded is a model and the name of the file as the user gave it.
type loaded struct {
	file    string
	program *spec.Program
	left    time.Duration // of the time limit
	text    *texts        // its file, and those that it imports
}

// load reads all models before any is run, so that a mistake in the last shows at once. The error is of the last model that
// has mistakes; those of the others are printed.
func (f *modelFlags) load(ctx context.Context, t *terminal, timeout time.Duration) ([]loaded, error) {
	var out []loaded
	var mistakes error
	names := map[string]string{}
	for _, file := range f.Files {
		m, err := f.loadFile(ctx, t, timeout, file)
		if err == nil {
			model := m.program.Info().Name
			if other, ok := names[model]; ok && other == m.file {
				err = fmt.Errorf("%s is given twice", m.file)
			} else if ok {
				err = fmt.Errorf("%s and %s both hold a model named %s, so that their reports could not be told apart", other, m.file, model)
			}
			names[model] = m.file
			out = append(out, m)
		}
		if err == nil {
			continue
		}
		if errors.As(err, new(*early)) {
			if mistakes == nil {
				mistakes = err
			}
			break
		}
		if mistakes != nil {
			fmt.Fprintln(t.stderr, complaint(mistakes))
		}
		mistakes = err
	}
	return out, mistakes
}

func (f *modelFlags) loadFile(ctx context.Context, t *terminal, timeout time.Duration, file string) (loaded, error) {
	host, name, err := open(t, file)
	if err != nil {
		return loaded{}, err
	}
	text := &texts{FS: host}
	program, rest, err := within(ctx, timeout, name, func() (*spec.Program, error) {
		return spec.LoadWith(text, name, spec.Options{Config: f.Config, Define: f.Define})
	})
	if err != nil {
		return loaded{}, readable(name, err)
	}
	return loaded{name, program, rest, text}, nil
}

// loadOne reads the only model of a command that takes one.
func loadOne(ctx context.Context, t *terminal, file string, opt spec.Options) (*spec.Program, error) {
	host, name, err := open(t, file)
	if err != nil {
		return nil, err
	}
	program, _, err := within(ctx, 0, name, func() (*spec.Program, error) { return spec.LoadWith(host, name, opt) })
	if err != nil {
		return nil, readable(name, err)
	}
	return program, nil
}

// open gives the file system and the name in it of a file named on the command line.
func open(t *terminal, file string) (fs.FS, string, error) {
	if file == "-" {
		text, err := io.ReadAll(t.stdin)
		if err != nil {
			return nil, "", fmt.Errorf("cannot read standard input: %w", err)
		}
		return hostFiles{stdin: text, hasStdin: true}, stdinName, nil
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, "", readable(file, err)
	case info.IsDir():
		return nil, "", fmt.Errorf("%s is a directory, want a file", file)
	}
	return hostFiles{}, filepath.ToSlash(filepath.Clean(file)), nil
}

// readable says in one sentence why a file cannot be read; errors of the language pass as they are.
func readable(file string, err error) error {
	var list spec.Errors
	var path *fs.PathError
	if errors.As(err, &list) || !errors.As(err, &path) {
		return err
	}
	return fmt.Errorf("cannot read %s: %w", file, path.Err)
}

// hostFiles opens the files of the operating system by the names that a user gives them. Unlike os.DirFS it takes
// absolute names and names that begin with "..", so that a model can import what lies beside or above it.
type hostFiles struct {
	stdin    []byte
	hasStdin bool
}

// Open opens a file by its name, with forward slashes.
func (h hostFiles) Open(name string) (fs.File, error) {
	if h.hasStdin && name == stdinName {
		return &memoryFile{Reader: bytes.NewReader(h.stdin), size: int64(len(h.stdin))}, nil
	}
	return os.Open(filepath.FromSlash(name))
}

// memoryFile is standard input as a file.
type memoryFile struct {
	*bytes.Reader
	size int64
}

func (f *memoryFile) Close() error               { return nil }
func (f *memoryFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *memoryFile) Name() string               { return stdinName }
func (f *memoryFile) Size() int64                { return f.size }
func (f *memoryFile) Mode() fs.FileMode          { return 0o444 }
func (f *memoryFile) ModTime() time.Time         { return time.Time{} }
func (f *memoryFile) IsDir() bool                { return false }
func (f *memoryFile) Sys() any                   { return nil }

// longer is files of which one has some more text at its end.
type longer struct {
	fs.FS
	name, more string
}

// Open opens a file.
func (l longer) Open(name string) (fs.File, error) {
	if name != l.name || l.more == "" {
		return l.FS.Open(name)
	}
	text, err := fs.ReadFile(l.FS, name)
	if err != nil {
		return nil, err
	}
	text = append(text, l.more...)
	return &memoryFile{Reader: bytes.NewReader(text), size: int64(len(text))}, nil
}

// unknown makes an error of a name that is not in the list, with the nearest one or, of a short list, all of it.
func unknown(what, name string, known []string) error {
	if len(known) == 0 {
		return fmt.Errorf("got unknown %s %s; there is none", what, name)
	}
	if near := nearest(name, known); near != "" {
		return fmt.Errorf("got unknown %s %s, did you mean %s?", what, name, near)
	}
	sorted := slices.Sorted(slices.Values(known))
	return fmt.Errorf("got unknown %s %s, want one of %s", what, name, strings.Join(sorted, ", "))
}

// nearest gives the name that takes the fewest edits, if they are few for its length, or "".
func nearest(name string, known []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
