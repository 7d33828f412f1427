package network

// The relations below say what can come about, by rule: from VLANs, settings and where adapters are, without a frame
// being sent. In each, one guest is the adversary and may set its address, listen and send as it likes, while all
// others keep to their .vmx addresses and do not listen. They speak of the configuration: what guests have set does not
// matter.

// VLANs gives the VLANs in which frames of a get to b: the numbers that such a frame may have on its way. That of the
// ports' policies comes first, and between two hosts it must be carried by the uplinks of both. It is not symmetric
// where a trunk meets a private VLAN.
func (n *Network) VLANs(a, b Port) VLANs {
	p, q := n.at(a), n.at(b)
	ids := n.common(p.policy, q.policy)
	if p.host != q.host {
		ids = ids.Intersect(n.uplinks[p.host]).Intersect(n.uplinks[q.host])
	}
	return ids
}

// common is the law of VLANs and private VLANs for two policies.
func (n *Network) common(from, to Policy) VLANs {
	switch {
	case from.mode == private && to.mode == private:
		a, b := n.private[from.id], n.private[to.id]
		meets := a.Kind == Promiscuous || b.Kind == Promiscuous || a.Kind == Community && a.Secondary == b.Secondary
		if a.Primary == b.Primary && meets {
			return only(a.Secondary)
		}
		return VLANs{}
	case from.mode == private:
		return only(from.id).Intersect(to.plain())
	case to.mode == private:
		b := n.private[to.id]
		switch b.Kind {
		case Promiscuous:
			return from.plain().Intersect(n.domain(b.Primary))
		case Community:
			return from.plain().Intersect(only(b.Primary, b.Secondary))
		}
		return from.plain().Intersect(only(b.Primary))
	}
	return from.plain().Intersect(to.plain())
}

// plain is the VLANs of a policy that is not private.
func (p Policy) plain() VLANs {
	if p.mode == trunk {
		return p.ids
	}
	return only(p.id)
}

// Reaches tells whether a can send b a frame (at layer 2), with its own address. A router may make it possible where it
// is not.
func (n *Network) Reaches(a, b Port) bool { return a != b && !n.VLANs(a, b).Empty() }

// Overhears tells whether a can get a copy of frames that b sends to c and c gets. It must accept promiscuous mode, or
// changes of address, since then a can take that of c; and be where the frame passes: on the host of b or, if the frame
// leaves that, on any.
func (n *Network) Overhears(a, b, c Port) bool {
	if a == b || a == c || b == c {
		return false
	}
	s := n.at(a).security
	if !s.Promiscuous && !s.MACChanges {
		return false
	}
	if n.at(a).host != n.at(b).host && n.at(c).host == n.at(b).host {
		return false
	}
	return !n.VLANs(b, a).Intersect(n.VLANs(b, c)).Empty()
}

// Impersonates tells whether a can send c a frame with the address of b: forged transmits are accepted, or changes of
// address are and sources compared with what the guest has set.
func (n *Network) Impersonates(a, b, c Port) bool {
	if a == b || b == c {
		return false
	}
	s := n.at(a).security
	return n.Reaches(a, c) && (s.ForgedTransmits || s.MACChanges && n.check == AgainstEffective)
}
