package spec

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/internal/compose"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// loader reads a file and what it imports and uses. Each file is read once.
type loader struct {
	fsys  fs.FS
	files map[string]*syntax.File
	texts map[string][]byte
}

// maxFile is the size of the largest file read.
const maxFile = 4 << 20

// load parses a file and, before it, what it imports and uses.
func (l *loader) load(name string, from []string) (*syntax.File, error) {
	if l.texts == nil {
		l.texts = map[string][]byte{}
	}
	src, err := l.read(name)
	if err != nil {
		return nil, err
	}
	l.texts[name] = src
	f, err := syntax.Parse(name, src)
	if err != nil {
		return nil, err
	}
	from = append(from, name)
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *syntax.ImportDecl:
			g, err := l.other(from, d.Pos, "import", d.Path)
			if err != nil {
				return nil, err
			}
			if compose.Composed(g) {
				return nil, Errors{{Pos: d.Pos, Msg: fmt.Sprintf("cannot import %q: it is composed of other models, which import does not bring; want use", d.Path)}}
			}
		case *syntax.UseDecl:
			if _, err := l.other(from, d.Pos, "use", d.Path); err != nil {
				return nil, err
			}
		case *syntax.RefinesDecl:
			if _, err := l.other(from, d.Pos, "refine", d.Path); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

// other loads a file that the last of those in from needs.
func (l *loader) other(from []string, pos syntax.Pos, verb, name string) (*syntax.File, error) {
	if path.Ext(name) != ".bh" { // nor is what such a file holds shown in messages
		return nil, Errors{{Pos: pos, Msg: fmt.Sprintf("cannot %s %q: want the name of a .bh file", verb, name)}}
	}
	full := beside(from[len(from)-1], name)
	if slices.Contains(from, full) {
		return nil, Errors{{Pos: pos, Msg: "files " + verb + " each other in a ring: " + strings.Join(append(from, full), " -> ")}}
	}
	if l.files[full] == nil {
		f, err := l.load(full, from)
		if err != nil {
			var text Errors
			if errors.As(err, &text) {
				return nil, err
			}
			return nil, Errors{{Pos: pos, Msg: fmt.Sprintf("cannot %s %q: %s", verb, name, reason(err))}}
		}
		l.files[full] = f
	}
	return l.files[full], nil
}

// beside is the name of a file that another one names.
func beside(file, name string) string { return path.Join(path.Dir(file), name) }

// compose writes the parts of a model out.
func (l *loader) compose(f *syntax.File) (*compose.Model, error) {
	if !compose.Composed(f) {
		return &compose.Model{File: f, Imports: l.Imports(f)}, nil
	}
	return compose.Compose(f, l)
}

// Imports lists what a file imports, directly and through others, each after what it imports itself.
func (l *loader) Imports(f *syntax.File) []*syntax.File {
	var out []*syntax.File
	var visit func(f *syntax.File)
	visit = func(f *syntax.File) {
		for _, d := range f.Decls {
			if d, ok := d.(*syntax.ImportDecl); ok {
				if g := l.files[beside(f.Pos.Filename, d.Path)]; !slices.Contains(out, g) {
					visit(g)
					out = append(out, g)
				}
			}
		}
	}
	visit(f)
	return out
}

// Used is the file that a part, or a refined model, is written in.
func (l *loader) Used(f *syntax.File, path string) *syntax.File {
	return l.files[beside(f.Pos.Filename, path)]
}

// Check tells what is wrong with a model that is to be a part.
func (l *loader) Check(m *compose.Model) error {
	_, err := types.Check(append([]*syntax.File{m.File}, m.Imports...), types.Options{Parts: m.Parts})
	return err
}

func (l *loader) read(name string) ([]byte, error) {
	f, err := l.fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, plain(err))
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, plain(err))
	}
	return src, nil
}

// plain takes the path out of a file error, which the message gives anyway.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func reason(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}
