package netpolicy

import (
	"fmt"
	"net/netip"
	"slices"
)

// Operator compares a label with values.
type Operator string

// The operators of a LabelSelectorRequirement.
const (
	In           Operator = "In"
	NotIn        Operator = "NotIn" // so has what has not got the label
	Exists       Operator = "Exists"
	DoesNotExist Operator = "DoesNotExist"
)

// Requirement is one of a selector's expressions.
type Requirement struct {
	Key      string
	Operator Operator
	Values   []string // of In and NotIn, one at least
}

// Selector selects by labels: all of Match and all of Expressions. The zero Selector selects everything.
type Selector struct {
	Match       map[string]string
	Expressions []Requirement
}

// Selects tells whether labels are selected.
func (s Selector) Selects(labels map[string]string) bool {
	for k, v := range s.Match {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	for _, r := range s.Expressions {
		got, ok := labels[r.Key]
		in := ok && slices.Contains(r.Values, got)
		switch r.Operator {
		case In:
			ok = in
		case NotIn:
			ok = !in
		case DoesNotExist:
			ok = !ok
		}
		if !ok {
			return false
		}
	}
	return true
}

func (s Selector) check() error {
	for _, r := range s.Expressions {
		values := r.Operator == In || r.Operator == NotIn
		if !values && r.Operator != Exists && r.Operator != DoesNotExist || values != (len(r.Values) > 0) || r.Key == "" {
			return fmt.Errorf("%+v is no requirement", r)
		}
	}
	return nil
}

// Protocol is a protocol of ports. "" is TCP.
type Protocol string

// The protocols. Of others, such as ICMP, policies say nothing, and what networks do with them differs.
const (
	TCP  Protocol = "TCP"
	UDP  Protocol = "UDP"
	SCTP Protocol = "SCTP"
)

func (p Protocol) orTCP() Protocol {
	if p == "" {
		return TCP
	}
	return p
}

// Port is a port of a rule: all of a protocol where it has neither number nor name.
type Port struct {
	Protocol Protocol
	Number   int // 1 to 65535; 0 where it has none
	End      int // the last of a range that begins with Number; 0 where it is no range
	// Name is the name of a port of the pod that is connected to, of that protocol. What is no pod, and no such port, has none.
	Name string
}

// Block is an IPBlock: the addresses in CIDR that are in none of Except.
type Block struct {
	CIDR   netip.Prefix
	Except []netip.Prefix
}

// Contains tells whether an address is in the block.
func (b Block) Contains(a netip.Addr) bool {
	return b.CIDR.Contains(a) && !slices.ContainsFunc(b.Except, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Peer is one element of from or to: a block alone, or pods by their labels, those of their namespaces, or both.
type Peer struct {
	// Pods selects pods: of the policy's namespace if Namespaces is nil.
	Pods *Selector
	// Namespaces selects namespaces: all pods in them if Pods is nil, else those that both select.
	Namespaces *Selector
	Block      *Block
}

// Rule lets through what is from, or to, one of Peers and for one of Ports. None of either is any.
type Rule struct {
	Peers []Peer
	Ports []Port
}

// Direction is a direction of connections.
type Direction string

// The directions.
const (
	Ingress Direction = "Ingress"
	Egress  Direction = "Egress"
)

// Policy is a NetworkPolicy. It selects pods of its namespace, isolates them in its directions, and lets through what its rules
// say. No rule isolates from what another lets through.
type Policy struct {
	Namespace, Name string
	Pods            Selector
	// Types are its directions. None is Ingress and, if there are rules of Egress, that too: an empty list of these does not count.
	Types           []Direction
	Ingress, Egress []Rule
}

// Isolates tells whether the policy isolates in a direction (kubernetes pkg/apis/networking/v1/defaults.go).
func (p Policy) Isolates(d Direction) bool {
	if len(p.Types) == 0 {
		return d == Ingress || len(p.Egress) > 0
	}
	return slices.Contains(p.Types, d)
}

func (p Policy) rules(d Direction) []Rule {
	if d == Ingress {
		return p.Ingress
	}
	return p.Egress
}

// check tells what the API server would not accept (kubernetes pkg/apis/networking/validation).
func (p Policy) check() error {
	complain := func(format string, args ...any) error {
		return fmt.Errorf("policy %s/%s: "+format, append([]any{p.Namespace, p.Name}, args...)...)
	}
	if err := p.Pods.check(); err != nil {
		return complain("%w", err)
	}
	for _, d := range p.Types {
		if d != Ingress && d != Egress {
			return complain("%q is no direction", d)
		}
	}
	for _, r := range slices.Concat(p.Ingress, p.Egress) {
		for _, port := range r.Ports {
			ranged := port.End != 0
			if port.Number < 0 || port.Number > 65535 || port.Number != 0 && port.Name != "" || ranged && (port.Number == 0 || port.End < port.Number || port.End > 65535) {
				return complain("%+v is no port", port)
			}
			if q := port.Protocol.orTCP(); q != TCP && q != UDP && q != SCTP {
				return complain("%q is no protocol", q)
			}
		}
		for _, peer := range r.Peers {
			if err := peer.check(); err != nil {
				return complain("%w", err)
			}
		}
	}
	return nil
}

func (p Peer) check() error {
	if p.Block != nil {
		if p.Pods != nil || p.Namespaces != nil {
			return fmt.Errorf("a peer with a block and a selector")
		}
		if !p.Block.CIDR.IsValid() {
			return fmt.Errorf("%s is no CIDR", p.Block.CIDR)
		}
		for _, e := range p.Block.Except {
			if !e.IsValid() || !p.Block.CIDR.Contains(e.Addr()) || e.Bits() <= p.Block.CIDR.Bits() {
				return fmt.Errorf("except %s is not a part of %s", e, p.Block.CIDR)
			}
		}
		return nil
	}
	if p.Pods == nil && p.Namespaces == nil {
		return fmt.Errorf("a peer with nothing in it")
	}
	for _, s := range []*Selector{p.Pods, p.Namespaces} {
		if s != nil {
			if err := s.check(); err != nil {
				return err
			}
		}
	}
	return nil
}
