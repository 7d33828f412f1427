package modeltest

import (
	"math/bits"

	"github.com/bulkheadlang/bulkhead/model"
)

// checkDomains looks at what the system claims of its domains: every number is that of something.
func (c *conformance) checkDomains() {
	c.t.Helper()
	sys, ok := c.sys.(model.Isolating)
	for _, p := range c.info.Properties {
		if p.Kind == model.Isolated && !ok {
			c.complain("property %s is of kind %s, and the system says nothing of its domains", p.Name, p.Kind)
		}
	}
	if !ok {
		return
	}
	claims := sys.Isolation()
	if n := len(claims.Domains); n > model.MaxDomains {
		c.complain("there are %d domains, want at most %d", n, model.MaxDomains)
	}
	for _, p := range claims.Properties {
		switch n := len(claims.Domains); {
		case int(p.Property) >= len(c.info.Properties) || p.Property < 0 || c.info.Properties[p.Property].Kind != model.Isolated:
			c.complain("Isolation speaks of property %d, which is of no domains", p.Property)
		case p.Of < 0 || p.Of >= n || bits.Len64(p.By) > n:
			c.complain("Isolation speaks of a domain beyond the last of %d", n)
		case p.Via != nil && (len(p.Via) != n || len(claims.Varying) > 0):
			c.complain("Isolation says of %d of %d domains what they may do through others, and of %d instances that their domains vary",
				len(p.Via), n, len(claims.Varying))
		}
	}
	for _, v := range claims.Varying {
		if v.Action < 0 || int(v.Action) >= len(c.info.Actions) {
			c.complain("Isolation speaks of action %d, of %d", v.Action, len(c.info.Actions))
		}
	}
	if _, ok := c.sys.NewRunner().(model.Onlooker); len(claims.Properties) > 0 && !ok {
		c.complain("the system has properties of domains, and its runners are no Onlookers")
	}
}
