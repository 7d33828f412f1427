// Package spec is the language: Load reads a .bh file and gives a Program, which is a model.System that any checker can
// explore.
//
// The work is done in stages, each a package that knows only the ones before it: syntax (text to tree), types (names and
// types), ir (a model without names), internal/eval (compiled code over packed states). The manual of the language is
// LANGUAGE.md beside this file.
package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/compose"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/ground"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/internal/refine"
	"github.com/bulkheadlang/bulkhead/spec/internal/symmetry"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Options say under which constants a model is loaded. The zero value means the ones in the file.
type Options struct {
	Config string            // the name of a config of the model, or ""
	Define map[string]string // constants by name, each an expression; they win over Config
}

// Program is a model, ready to be explored. It is immutable and may be shared.
type Program struct {
	system *eval.System
	fast   *system     // the same, as explorers see it
	code   *ir.Program // as built; what the system holds has more locals
	opt    Options
	model  *compose.Model
	mu     sync.Mutex // of info, to which Predicate adds
	info   *types.Info
	base   *Program            // the model under its default constants, for mutants and scenarios
	others map[string]*Program // under the configurations that mutants and scenarios name
}

// Error is a mistake in a source file, with its position.
type Error = syntax.Error

// Errors are the mistakes found in a model, in order of position.
type Errors = syntax.Errors

// Load reads the model in a file under the constants that stand there. Imports are found beside the file. Mistakes in
// the text are of type Errors.
func Load(fsys fs.FS, name string) (*Program, error) {
	return LoadWith(fsys, name, Options{})
}

// LoadWith is Load under other constants.
func LoadWith(fsys fs.FS, name string, opt Options) (*Program, error) {
	l := &loader{fsys: fsys, files: map[string]*syntax.File{}}
	if name == "" {
		return nil, errors.New("got an empty name, want that of a .bh file")
	}
	file, err := l.load(name, nil)
	if err != nil {
		return nil, l.withSource(err)
	}
	main, err := l.compose(file)
	if err != nil {
		return nil, l.withSource(err)
	}
	p, err := l.program(main, opt)
	if err != nil {
		return nil, l.withSource(err)
	}
	p.base, p.others = p, map[string]*Program{}
	if opt.Config != "" || len(opt.Define) > 0 {
		if p.base, err = l.program(main, Options{}); err != nil {
			if len(p.info.Mutants)+len(p.info.Scenarios) > 0 {
				return nil, l.withSource(fmt.Errorf("under the default constants, where mutants and scenarios run: %w", err))
			}
			p.base = p
		}
	}
	for _, config := range p.configsNamed() {
		q, err := l.program(main, Options{Config: config})
		if err != nil {
			return nil, l.withSource(fmt.Errorf("in config %s: %w", config, err))
		}
		p.others[config] = q
	}
	return p, nil
}

// configsNamed lists the configurations that mutants and scenarios ask for.
func (p *Program) configsNamed() []string {
	var out []string
	for _, m := range p.system.Program().Mutants {
		out = append(out, m.Config)
	}
	for _, s := range p.system.Program().Scenarios {
		out = append(out, s.Config)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return s == "" })
}

// program takes a parsed model through the later stages.
func (l *loader) program(m *compose.Model, opt Options) (*Program, error) {
	main := m.File
	define := map[string]syntax.Expr{}
	for _, name := range slices.Sorted(maps.Keys(opt.Define)) {
		if name == "" {
			return nil, errors.New("got a constant without a name, want NAME=VALUE")
		}
		text := []byte(opt.Define[name])
		l.texts["-D "+name] = text
		e, err := syntax.ParseExpr("-D "+name, text)
		if err != nil {
			return nil, err
		}
		define[name] = e
	}
	if main.Model == nil {
		return nil, Errors{{Pos: main.Pos, Msg: "the file has no model header: want model NAME on its first line"}}
	}
	info, err := types.Check(append([]*syntax.File{main}, m.Imports...), types.Options{Config: opt.Config, Define: define, Parts: m.Parts})
	if err != nil {
		return nil, unplaced(usedHere(err, m))
	}
	if len(info.Vars) == 0 {
		return nil, Errors{{Pos: main.Model.Name.Pos, Msg: "model " + info.Name + " has no state: declare state { … }"}}
	}
	code := ir.Build(info)
	code.Config = opt.Config
	if err := refine.Split(code); err != nil {
		return nil, usedHere(err, m)
	}
	for i := range code.Refined {
		r := code.Refined[i].Model
		if r.Runs, err = ground.Fairness(r); err != nil {
			return nil, usedHere(err, m)
		}
	}
	if err := withRuns(code); err != nil {
		return nil, err
	}
	if code.Flow, err = ground.Flow(code); err != nil {
		return nil, err
	}
	compiled, err := eval.Compile(code)
	if err != nil {
		return nil, usedHere(placed(err, code), m)
	}
	for i, d := range assumptions(info) {
		ok, fault := compiled.Closed(code.Assumes[i])
		switch {
		case fault != nil:
			return nil, assumed(d, "assumption has no value: "+fault.Message+constantsOf(compiled.Info()))
		case !ok:
			return nil, assumed(d, "assumption is false: "+syntax.ExprText(d.Cond)+constantsOf(compiled.Info()))
		}
	}
	return &Program{system: compiled, fast: newSystem(compiled), code: code, opt: opt, info: info, model: m}, nil
}

// assumed is the error of an assumption, of a part where it is used.
func assumed(d *syntax.AssumeDecl, msg string) error {
	at := d.Cond.Position()
	if d.Use == nil {
		return Errors{{Pos: at, Msg: msg}}
	}
	return Errors{{Pos: d.Use.Pos, Msg: msg, Notes: []syntax.Note{{Pos: at, Msg: "it is assumed here"}}}}
}

// usedHere adds to errors in parts where the model uses these: the part by itself is right.
func usedHere(err error, m *compose.Model) error {
	var list Errors
	if errors.As(err, &list) {
		for _, e := range list {
			if pos, ok := m.Used[e.Pos.Filename]; ok {
				e.Notes = append(e.Notes, syntax.Note{Pos: pos, Msg: "the part is used here"})
			}
		}
	}
	return err
}

// withRuns writes out what a program claims of its runs.
func withRuns(code *ir.Program) (err error) {
	if code.Runs, err = ground.Runs(code); err == nil {
		symmetry.Mark(code)
	}
	return err
}

// assumptions lists the assumptions of all files in the order of ir.Program.
func assumptions(info *types.Info) (out []*syntax.AssumeDecl) {
	for _, f := range info.Files {
		for _, d := range f.Decls {
			if d, ok := d.(*syntax.AssumeDecl); ok {
				out = append(out, d)
			}
		}
	}
	return out
}

// unplaced is the error of a name given from outside that the model does not have: it stands nowhere in a file.
func unplaced(err error) error {
	var list Errors
	if !errors.As(err, &list) || list[0].Pos.Line > 0 {
		return err
	}
	return errors.New(list[0].Pos.Filename + ": " + list[0].Msg)
}

// placed is the error of a model that is too large, at the variable or the action that makes it so, or of a constant
// without a value.
func placed(err error, code *ir.Program) error {
	var large *eval.Error
	if !errors.As(err, &large) {
		return err
	}
	for _, v := range code.Vars {
		if types.Pos(v.Pos) == large.Position {
			return Errors{{Pos: v.Pos, Msg: large.Message}}
		}
	}
	for _, k := range code.Consts {
		if types.Pos(k.Pos) == large.Position {
			return Errors{{Pos: k.Pos, Msg: large.Message}}
		}
	}
	for _, a := range code.Actions {
		if types.Pos(a.Pos) == large.Position {
			return Errors{{Pos: a.Pos, Msg: large.Message}}
		}
	}
	return err
}

// constantsOf lists the constants in force, for a message.
func constantsOf(info *model.Info) string {
	var parts []string
	for _, k := range info.Constants {
		if k.Value.Shape == model.Number || k.Value.Shape == model.Truth {
			parts = append(parts, k.Name+" = "+k.Value.String())
		}
	}
	if len(parts) == 0 || len(parts) > 8 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// Info describes the model; see model.System.
func (p *Program) Info() *model.Info { return p.system.Info() }

// Runs is what the model claims of its runs, nothing where it has no properties of these kinds; see model.Temporal.
func (p *Program) Runs() *model.Runs { return p.system.Runs() }

// Isolation is what the model claims of its security domains, nothing where it has none; see model.Isolating.
func (p *Program) Isolation() *model.Isolation { return p.system.Isolation() }

// NewRunner returns an evaluator for one goroutine; it can explain why a property is false.
func (p *Program) NewRunner() model.Runner { return p.fast.NewRunner() }

// Symmetries says what is interchangeable in a state; see model.Symmetric.
func (p *Program) Symmetries() model.Symmetries { return p.fast.Symmetries() }

// Irreducible says why no steps can be left out in a search, or gives ""; see model.Reducible.
func (p *Program) Irreducible() string { return p.fast.Irreducible() }

// IR is the model without names, for exporters and proofs.
func (p *Program) IR() *ir.Program { return p.code }

// Plain is the model run by a plain interpreter, a step at a time as the manual says, for whoever trusts neither compiled
// code nor tables: it shares with them only the front of the language, up to IR, and how a state is packed. It takes some ten times as long.
// The properties and the states are those of the model. It has a method StateOf([]*ir.Expr) (model.State, error) as well, which gives the state, reachable
// or not, in which each variable has the value of an expression without names.
func (p *Program) Plain() (model.System, error) { return interp.New(p.code).System() }

// Configs lists the configurations of the model, in order.
func (p *Program) Configs() []string {
	var out []string
	for _, d := range p.info.Files[0].Decls {
		if d, ok := d.(*syntax.ConfigDecl); ok {
			out = append(out, d.Name.Name)
		}
	}
	return out
}

// Variables lists the state variables, in order.
func (p *Program) Variables() []string {
	var out []string
	for _, v := range p.system.Program().Vars {
		out = append(out, v.Name)
	}
	return out
}

// Predicate compiles a boolean expression over the state, such as "world[1] == running". Identities of symmetric types
// may be written as numbers. The function is for one goroutine at a time.
func (p *Program) Predicate(text string) (func(model.State) (bool, *model.Fault), error) {
	e, err := syntax.ParseExpr("expression", []byte(text))
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, err = p.model.Resolve(e); err != nil {
		return nil, err
	}
	code, x, err := ir.BuildPredicate(p.info, p.system.Program(), e)
	if err != nil {
		return nil, err
	}
	if err := refine.Foreign(p.system.Program(), x); err != nil {
		return nil, Errors{err}
	}
	return p.system.Predicate(code, x), nil
}

// Format lays out a file in the canonical way. Mistakes are of type Errors.
func Format(name string, src []byte) ([]byte, error) { return syntax.Format(name, src) }

// Detail is an error with, under each mistake in a file, the line it is in and a caret.
func Detail(err error) string {
	var located *sourceError
	if !errors.As(err, &located) {
		return err.Error()
	}
	return located.detail()
}

// sourceError remembers the texts that positions in an error point into.
type sourceError struct {
	err   error
	texts map[string][]byte
}

func (l *loader) withSource(err error) error { return &sourceError{err, l.texts} }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

func (e *sourceError) detail() string {
	var list Errors
	if !errors.As(e.err, &list) {
		return e.err.Error()
	}
	var b strings.Builder
	if prefix, ok := strings.CutSuffix(e.err.Error(), list.Error()); ok && prefix != "" {
		b.WriteString(strings.TrimSuffix(prefix, " ") + "\n")
	}
	for i, m := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(m.Error())
		if x := m.Excerpt(e.texts[m.Pos.Filename]); x != "" {
			b.WriteString("\n" + x)
		}
		for _, n := range m.Notes {
			b.WriteString("\n" + types.Pos(n.Pos) + ": " + n.Msg)
			if x := n.Excerpt(e.texts[n.Pos.Filename]); x != "" {
				b.WriteString("\n" + x)
			}
		}
	}
	return b.String()
}
