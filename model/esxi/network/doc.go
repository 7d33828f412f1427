// Package network models the virtual switches of ESXi hosts: who can send frames to whom, who can read whose, and who
// can be taken for whom.
//
// Network forwards frames as virtual switches do, one frame at a time: the security policy of the port, where the port
// group overrides the switch; VLANs (EST, VST, VGT, trunks of distributed switches), private VLANs, and several hosts
// joined by a physical network. Beside that, its relations VLANs, Reaches, Overhears and Impersonates are computed by
// rule, from the configuration alone. The tests try all frames and all that one guest may do, and find that the rules
// are exact. The .bh models say the same of small networks of every configuration, as claims that the checker decides:
//
//   - security.bh: the three security settings against one guest that listens, takes addresses and forges sources.
//   - vlan.bh: ports of one VLAN and trunks, on two hosts and the uplinks between them.
//   - private.bh: private VLANs, with a trunk and a router among their ports.
//   - neighbours.bh: what a guest can do to its neighbours, ARP spoofing too, under the settings of one port group.
//   - management.bh: who reaches a vulnerable service of the host, by VLAN, firewall and router.
//
// What new switches accept by default depends on their kind and version, and sources differ: Defaults lists what they
// say, and nothing is assumed.
//
// What a guest does that is not allowed has no effect, and it is not told: only a frame that its own switch drops is
// reported to the caller, by an error that wraps model.ErrRefused. Questions about ports that are not there panic with
// a sentence.
package network
