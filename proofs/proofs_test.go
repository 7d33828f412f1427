package proofs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs"
	"github.com/bulkheadlang/bulkhead/spec"
)

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// searched is what a search says of a model, and what a certificate needs of it.
type searched struct {
	sys    model.System
	header proofs.Header
	states *proofs.Closure // nil where it was not exhaustive
}

func search(t failer, sys model.System, workers int) searched {
	t.Helper()
	states, err := proofs.NewClosure(sys.Info(), workers)
	if err != nil {
		t.Fatalf("%v", err)
	}
	res, err := checker.Check(ctx(t), sys, checker.Config{Workers: workers, Visit: states.Visit})
	if err != nil {
		t.Fatalf("%v", err)
	}
	out := searched{sys: sys, header: proofs.Header{Subject: proofs.SubjectOf(sys.Info(), "text")}}
	if res.Exhaustive {
		out.states = states
	}
	for _, f := range res.Properties {
		claim := proofs.Claim{Property: f.Property.Name, Kind: f.Property.Kind, Holds: f.Verdict == checker.Holds}
		waits := claim.Kind == model.Within || claim.Kind == model.Longest
		if f.Verdict == checker.Undecided || !proofs.Certifiable(f.Property.Kind) {
			continue
		}
		if f.Trace != nil && claim.Kind != model.Can && (!claim.Holds || claim.Kind == model.Reachable || waits && f.Extreme > 0) {
			claim.Run = proofs.RunOf(f.Trace)
		}
		if f.Known && out.states != nil && (claim.Kind == model.Bound || waits && claim.Holds) {
			claim.Extreme = &f.Extreme
		}
		if f.Experiment != nil {
			claim.Run, claim.Experiment = nil, &proofs.Experiment{Domain: f.Experiment.Domain, Start: proofs.GivenOf(f.Experiment.Rows[0].With.State), Removed: f.Experiment.Removed}
			for _, row := range f.Experiment.Rows[1:] {
				claim.Experiment.Inputs = append(claim.Experiment.Inputs, row.Input.String())
			}
		}
		if out.states != nil || claim.Run != nil {
			out.header.Claims = append(out.header.Claims, claim)
		}
	}
	if err := proofs.Prove(ctx(t), sys, &out.header, out.states); err != nil {
		t.Fatalf("%v", err)
	}
	for _, u := range out.header.Uncertified {
		t.Errorf("%s is not certified: %s", u.Property, u.Why)
	}
	return out
}

func (s searched) write(t failer) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := proofs.Write(&b, s.header, s.states); err != nil {
		t.Fatalf("%v", err)
	}
	return b.Bytes()
}

// verify checks a certificate of a model, by its plain interpreter.
func verify(t failer, p *spec.Program, certificate []byte) error {
	t.Helper()
	plain, err := p.Plain()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return verifyBy(t, plain, certificate)
}

func verifyBy(t failer, sys model.System, certificate []byte) error {
	c, err := proofs.Open(bytes.NewReader(certificate))
	if err != nil {
		return err
	}
	return c.Verify(ctx(t), sys, proofs.SubjectOf(sys.Info(), "text"))
}

func load(t failer, file string, define map[string]string) *spec.Program {
	t.Helper()
	p, err := spec.LoadWith(os.DirFS(".."), path.Join("examples", file), spec.Options{Define: define})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return p
}

func of(t failer, text string) *spec.Program {
	t.Helper()
	p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte("model M\n" + text)}}, "m.bh")
	if err != nil {
		t.Fatalf("%v", err)
	}
	return p
}

// What the engine says of models that ship, and of each of their mutants, is certified: holds and violated.
func TestShipped(t *testing.T) {
	files := []string{
		"container.bh", "mutex.bh", "producer_consumer.bh", "vm_lifecycle.bh", "philosophers_deadlock.bh", "philosophers.bh",
		"banker.bh", "admission.bh", "page_sharing.bh", "replicated_store.bh", "slots.bh", "pod_scheduler.bh",
		"ticket_lock.bh", "retry.bh", "retry_livelock.bh", "starving_lock.bh", "stabilising_ring.bh", "resend.bh", "peterson.bh",
		"bakery.bh", "nested_vm.bh", "transactions.bh", "delivery.bh", "load_balancing.bh",
		"isolation.bh", "../model/isolation/kernel.bh", "../model/isolation/levels.bh", "../model/isolation/firewall.bh", "../model/isolation/vcenter.bh",
		"placement.bh", "resend.bh", "../model/isolation/cpu.bh", "../model/isolation/guest.bh", "../model/isolation/images.bh", "../model/isolation/mounts.bh",
	}
	if os.Getenv("BULKHEAD_SOAK") != "" {
		files = append(files, "failover.bh", "boot_storm.bh", "container_security.bh", "../model/esxi/cpu/round_robin.bh")
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			p := load(t, file, nil)
			s := search(t, p, 2)
			if len(s.header.Claims) < 2 {
				t.Errorf("got %d claims", len(s.header.Claims))
			}
			if err := verify(t, p, s.write(t)); err != nil {
				t.Error(err)
			}
			for _, m := range p.Mutants() {
				sys := m.System()
				if err := verifyBy(t, sys, search(t, sys, 1).write(t)); err != nil {
					t.Errorf("mutant %s: %v", m.Name, err)
				}
			}
		})
	}
}

// placed is a state and its distance.
type placed struct {
	words []uint64
	depth int
}

// altered is what a search has found after a change, with a sum that is right.
func (s searched) altered(t failer, states []placed, change func(h *proofs.Header)) []byte {
	t.Helper()
	h := s.header
	h.Claims = slices.Clone(h.Claims)
	if change != nil {
		change(&h)
	}
	c, err := proofs.NewClosure(s.sys.Info(), 1)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, p := range states {
		c.Visit(0, p.depth, p.words)
	}
	var b bytes.Buffer
	if err := proofs.Write(&b, h, c); err != nil {
		t.Fatalf("%v", err)
	}
	return b.Bytes()
}

// placements gives the states of a search and their distances.
func placements(t failer, sys model.System) []placed {
	t.Helper()
	var out []placed
	_, err := checker.Check(ctx(t), sys, checker.Config{Workers: 1, Visit: func(_, depth int, s model.State) {
		out = append(out, placed{slices.Clone(s), depth})
	}})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return out
}

// Whatever is altered in the set of states, in form, is refused: a state left out, added or changed, a distance changed.
func TestAlteredStates(t *testing.T) {
	for _, file := range []string{"mutex.bh", "vm_lifecycle.bh", "producer_consumer.bh", "slots.bh"} {
		t.Run(file, func(t *testing.T) {
			p := load(t, file, nil)
			s, all := search(t, p, 1), placements(t, p)
			s.header.Claims = slices.DeleteFunc(s.header.Claims, func(c proofs.Claim) bool { return c.Kind == model.LTL || c.Kind == model.Isolated }) // there is evidence for each state
			if err := verify(t, p, s.altered(t, all, nil)); err != nil {
				t.Fatal(err)
			}
			in := map[string]bool{}
			for _, q := range all {
				in[fmt.Sprint(q.words)] = true
			}
			refuse := func(what string, states []placed) {
				t.Helper()
				var refused *proofs.RefusedError
				if err := verify(t, p, s.altered(t, states, nil)); !errors.As(err, &refused) {
					t.Errorf("%s: got %v, want it refused", what, err)
				}
			}
			rapid.Check(t, func(t *rapid.T) {
				i := rapid.IntRange(0, len(all)-1).Draw(t, "state")
				bit := rapid.IntRange(0, p.Info().StateBits-1).Draw(t, "bit")
				changed := slices.Clone(all[i].words)
				changed[bit/64] ^= 1 << (bit % 64)
				if !in[fmt.Sprint(changed)] {
					refuse("a state changed", replace(all, i, placed{changed, all[i].depth}))
					refuse("a state added", append(slices.Clone(all), placed{changed, all[i].depth + 1}))
				}
				refuse("a state left out", slices.Delete(slices.Clone(all), i, i+1))
				refuse("farther", replace(all, i, placed{all[i].words, all[i].depth + 1}))
				if all[i].depth > 0 {
					refuse("nearer", replace(all, i, placed{all[i].words, all[i].depth - 1}))
				}
			})
		})
	}
}

func replace(all []placed, i int, p placed) []placed {
	out := slices.Clone(all)
	out[i] = p
	return out
}

// A certificate of another model, of other constants, or with another verdict, is refused.
func TestOtherClaims(t *testing.T) {
	p := load(t, "vm_lifecycle.bh", nil)
	s, all := search(t, p, 1), placements(t, p)
	for name, change := range map[string]func(h *proofs.Header){
		"another name":         func(h *proofs.Header) { h.Model = "Other" },
		"another text":         func(h *proofs.Header) { h.Digest = "another" },
		"another constant":     func(h *proofs.Header) { h.Constants = slices.Clone(h.Constants); h.Constants[0].Value = "9" },
		"one constant less":    func(h *proofs.Header) { h.Constants = h.Constants[1:] },
		"a configuration":      func(h *proofs.Header) { h.Config = "one" },
		"an assumption":        func(h *proofs.Header) { h.Assumptions = []string{"weak fairness of PowerOn"} },
		"a bit more":           func(h *proofs.Header) { h.StateBits++ },
		"an unknown property":  func(h *proofs.Header) { h.Claims[0].Property = "Nothing" },
		"another kind":         func(h *proofs.Header) { h.Claims[0].Kind = model.Step },
		"a claim twice":        func(h *proofs.Header) { h.Claims = append(h.Claims, h.Claims[0]) },
		"a violation":          func(h *proofs.Header) { h.Claims[0].Holds = false },
		"a reachable violated": func(h *proofs.Header) { claim(h, "OneAtATime").Holds = false },
		"a run to another state": func(h *proofs.Header) {
			c := claim(h, "AllSuspended")
			c.Run = &proofs.Run{Steps: c.Run.Steps[:len(c.Run.Steps)-1]}
		},
		"a run that skips a step": func(h *proofs.Header) {
			c := claim(h, "AllSuspended")
			c.Run = &proofs.Run{Steps: slices.Delete(slices.Clone(c.Run.Steps), 1, 2)}
		},
		"a run with steps swapped": func(h *proofs.Header) {
			c := claim(h, "AllSuspended")
			steps := slices.Clone(c.Run.Steps)
			steps[1], steps[2] = steps[2], steps[1]
			c.Run = &proofs.Run{Steps: steps}
		},
		"a run with another name of a step": func(h *proofs.Header) {
			c := claim(h, "AllSuspended")
			steps := slices.Clone(c.Run.Steps)
			steps[1].Step = "PowerOn(v=7)"
			c.Run = &proofs.Run{Steps: steps}
		},
		"a run that does not begin": func(h *proofs.Header) {
			c := claim(h, "AllSuspended")
			c.Run = &proofs.Run{Steps: c.Run.Steps[1:]}
		},
		"a run of nothing": func(h *proofs.Header) { claim(h, "AllSuspended").Run = &proofs.Run{} },
	} {
		t.Run(name, func(t *testing.T) {
			var refused *proofs.RefusedError
			if err := verify(t, p, s.altered(t, all, change)); !errors.As(err, &refused) {
				t.Errorf("got %v, want it refused", err)
			}
		})
	}
}

func claim(h *proofs.Header, name string) *proofs.Claim {
	for i := range h.Claims {
		if h.Claims[i].Property == name {
			return &h.Claims[i]
		}
	}
	panic("no claim about " + name)
}

// The set of one model is no evidence of another one, even of the same name and variables.
func TestAnotherModel(t *testing.T) {
	const text = `state { x: 0..9 = 0 }
		action Up when x < %d { x += 1 }
		action Down when x > 0 { x -= 1 }
		invariant Low { x <= %d }
		bound Height { max(x) <= 9 }
		reachable Top { x == %d }`
	narrow, wide := of(t, fmt.Sprintf(text, 5, 5, 5)), of(t, fmt.Sprintf(text, 6, 6, 6))
	s := search(t, narrow, 1)
	if err := verify(t, narrow, s.write(t)); err != nil {
		t.Fatal(err)
	}
	var refused *proofs.RefusedError
	if err := verify(t, wide, s.write(t)); !errors.As(err, &refused) {
		t.Errorf("got %v, want it refused", err)
	}
	if err := verify(t, narrow, search(t, wide, 1).write(t)); !errors.As(err, &refused) {
		t.Errorf("got %v, want it refused", err)
	}
	low := s.altered(t, placements(t, narrow), func(h *proofs.Header) { four := int64(4); claim(h, "Height").Extreme = &four })
	if err := verify(t, narrow, low); !errors.As(err, &refused) {
		t.Errorf("another extreme value: got %v, want it refused", err)
	}
}

// Models that fault, deadlock, or are false of steps and bounds: the runs are verified, with all states and without.
func TestViolations(t *testing.T) {
	for name, text := range map[string]string{
		"fault in a step":          `action Up { x += 1 }`,
		"fault in an invariant":    `action Up when x < 5 { x += 1 }; invariant I { 10 / (5 - x) > 0 }`,
		"fault in a step property": `action Up when x < 5 { x += 1 }; step I { 10 / (5 - x) > 0 }`,
		"deadlock":                 `action Up when x < 5 { x += 1 }`,
		"invariant":                `action Up when x < 5 { x += 1 }; action Back when x == 5 { x = 0 }; invariant I { x < 4 }`,
		"initial":                  `action Up when x < 5 { x += 1 }; action Back when x == 5 { x = 0 }; invariant I { x > 0 }`,
		"step":                     `action Up when x < 5 { x += 1 }; action Back when x == 5 { x = 0 }; step S { x > old(x) }`,
		"ensures":                  `action Up when x < 5 { x += 1 } ensures x < 5; action Back when x == 5 { x = 0 }`,
		"bound":                    `action Up when x < 5 { x += 1 }; action Back when x == 5 { x = 0 }; bound B { max(x) <= 3 }`,
		"least":                    `action Down when x > -3 { x -= 1 }; action Back when x == -3 { x = 0 }; bound B { min(x) >= -2 }`,
		"unreachable":              `action Up when x < 5 { x += 1 }; action Back when x == 5 { x = 0 }; reachable R { x == 7 }`,
	} {
		t.Run(name, func(t *testing.T) {
			p := of(t, "state { x: -9..9 = 0 }\n"+strings.ReplaceAll(text, "; ", "\n"))
			s := search(t, p, 1)
			violated := 0
			for _, c := range s.header.Claims {
				if !c.Holds {
					violated++
				}
			}
			if violated == 0 {
				t.Fatal("nothing is violated")
			}
			if err := verify(t, p, s.write(t)); err != nil {
				t.Error(err)
			}
			runs := s
			runs.states = nil
			runs.header.Claims = slices.DeleteFunc(slices.Clone(s.header.Claims), func(c proofs.Claim) bool { return c.Run == nil })
			if len(runs.header.Claims) == 0 {
				return // unreachable: only all states show it
			}
			for i := range runs.header.Claims {
				runs.header.Claims[i].Extreme = nil // so does that nothing is more extreme
			}
			if err := verify(t, p, runs.write(t)); err != nil {
				t.Errorf("without states: %v", err)
			}
			for i := range runs.header.Claims {
				runs.header.Claims[i].Holds = !runs.header.Claims[i].Holds
			}
			if err := verify(t, p, runs.write(t)); err == nil {
				t.Error("without states and with the opposite claim it is verified")
			}
		})
	}
}

// Without states, that something holds is not verified, nor that something is reached without a run to it.
func TestNoStates(t *testing.T) {
	p := load(t, "mutex.bh", nil)
	s := search(t, p, 1)
	s.states = nil
	if err := verify(t, p, s.write(t)); err == nil {
		t.Error("it is verified")
	}
	crowded := claim(&s.header, "Crowded")
	s.header.Claims = []proofs.Claim{*crowded}
	if err := verify(t, p, s.write(t)); err != nil {
		t.Error(err)
	}
	s.header.Claims[0].Run = nil
	if err := verify(t, p, s.write(t)); err == nil {
		t.Error("without a run it is verified")
	}
	s.header.Claims = nil
	if err := verify(t, p, s.write(t)); err == nil {
		t.Error("what claims nothing is verified")
	}
}

// Fewer states than none are none: of nothing does a certificate show the opposite with them.
func TestNegativeStates(t *testing.T) {
	p := of(t, claimed+`
		property Up { always eventually x == 3 }
		type T = 1..2
		observe side(t: T) { x == 3 }
		acts side(t) = { Up where t == 1 }
		isolated Apart { t, u in T where t != u }`)
	s := search(t, p, 1)
	s.states = nil
	all := s.header.Claims
	for i := range all {
		c := proofs.Claim{Property: all[i].Property, Kind: all[i].Kind, Holds: !all[i].Holds}
		s.header.Claims = []proofs.Claim{c}
		s.header.States = 0
		whole := s.write(t)
		negative := sealed([]byte(strings.Replace(string(whole), `"states":0`, `"states":-1`, 1)))
		if err := verify(t, p, negative); err == nil {
			t.Errorf("%s: it is verified", c.Property)
		}
	}
}

// Without states no extreme value is verified.
func TestNoExtreme(t *testing.T) {
	p := of(t, `state { x: 0..3 = 0 }
		action Up when x < 3 { x += 1 }
		bound Low { max(x) <= 1 }`)
	s := search(t, p, 1)
	s.states = nil
	s.header.Claims = []proofs.Claim{*claim(&s.header, "Low")}
	low := &s.header.Claims[0]
	for _, extreme := range []*int64{nil, new(int64)} {
		low.Extreme = extreme
		if err := verify(t, p, s.write(t)); (err == nil) != (extreme == nil) {
			t.Errorf("%v: got %v", extreme, err)
		}
	}
}

// A run begins where it says, of several initial states.
func TestBeginning(t *testing.T) {
	p := of(t, `state { x: 0..1 = any; y: 0..2 = 0 }
		action Up when y < 2 { y += 1 }
		terminal { y == 2 }
		invariant Low { x == 0 or y < 2 }`)
	s := search(t, p, 1)
	if err := verify(t, p, s.write(t)); err != nil {
		t.Fatal(err)
	}
	low := claim(&s.header, "Low")
	low.Run.Steps[0].State[0].Value = "0"
	if err := verify(t, p, s.write(t)); err == nil {
		t.Error("a run that begins elsewhere is verified")
	}
}

// Any byte changed, anything cut off or added, shows.
func TestDamaged(t *testing.T) {
	p := load(t, "mutex.bh", nil)
	whole := search(t, p, 1).write(t)
	rapid.Check(t, func(t *rapid.T) {
		bad := slices.Clone(whole)
		i := rapid.IntRange(0, len(bad)-1).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			bad[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		case 1:
			bad = bad[:i]
		default:
			bad = append(bad, byte(i))
		}
		if err := verify(t, p, bad); err == nil {
			t.Fatal("it is verified")
		}
	})
}

// claimed has a property of each kind that a certificate may say something of.
const claimed = `state { x: 0..3 = 0 }
	fair action Up when x < 3 { x += 1 }
	action Down when x > 0 and x < 3 { x -= 1 }
	strong fair action Back when x == 3 { x = 0 }
	invariant Low   { x <= 3 }
	bound Height    { max(x) <= 3 }
	reachable Top   { x == 3 }
	property Can    { always can x == 2 }
	property Cannot { not can x == 3 or can (x == 0 and enabled Up) }
	property Leaves { x == 3 ~> x == 0 }
	property Soon   { x == 3 ~> x == 0 within 1 }
	bound Stays     { longest(x == 3 until x == 0) <= 2 }`

// FuzzOpen reads anything, with a sum that is right, without a panic and without taking much memory; and what is verified says only what is true.
func FuzzOpen(f *testing.F) {
	p, whole := claimedOf(f)
	f.Add(whole)
	f.Add([]byte(proofs.Schema + "\n{}\n"))
	big := proofs.Header{Subject: proofs.SubjectOf(p.Info(), "text"), States: 1 << 62}
	text, _ := json.Marshal(big)
	f.Add(append([]byte(proofs.Schema+"\n"), append(text, "\n\xff\xff\xff\xff\x7f"...)...))
	f.Fuzz(func(t *testing.T, body []byte) { saysWhatIsTrue(t, p, body) })
}

// FuzzEvidence does so with any states and any evidence behind a header that is right.
func FuzzEvidence(f *testing.F) {
	p, whole := claimedOf(f)
	at := bytes.Index(whole, []byte("}\n")) + 2
	f.Add(whole[at:])
	f.Fuzz(func(t *testing.T, body []byte) { saysWhatIsTrue(t, p, append(slices.Clone(whole[:at]), body...)) })
}

// claimedOf gives the model of claimed and a certificate of it without its sum.
func claimedOf(f *testing.F) (p model.System, certificate []byte) {
	program := of(f, claimed)
	plain, err := program.Plain()
	if err != nil {
		f.Fatal(err)
	}
	s := search(f, program, 1)
	if len(s.header.Claims) != 10 {
		f.Fatalf("%d claims", len(s.header.Claims))
	}
	whole := s.write(f)
	return plain, whole[:len(whole)-sha256.Size]
}

// saysWhatIsTrue checks that a certificate of the model of claimed is refused or says what is true.
func saysWhatIsTrue(t *testing.T, p model.System, body []byte) {
	sum := sha256.Sum256(body)
	c, err := proofs.Open(bytes.NewReader(append(slices.Clone(body), sum[:]...)))
	if err != nil || c.Verify(t.Context(), p, proofs.SubjectOf(p.Info(), "text")) != nil {
		return
	}
	for _, claim := range c.Header.Claims {
		if !claim.Holds {
			t.Errorf("%s is violated", claim.Property)
		}
		if claim.Kind != model.Bound && claim.Extreme != nil && *claim.Extreme != 1 {
			t.Errorf("%s: %d", claim.Property, *claim.Extreme)
		}
	}
	if n := c.Header.States; n != 0 && n != 4 {
		t.Errorf("%d states", n)
	}
}

func ctx(t any) context.Context {
	if t, ok := t.(interface{ Context() context.Context }); ok {
		return t.Context()
	}
	return context.Background()
}
