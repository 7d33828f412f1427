package modeltest

import "github.com/bulkheadlang/bulkhead/model"

// checkRefiners looks at whether a system with properties of kind Refines can say what states are mapped to.
func (c *conformance) checkRefiners() {
	for _, p := range c.info.Properties {
		if _, ok := c.sys.NewRunner().(model.Refiner); p.Kind == model.Refines && !ok {
			c.complain("property %s is of kind %s, and the Runner is no Refiner", p.Name, p.Kind)
		}
	}
}
