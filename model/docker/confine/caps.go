package confine

import (
	"strings"

	"github.com/bulkheadlang/bulkhead/model/linux/capability"
)

// DefaultCaps are the 14 capabilities of a container (Moby, daemon/pkg/oci/caps/defaults.go).
const DefaultCaps = capability.Set(1<<capability.Chown | 1<<capability.DACOverride | 1<<capability.FSetID | 1<<capability.FOwner |
	1<<capability.Mknod | 1<<capability.NetRaw | 1<<capability.SetGID | 1<<capability.SetUID | 1<<capability.SetFCap |
	1<<capability.SetPCap | 1<<capability.NetBindService | 1<<capability.SysChroot | 1<<capability.Kill | 1<<capability.AuditWrite)

// named gives the capabilities of a list of names, and whether ALL is among them. The error has the daemon's words.
func named(list []string) (set capability.Set, all bool, err error) {
	for _, name := range list {
		if strings.EqualFold(name, "ALL") {
			all = true
			continue
		}
		c, ok := capability.Parse(name)
		if !ok {
			full := strings.ToUpper(name)
			if !strings.HasPrefix(full, "CAP_") {
				full = "CAP_" + full
			}
			return 0, false, refuse(InvalidParameter, "unknown capability: %q", full)
		}
		set |= capability.Of(c)
	}
	return set, all, nil
}

// Tweak is the bounding set of a container (Moby, daemon/pkg/oci/caps/utils.go, TweakCapabilities): a privileged one has all;
// one that adds ALL has all but what it drops, of which ALL is nothing; one that drops ALL has what it adds; any other has those
// of basic that it does not drop, and what it adds, even what it drops as well.
//
// InvalidParameter: a name is that of no capability. Privileged containers have their names looked at by nobody.
func Tweak(basic capability.Set, add, drop []string, privileged bool) (capability.Set, error) {
	if privileged {
		return capability.All, nil
	}
	dropped, dropAll, err := named(drop)
	if err != nil {
		return 0, err
	}
	added, addAll, err := named(add)
	switch {
	case err != nil:
		return 0, err
	case addAll:
		return capability.All &^ dropped, nil
	case dropAll:
		return added, nil
	default:
		return basic&^dropped | added, nil
	}
}
