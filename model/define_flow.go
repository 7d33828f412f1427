package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// Domains says which security domains a system has, such as the tenants of a host, what each of them sees and does, and
// what is claimed of them; see Isolating. An input is an action with its arguments: in a state it leads to one state at most.
type Domains[S any] struct {
	Names []string // "tenant(1)"; at most 32

	// Sees gives what domain d, a number in Names, sees of a state: a value of any type that a state may have. It sees
	// the same in two states exactly when the values are equal and of one type.
	Sees func(s S, d int) any

	// Acts gives the domains to which an action with these arguments belongs, none for what is of the environment.
	Acts func(action string, args Args) []int

	Isolated []DomainClaim
}

// DomainClaim claims of pairs of domains that the second does not interfere with the first.
type DomainClaim struct {
	Name string
	Text string // for people; may be ""

	// From tells whether domain t sees nothing of what domain u, another one, does.
	From func(t, u int) bool

	// Via tells whether u may affect t through domain d, which is neither, all the same; nil means that it may not.
	Via func(t, u, d int) bool
}

// mostDomains is how many domains a definition may have: those of an input are in its label.
const mostDomains = 32

func (d *defined[S]) checkDomains() error {
	f := d.def.Domains
	if f == nil {
		return nil
	}
	var errs []error
	if n := len(f.Names); n == 0 || n > mostDomains {
		errs = append(errs, fmt.Errorf("got %d domains, want 1 to %d", n, mostDomains))
	}
	names := map[string]bool{}
	for _, name := range f.Names {
		if names[name] {
			errs = append(errs, fmt.Errorf("two domains are named %s", name))
		}
		names[name] = true
	}
	if f.Sees == nil || f.Acts == nil {
		errs = append(errs, errors.New("domains need both Sees and Acts"))
	}
	for _, c := range f.Isolated {
		if c.From == nil {
			errs = append(errs, fmt.Errorf("isolated %s has no From", c.Name))
		}
	}
	return errors.Join(errs...)
}

// Isolation is what the definition claims of its domains, nothing where it has none.
func (d *defined[S]) Isolation() *Isolation {
	out := &Isolation{}
	if d.def.Domains == nil {
		return out
	}
	out.Domains = d.def.Domains.Names
	first := len(d.props) - len(d.def.Domains.Isolated)
	for i, c := range d.def.Domains.Isolated {
		for t := range out.Domains {
			if claim := c.of(t, len(out.Domains)); claim.By != 0 {
				claim.Property = PropertyID(first + i)
				out.Properties = append(out.Properties, claim)
			}
		}
	}
	return out
}

// of gives what is claimed of one domain among n.
func (c *DomainClaim) of(t, n int) IsolatedDomain {
	out := IsolatedDomain{Of: t}
	if c.Via != nil {
		out.Via = make([]uint64, n)
	}
	for u := range n {
		if u == t || !c.From(t, u) {
			continue
		}
		out.By |= 1 << u
		for d := range n {
			if c.Via != nil && d != t && d != u && c.Via(t, u, d) {
				out.Via[u] |= 1 << d
			}
		}
	}
	return out
}

// label gives the label of step number n of an action from a state: where there are domains, those it belongs to stand for its arguments,
// which Chosen tells apart.
func (r *definedRunner[S]) label(a ActionID, args Args, n uint32) Label {
	f := r.sys.def.Domains
	if f == nil {
		return Label{Action: a, Args: n, Choice: fingerprint(r.out.words)}
	}
	r.args = args
	l := Label{Action: a, Choice: n}
	for _, d := range f.Acts(r.sys.def.Actions[a].Name, args) {
		if d < 0 || d >= len(f.Names) {
			panic(fmt.Sprintf("model: action %s belongs to domain %d, want one of 0..%d", r.sys.def.Actions[a].Name, d, len(f.Names)-1))
		}
		l.Args |= 1 << d
	}
	return l
}

func (r *definedRunner[S]) Sees(d int, out []byte) ([]byte, *Fault) {
	return identify(out, r.sys.def.Domains.Sees(r.current(), d)), nil
}

func (r *definedRunner[S]) View(d int) []Binding {
	v := r.sys.def.Domains.Sees(r.current(), d)
	if v == nil {
		return nil
	}
	at := reflect.New(reflect.TypeOf(v)).Elem()
	at.Set(reflect.ValueOf(v))
	out := showState(at)
	if len(out) == 1 && out[0].Name == "state" {
		out[0].Name = "view"
	}
	return out
}

func (r *definedRunner[S]) Acts(_ ActionID, args uint32) (uint64, *Fault) { return uint64(args), nil }

func (r *definedRunner[S]) Chosen(_ Label, out []byte) []byte {
	for _, a := range r.args {
		out = identify(out, a)
	}
	return out
}

// ofType has the codec of a type, and what its values are called.
type ofType struct {
	*codec
	name string
}

var (
	identities sync.Map // of *ofType, by type
	identified sync.Map // of types, by name
)

// identify appends what tells a value from all others to out. It panics where the type of the value has no encoding.
func identify(out []byte, v any) []byte {
	if v == nil {
		return append(out, 0)
	}
	if value, ok := v.(Value); ok {
		return value.identify(append(out, 1))
	}
	t := reflect.TypeOf(v)
	known, ok := identities.Load(t)
	if !ok {
		c, err := newCodec(t)
		if err != nil {
			panic(fmt.Sprintf("model: what a domain sees and the arguments of actions must have an encoding: %v", err))
		}
		name := t.PkgPath() + " " + t.String()
		for { // of two types of one name, such as those of two functions, the later is called otherwise
			if other, taken := identified.LoadOrStore(name, t); !taken || other == t {
				break
			}
			name += "'"
		}
		known, _ = identities.LoadOrStore(t, &ofType{c, name})
	}
	of := known.(*ofType)
	at := reflect.New(t)
	at.Elem().Set(reflect.ValueOf(v))
	var w bitWriter
	of.encode(&w, at.UnsafePointer())
	out = appendText(append(out, 2), of.name)
	out = binary.AppendUvarint(out, uint64(len(w.words)))
	for _, word := range w.words {
		out = binary.BigEndian.AppendUint64(out, word)
	}
	return out
}

func (v Value) identify(out []byte) []byte {
	out = binary.AppendVarint(appendText(append(out, byte(v.Shape)), v.Text), v.Int)
	out = binary.AppendUvarint(out, uint64(len(v.Elems)))
	for _, e := range v.Elems {
		out = e.Value.identify(appendText(out, e.Key))
	}
	return out
}

func appendText(out []byte, s string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(s))), s...)
}
