package oci

import (
	"errors"
	"iter"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// reading is a list of namespaces as it is read, entry by entry. Types and paths are numbered from 1 in the model.
type reading struct {
	List   []Entry
	Files  []int // by path, the number of the type; 0 is none
	Seen   int
	Plan   Plan
	Result int // an index of results
}

var results = []string{"pending", "failed", "done"}

func (r reading) host() Host {
	h := Host{Files: map[string]File{}}
	for i, t := range r.Files {
		if t != 0 {
			h.Files[strconv.Itoa(i+1)] = File{Type(t - 1), Space(i + 1)}
		}
	}
	return h
}

func (r *reading) read() error {
	if r.Result != 0 || r.Seen == len(r.List) {
		return errors.New("all is read")
	}
	r.Seen++
	if err := r.Plan.add(r.List[r.Seen-1], r.host()); err != nil {
		r.Plan, r.Result = Plan{}, 1
	}
	return nil
}

// done gives what Resolve makes of the whole list.
func (r *reading) done() error {
	if r.Result != 0 || r.Seen < len(r.List) {
		return errors.New("not all is read")
	}
	plan, err := Resolve(r.List, r.host())
	r.Plan, r.Result = plan, 2
	return err
}

func optional(n int) model.Value { return modelcheck.Option(n) }

func (r reading) bindings(types, paths int) []model.Binding {
	list := model.Value{Shape: model.Seq}
	for _, e := range r.List {
		path, _ := strconv.Atoi(e.Path)
		list.Elems = append(list.Elems, model.Elem{Value: model.Value{Shape: model.Record, Elems: []model.Elem{
			{Key: "kind", Value: modelcheck.Int(int(e.Type) + 1)}, {Key: "path", Value: optional(path)},
		}}})
	}
	return []model.Binding{
		{Name: "entries", Value: list},
		{Name: "file", Value: modelcheck.Map(1, paths, func(p int) model.Value { return optional(r.Files[p-1]) })},
		{Name: "seen", Value: modelcheck.Int(r.Seen)},
		{Name: "source", Value: modelcheck.Map(1, types, func(t int) model.Value {
			s := r.Plan[t-1]
			out := model.Value{Shape: model.Tagged, Text: s.Origin.String()}
			if s.Origin == Joined {
				p, _ := strconv.Atoi(s.Path)
				out.Elems = []model.Elem{{Key: "path", Value: modelcheck.Int(p)}}
			}
			return out
		})},
		{Name: "result", Value: model.Text(results[r.Result])},
	}
}

// lists gives every list of up to n entries.
func lists(types, paths, n int) iter.Seq[[]Entry] {
	return func(yield func([]Entry) bool) {
		for length := range n + 1 {
			for v := range modelcheck.Vectors(length, types*(paths+1)) {
				var list []Entry
				for _, x := range v {
					e := Entry{Type: Type((x - 1) / (paths + 1))}
					if p := (x - 1) % (paths + 1); p > 0 {
						e.Path = strconv.Itoa(p)
					}
					list = append(list, e)
				}
				if !yield(list) {
					return
				}
			}
		}
	}
}

// readingSystem is the system of all lists of up to n entries, with every meaning of the paths.
func readingSystem(types, paths, n int) model.System {
	return model.MustDefine(model.Definition[reading]{
		Name: "OCINamespaces",
		Init: func(yield func(reading) bool) {
			for list := range lists(types, paths, n) {
				for files := range modelcheck.Vectors(paths, types+1) {
					for i := range files {
						files[i]--
					}
					if !yield(reading{List: list, Files: files}) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[reading]{
			{Name: "Read", Next: modelcheck.Call((*reading).read)},
			{Name: "Done", Next: modelcheck.Call((*reading).done)},
		},
		Terminal: func(r reading) bool { return r.Result != 0 },
		Show:     func(r reading) []model.Binding { return r.bindings(types, paths) },
	})
}
