package podsecurity

import (
	"fmt"
	"slices"
)

// Pod is what the Pod Security Standards look at in the specification of a pod. Fields have the meaning and the defaults of
// core/v1: a nil pointer is a field that is not set. The zero Pod has no containers and sets nothing.
type Pod struct {
	Annotations  map[string]string `json:",omitempty"`
	OS           string            `json:",omitempty"` // spec.os.name, such as "windows"; "" where it is not set
	RuntimeClass string            `json:",omitempty"` // spec.runtimeClassName; "" where it is not set
	HostNetwork  bool              `json:",omitempty"`
	HostPID      bool              `json:",omitempty"`
	HostIPC      bool              `json:",omitempty"`
	HostUsers    *bool             `json:",omitempty"` // false: the pod has a user namespace of its own
	Security     Security          `json:",omitzero"`  // spec.securityContext
	Sysctls      []string          `json:",omitempty"` // the names of spec.securityContext.sysctls
	Volumes      []Volume          `json:",omitempty"`
	// Init, Containers and Ephemeral are the three lists of containers. Names are unique in a pod that the API accepts.
	Init       []Container `json:",omitempty"`
	Containers []Container `json:",omitempty"`
	Ephemeral  []Container `json:",omitempty"`
}

// Security is what pods and containers both set in their securityContext.
type Security struct {
	AppArmor     *string `json:",omitempty"` // appArmorProfile.type: RuntimeDefault, Localhost or Unconfined
	Seccomp      *string `json:",omitempty"` // seccompProfile.type, of the same values
	SELinux      SELinux `json:",omitzero"`
	HostProcess  bool    `json:",omitempty"` // windowsOptions.hostProcess; not set is false
	RunAsNonRoot *bool   `json:",omitempty"`
	RunAsUser    *int64  `json:",omitempty"`
}

// SELinux is seLinuxOptions. A field that is not set is "".
type SELinux struct {
	User string `json:",omitempty"`
	Role string `json:",omitempty"`
	Type string `json:",omitempty"`
}

// Container is a container of any of the three lists.
type Container struct {
	Name                     string   `json:",omitempty"`
	Image                    string   `json:",omitempty"`
	Security                 Security `json:",omitzero"`
	Privileged               bool     `json:",omitempty"` // not set is false
	AllowPrivilegeEscalation *bool    `json:",omitempty"`
	ProcMount                *string  `json:",omitempty"` // Default or Unmasked
	Add                      []string `json:",omitempty"` // capabilities.add, without CAP_
	Drop                     []string `json:",omitempty"` // capabilities.drop
	HostPorts                []int32  `json:",omitempty"` // the hostPort of each port; 0 where it is not set
	// Hosts are the host fields of the httpGet and tcpSocket handlers of its probes and lifecycle hooks; "" where not set.
	Hosts []string `json:",omitempty"`
}

// Volume is a volume with its sources, by the names of their fields, such as "hostPath": one in a pod that the API accepts.
type Volume struct {
	Name    string
	Sources []string
}

// Validate tells whether the API server accepts what the pod sets, as far as the levels rest on it: each volume has one source,
// and a pod of Windows sets nothing that only Linux has (kubernetes pkg/apis/core/validation, validateVolumes and
// validateWindows). Where it does not, restricted is no longer stricter than baseline; see Evaluate.
func (p *Pod) Validate() error {
	for _, v := range p.Volumes {
		if len(v.Sources) != 1 {
			return fmt.Errorf("volume %q: got %d sources, want 1", v.Name, len(v.Sources))
		}
	}
	if p.OS != windows {
		return nil
	}
	linuxOnly := func(s Security) bool {
		return s.AppArmor != nil || s.Seccomp != nil || s.SELinux != (SELinux{}) || s.RunAsUser != nil
	}
	if p.HostPID || p.HostIPC || p.HostUsers != nil || len(p.Sysctls) > 0 || linuxOnly(p.Security) {
		return fmt.Errorf("a pod of Windows sets a field of the pod that is for Linux")
	}
	for c := range p.all() {
		if linuxOnly(c.Security) || c.Privileged || c.AllowPrivilegeEscalation != nil || c.ProcMount != nil || len(c.Add)+len(c.Drop) > 0 {
			return fmt.Errorf("container %q of a pod of Windows sets a field that is for Linux", c.Name)
		}
	}
	return nil
}

// all goes through the containers in the order in which the checks look at them.
func (p *Pod) all() func(func(*Container) bool) {
	return func(yield func(*Container) bool) {
		for _, list := range [...][]Container{p.Init, p.Containers, p.Ephemeral} {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}
	}
}

// containers are the names of those for which bad is true.
func (p *Pod) containers(bad func(*Container) bool) []string {
	var out []string
	for c := range p.all() {
		if bad(c) {
			out = append(out, c.Name)
		}
	}
	return out
}

// setters are thePod, if the pod's own context is bad, and the names of the containers whose is.
func (p *Pod) setters(bad func(Security) bool) []string {
	var out []string
	if bad(p.Security) {
		out = append(out, thePod)
	}
	return append(out, p.containers(func(c *Container) bool { return bad(c.Security) })...)
}

// thePod stands for the pod itself among names of containers.
const thePod = "(pod)"

const windows = "windows"

func (p *Pod) inUserNamespace() bool { return p.HostUsers != nil && !*p.HostUsers }

// without are the elements of list that are not among allowed.
func without(list, allowed []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(allowed, s) })
}
