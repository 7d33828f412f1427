package network

// Security is the security policy that a port has in the end: what it accepts.
type Security struct {
	Promiscuous     bool // the guest may see all frames of its VLANs
	MACChanges      bool // the guest may change the address that it is sent frames by
	ForgedTransmits bool // the guest may send frames with other sources
}

// Setting is what a port group says of one point of the policy.
type Setting int

// The settings.
const (
	Inherit Setting = iota // as the switch has it
	Accept
	Reject
)

// Override is what a port group says. The zero Override inherits everything.
type Override struct{ Promiscuous, MACChanges, ForgedTransmits Setting }

// On is the policy of a port of the group: each point by itself is the group's or, where it inherits, the switch's ("vSphere
// Networking" 6.5, "Configure the Security Policy for a vSphere Standard Switch or Standard Port Group").
func (o Override) On(s Security) Security {
	return Security{
		Promiscuous:     o.Promiscuous.on(s.Promiscuous),
		MACChanges:      o.MACChanges.on(s.MACChanges),
		ForgedTransmits: o.ForgedTransmits.on(s.ForgedTransmits),
	}
}

func (s Setting) on(inherited bool) bool {
	switch s {
	case Accept:
		return true
	case Reject:
		return false
	}
	return inherited
}

// ForgedCheck says what the source of a frame is compared with where forged transmits are rejected. Manuals differ.
type ForgedCheck int

// The checks.
const (
	// AgainstEffective compares with the address that the guest has set, if the change was accepted ("vSphere Security"
	// 6.7, "Forged Transmits"; "vSphere Networking" 5.1: "the one currently set on the adapter").
	AgainstEffective ForgedCheck = iota
	// AgainstVMX compares with the address in the .vmx file ("vSphere Networking" 6.5).
	AgainstVMX
)

// Default is a security policy that new switches had according to one source.
type Default struct {
	Kind     Kind
	Security Security
	Source   string
}

// Defaults lists what sources say that new switches accept. They do not agree for distributed switches, and newer
// versions may have others: so nothing here uses them, and who describes a network reads the policy of its switches.
func Defaults() []Default {
	classic := Security{MACChanges: true, ForgedTransmits: true}
	return []Default{
		{Standard, classic, `"vSphere Networking" 5.0, "Edit Security Policy" of a standard port group`},
		{Standard, classic, "vSwitch0 of an ESXi host as govmomi's simulator has recorded it (simulator/esx/host_config_info.go, v0.52.0)"},
		{Distributed, Security{}, "vSphere 6.5 administration handbooks: all three are rejected on distributed switches"},
		{Distributed, classic, `"vSphere Host Client" 6.0, security policy of a distributed port`},
	}
}
