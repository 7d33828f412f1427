package proofs

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"
)

// block gives states of two words as they stand in a certificate, each after the one before and at distance 0.
func block(states [][2]uint64, tail ...byte) []byte {
	var b []byte
	before := make([]uint64, 2)
	for _, s := range states {
		b = binary.AppendUvarint(appendState(b, before, s[:]), 0)
		before = []uint64{s[0], s[1]}
	}
	b = append(b, tail...)
	return append(binary.AppendUvarint(nil, uint64(len(b))), b...)
}

func numbered(from, n uint64) (out [][2]uint64) {
	for i := range n {
		out = append(out, [2]uint64{7, from + i})
	}
	return out
}

// Sets that are not in form are damaged: states out of order, twice, more or fewer than there ought to be.
func TestForm(t *testing.T) {
	for name, c := range map[string]struct {
		header Header
		body   []byte
		ok     bool
	}{
		"in form":                      {Header{States: 3, Initial: 3}, block(numbered(5, 3)), true},
		"two blocks":                   {Header{States: 66, Initial: 66}, append(block(numbered(5, 64)), block(numbered(69, 2))...), true},
		"two blocks, one out of order": {Header{States: 66, Initial: 66}, append(block(numbered(5, 64)), block(numbered(3, 2))...), false},
		"two blocks, a state twice":    {Header{States: 66, Initial: 66}, append(block(numbered(5, 64)), block(numbered(68, 2))...), false},
		"a state twice":                {Header{States: 2, Initial: 2}, block([][2]uint64{{7, 5}, {7, 5}}), false},
		"out of order":                 {Header{States: 2, Initial: 2}, block([][2]uint64{{7, 5}, {6, 9}}), false},
		"more than its states":         {Header{States: 3, Initial: 3}, block(numbered(5, 3), 0), false},
		"more states":                  {Header{States: 2, Initial: 2}, block(numbered(5, 3)), false},
		"fewer states":                 {Header{States: 4, Initial: 4}, block(numbered(5, 3)), false},
		"fewer initial states":         {Header{States: 3, Initial: 2}, block(numbered(5, 3)), false},
		"less deep":                    {Header{States: 3, Initial: 3, Depth: 1}, block(numbered(5, 3)), false},
		"a word too many before":       {Header{States: 1, Initial: 1}, []byte{3, 2, 1, 0}, false},
		"a number without end":         {Header{States: 1, Initial: 1}, []byte{3, 0xff, 0xff, 0xff}, false},
		"a length without end":         {Header{States: 1, Initial: 1}, []byte{0xff, 0xff}, false},
		"a huge length":                {Header{States: 1, Initial: 1}, binary.AppendUvarint(nil, 1<<40), false},
		"negative":                     {Header{States: -1}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			cert := &Certificate{Header: c.header, in: bufio.NewReader(bytes.NewReader(c.body)), sum: sha256.New()}
			s, err := cert.read(2)
			var damaged *DamagedError
			switch {
			case c.ok && err != nil:
				t.Fatal(err)
			case !c.ok && !errors.As(err, &damaged):
				t.Fatalf("got %v, want it damaged", err)
			case !c.ok:
				return
			}
			look := &cursor{s: s, state: make([]uint64, 2)}
			for i := range c.header.States {
				if at, depth, ok := look.find([]uint64{7, 5 + uint64(i)}); !ok || at != i || depth != 0 {
					t.Errorf("state %d: got %d, distance %d, found %t", i, at, depth, ok)
				}
			}
			for _, other := range [][]uint64{{7, 4}, {7, 5 + uint64(c.header.States)}, {6, 6}, {8, 6}, {7}} {
				if at, _, ok := look.find(other); ok {
					t.Errorf("%v: got %d, want nothing", other, at)
				}
			}
		})
	}
}
