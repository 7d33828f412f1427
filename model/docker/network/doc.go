// Package network models the networks of Docker hosts: which packets their firewall rules let pass, and so who can open a
// connection to whom.
//
// A Site is some hosts with their engines, networks and containers. Connect follows a packet as a host does: through the rules
// that the engine makes in the tables raw, nat and filter, chain by chain, to the stack of a container, of a host or of a
// neighbour on the segment, and across hosts. Beside that, Reaches says by rule, from networks, gateway modes and published
// ports alone, who reaches whom. The tests draw sites, send every packet that could mean something, and find that the two agree.
// Taken and Attacks say how far somebody gets who takes over one container after another. Rules are state: Reload is what
// firewalld does to them, and what the engine then forgets.
//
//   - reach.bh: two bridges, all gateway modes, published ports, the proxy, before 28.0 and since 28.2.
//   - reload.bh: firewalld is reloaded (CVE-2025-54388, CVE-2025-54410).
//   - publish.bh: a published port and ufw; DOCKER-USER.
//   - attach.bh: addresses, host ports and names are given to one container at a time.
//   - relay.bh: containers that are taken over one after another.
//
// What sources leave open are parameters of Engine and Network: the policy of FORWARD, which depends on who turned on IP
// forwarding; what a version forgets; isolated bridge ports, which Docker does not set. Left out: IPv6, UDP, ICMP, source
// addresses that are forged, masquerading but for the address that other hosts see, Docker's own nftables backend, ipvlan, and
// the engines 28.0 and 28.1, whose rules lie between the two that are modelled.
//
// Everything is a plain value: no clock, no randomness, no system call. A step that the present state does not allow returns an
// error that wraps model.ErrRefused and changes nothing.
package network
