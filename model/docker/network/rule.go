package network

import (
	"net/netip"
	"strconv"
	"strings"
)

// Packet is the first packet of a TCP connection, or one of its reply, as the rules of one host see it.
type Packet struct {
	In, Out             string // interfaces: In is Loopback for what the host itself sends, Out is "" before it is routed
	Source, Destination netip.Addr
	Port                uint16         // of the destination
	Original            netip.AddrPort // the destination before it was translated
	Established         bool           // it belongs to a connection that was let pass (ctstate RELATED,ESTABLISHED)
	local               bool           // the destination is an address of the host (addrtype LOCAL)
}

// Match says which packets a rule is about. What is zero is not looked at.
type Match struct {
	In, Out                   string // interfaces
	NotIn, NotOut             bool   // any other one than these
	Source, Destination       netip.Prefix
	NotSource, NotDestination bool
	Port, OriginalPort        uint16
	Original                  netip.Addr // the address of the destination before it was translated
	Established, Local, icmp  bool
}

// Matches tells whether the rule is about the packet.
func (m Match) Matches(p Packet) bool {
	return side(m.In, p.In, m.NotIn) && side(m.Out, p.Out, m.NotOut) &&
		within(m.Source, p.Source, m.NotSource) && within(m.Destination, p.Destination, m.NotDestination) &&
		(m.Port == 0 || m.Port == p.Port) && (m.OriginalPort == 0 || m.OriginalPort == p.Original.Port()) &&
		(!m.Original.IsValid() || m.Original == p.Original.Addr()) &&
		(!m.Established || p.Established) && (!m.Local || p.local) && !m.icmp
}

func side(want, got string, not bool) bool { return want == "" || (want == got) != not }

func within(want netip.Prefix, got netip.Addr, not bool) bool {
	return !want.IsValid() || want.Contains(got) != not
}

// Target is what a rule does with a packet.
type Target int

// The targets. Return ends the chain; what called it goes on.
const (
	Accept Target = iota
	Drop
	Return
	jump
	translate // DNAT
)

// Rule is one rule of a chain.
type Rule struct {
	Match
	Target Target

	chain string         // of jump
	to    netip.AddrPort // of translate
}

// String writes a rule as iptables-save does, without the chain.
func (r Rule) String() string {
	var out []string
	put := func(not bool, option, value string) {
		if not {
			out = append(out, "!")
		}
		out = append(out, option, value)
	}
	if r.Source.IsValid() {
		put(r.NotSource, "-s", r.Source.String())
	}
	if r.Destination.IsValid() {
		put(r.NotDestination, "-d", r.Destination.String())
	}
	if r.In != "" {
		put(r.NotIn, "-i", r.In)
	}
	if r.Out != "" {
		put(r.NotOut, "-o", r.Out)
	}
	if r.icmp {
		put(false, "-p", "icmp")
	}
	if r.Port != 0 {
		put(false, "-p", "tcp -m tcp --dport "+strconv.Itoa(int(r.Port)))
	}
	if r.Original.IsValid() {
		put(false, "-m", "conntrack --ctorigdst "+r.Original.String())
	}
	if r.OriginalPort != 0 {
		put(false, "-m", "conntrack --ctorigdstport "+strconv.Itoa(int(r.OriginalPort)))
	}
	if r.Local {
		put(false, "-m", "addrtype --dst-type LOCAL")
	}
	if r.Established {
		put(false, "-m", "conntrack --ctstate RELATED,ESTABLISHED")
	}
	switch r.Target {
	case Accept:
		put(false, "-j", "ACCEPT")
	case Drop:
		put(false, "-j", "DROP")
	case Return:
		put(false, "-j", "RETURN")
	case jump:
		put(false, "-j", r.chain)
	case translate:
		put(false, "-j", "DNAT --to-destination "+r.to.String())
	}
	return strings.Join(out, " ")
}

// Tables are the chains of a host, by table and name, such as "filter FORWARD".
type Tables struct {
	chains map[string][]Rule
	drop   bool // the policy of filter FORWARD is DROP
}

// Chain lists the rules of a chain as iptables-save does, such as "-A DOCKER -o br-web -j DOCKER".
func (t Tables) Chain(table, name string) []string {
	var out []string
	for _, r := range t.chains[table+" "+name] {
		out = append(out, "-A "+name+" "+r.String())
	}
	return out
}

func (t Tables) add(chain string, rules ...Rule) {
	t.chains[chain] = append(t.chains[chain], rules...)
}

// run takes a packet through a chain: the first rule that decides about it, if any does. Chains do not call each other in
// a ring.
func (t Tables) run(table, chain string, p Packet) (Rule, bool) {
	for _, r := range t.chains[table+" "+chain] {
		if !r.Matches(p) {
			continue
		}
		switch r.Target {
		case Return:
			return Rule{}, false
		case jump:
			if d, ok := t.run(table, r.chain, p); ok {
				return d, true
			}
		default:
			return r, true
		}
	}
	return Rule{}, false
}

// passes takes a packet through a chain of the kernel, which has a policy.
func (t Tables) passes(table, chain string, p Packet) bool {
	if r, ok := t.run(table, chain, p); ok {
		return r.Target != Drop
	}
	return !(t.drop && table == "filter" && chain == "FORWARD")
}

// first is what the rules of an administrator say of a packet: the first that is about it.
func first(rules []Rule, p Packet) (Target, bool) {
	for _, r := range rules {
		if r.Matches(p) {
			return r.Target, r.Target != Return
		}
	}
	return Return, false
}
