package runs

import "context"

// search finds the strongly connected components of a part of a product by Tarjan's algorithm, in the form of Pearce (A
// space-efficient algorithm for finding strongly connected components, Information Processing Letters 116, 2016), without
// recursion: one number a node, and a stack. Components come in an order in which those that can be reached from one come
// before it.
type search struct {
	*Product
	ctx   context.Context
	visit func(nodes []uint32) (enough bool, err error) // is given each component; its nodes have index current meanwhile
	count uint32
	steps int
	calls []frame
	stack []uint32
	ended bool // visit said that this is enough
}

type frame struct {
	node, index uint32
	cursor
}

const frameBytes = 20

// close gives the memory of the stacks back.
func (s *search) close() {
	s.meter.Give(frameBytes*int64(cap(s.calls)) + 4*int64(cap(s.stack)))
	s.calls, s.stack = nil, nil
}

// from finds the components of what can be reached from a node, unless they are found already.
func (s *search) from(root uint32) (err error) {
	if s.ended || s.index[root] != 0 {
		return nil
	}
	if err := s.enter(root); err != nil {
		return err
	}
	for len(s.calls) > 0 {
		f := &s.calls[len(s.calls)-1]
		to, _, ok := s.next(f.node, &f.cursor)
		switch {
		case ok && s.index[to] == 0:
			if err := s.enter(to); err != nil {
				return err
			}
		case ok:
			s.index[f.node] = min(s.index[f.node], s.index[to])
		default:
			if err := s.leave(*f); err != nil || s.ended {
				return err
			}
		}
	}
	return nil
}

func (s *search) enter(node uint32) (err error) {
	if s.steps++; s.steps%interval == 0 && s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	s.count++
	s.index[node] = s.count
	s.calls, err = Push(s.meter, s.calls, frame{node, s.count, s.edges(node)}, frameBytes)
	return err
}

// leave ends the visit of a node.
func (s *search) leave(f frame) (err error) {
	s.calls = s.calls[:len(s.calls)-1]
	low := s.index[f.node]
	if s.stack, err = Push(s.meter, s.stack, f.node, 4); err != nil {
		return err
	}
	if n := len(s.calls); n > 0 {
		caller := s.calls[n-1].node
		s.index[caller] = min(s.index[caller], low)
	}
	if low < f.index {
		return nil
	}
	at := len(s.stack) - 1
	for at > 0 && s.index[s.stack[at-1]] >= low {
		at--
	}
	nodes := s.stack[at:]
	for _, v := range nodes {
		s.index[v] = current
	}
	s.ended, err = s.visit(nodes)
	for _, v := range nodes {
		s.index[v] = done
	}
	s.stack = s.stack[:at]
	return err
}
