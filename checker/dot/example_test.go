package dot_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/checker/dot"
	"github.com/bulkheadlang/bulkhead/model"
)

func Example() {
	type light struct{ On bool }
	sys, err := model.Define(model.Definition[light]{
		Name: "Light",
		Init: slices.Values([]light{{}}),
		Actions: []model.ActionOf[light]{{
			Name: "Flip",
			Next: model.Guarded(nil, func(s light) light { return light{!s.On} }),
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	graph, err := checker.Explore(context.Background(), sys, checker.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	picture, err := dot.States(sys, graph, dot.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range picture.Nodes {
		fmt.Println(strings.Join(n.Lines, ", "))
	}
	for _, e := range picture.Edges {
		fmt.Println(e.From, "->", e.To, strings.Join(e.Labels, ", "))
	}
	// Output:
	// On = false
	// On = true
	// 0 -> 1 Flip
	// 1 -> 0 Flip
}
