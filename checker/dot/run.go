package dot

import "github.com/bulkheadlang/bulkhead/model"

// Run draws one run: the first state whole, of each later one what the step changed. A state that the run comes back to
// is drawn once. Name is the property that the run is about; broken tells that its end violates it.
func Run(t *model.Trace, name string, broken bool) *Picture {
	p := &Picture{}
	seen := func(state []model.Binding, upTo int) int {
		for i := range upTo {
			if len(model.Diff(t.Steps[i].State, state)) == 0 && t.Steps[i].State != nil {
				return i
			}
		}
		return -1
	}
	node := make([]int, len(t.Steps)) // of each step
	var before []model.Binding
	for i, step := range t.Steps {
		if step.State == nil {
			node[i] = len(p.Nodes)
			p.Nodes = append(p.Nodes, Node{Fault: "the step has no outcome"})
		} else if earlier := seen(step.State, i); earlier >= 0 {
			node[i] = node[earlier]
		} else {
			node[i] = len(p.Nodes)
			p.Nodes = append(p.Nodes, Node{Lines: changes(before, step.State), Initial: i == 0})
		}
		if i > 0 {
			last := broken && i == len(t.Steps)-1
			p.join(node[i-1], node[i], Edge{Labels: []string{step.Step.String()}, Path: true, Bad: last})
		}
		if step.State != nil {
			before = step.State
		}
	}
	if t.Loop >= 0 && len(t.Steps) > 0 {
		p.join(node[len(t.Steps)-1], node[t.Loop], Edge{Labels: []string{"for ever"}, Path: true, Bad: broken})
	}
	if len(t.Steps) > 0 {
		end := &p.Nodes[node[len(t.Steps)-1]]
		if broken && end.Fault == "" {
			end.Breaks = []string{name}
		} else if !broken {
			end.Focus = true
		}
	}
	return p
}

func changes(before, after []model.Binding) []string {
	var out []string
	if before == nil {
		for _, v := range after {
			out = append(out, written(v.Name, v.Value)...)
		}
		return out
	}
	for _, c := range model.Diff(before, after) {
		out = append(out, written(c.Path, c.To)...)
	}
	return out
}

// join adds a step to the edge between two nodes, making the edge if there is none.
func (p *Picture) join(from, to int, e Edge) {
	for i := range p.Edges {
		old := &p.Edges[i]
		if old.From == from && old.To == to {
			old.Labels = append(old.Labels, e.Labels...)
			old.Path, old.Bad = old.Path || e.Path, old.Bad || e.Bad
			return
		}
	}
	e.From, e.To = from, to
	p.Edges = append(p.Edges, e)
}
