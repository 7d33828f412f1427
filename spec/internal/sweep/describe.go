package sweep

import "fmt"

// Describe says what is in tables and what runs as compiled code, a line each.
func (p *Program) Describe() []string {
	steps, faults, slow := 0, 0, 0
	for i := range p.alternatives {
		switch p.alternatives[i].kind {
		case step:
			steps++
		case fault:
			faults++
		default:
			slow++
		}
	}
	entries := len(p.table) + len(p.direct) + len(p.auto.next)
	out := []string{fmt.Sprintf("%d chunks of the state, %d ways to change it and %d to fault in %d table entries, %d instances as compiled code",
		len(p.chunks), steps, faults, entries, slow)}
	for _, f := range p.fallbacks {
		out = append(out, f.String())
	}
	return out
}

// Shape counts what steps are made of.
func (p *Program) Shape() string {
	guards, checks := 0, 0
	ops := [3]int{}
	for i := range p.alternatives {
		a := &p.alternatives[i]
		guards += len(a.guards)
		checks += len(a.checks)
		for _, o := range a.ops {
			ops[o.kind]++
		}
	}
	return fmt.Sprintf("%d guards besides, %d checks, ops: %d tabled, %d walked, %d moved; %d claims groups %d bounds", guards, checks, ops[tabled], ops[walked], ops[moved], len(p.claims), len(p.bounds))
}
