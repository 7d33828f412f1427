// Package confine models what a Docker container is confined to: from the options that it is created with, and the host and
// daemon that it is created on, to what one of its processes may do.
//
//   - New makes a Confinement of Options and a Host, or refuses as the daemon does. Its methods give the wall that keeps a process
//     from something (MayCall, MayUseDevice, MayWrite, MayCommandEngine, …), or none. DockerExec gives the same for a process that
//     is started later.
//   - Tweak and tweak.bh: which capabilities --cap-add, --cap-drop and --privileged leave.
//   - device.bh and kernel_file.bh: which options let a process read a disk of the host, and write the kernel's core_pattern.
//   - inside.bh: what a process inside can come to hold, whatever it executes, and what the operator's docker exec changes.
//
// Everything is a plain value, and nothing is looked up on a machine: what depends on the host is a field of Host. What is not
// confinement is left out: resource limits, networks (what reaches whom) and images; so are SELinux, which stands in AppArmor's
// place on some hosts (Host.NoAppArmor), and the permissions of ordinary files. The model texts are in Models.
//
// Sources, cited where the rules stand: the Moby engine, v2.0.0-beta.24, and Docker 28.5.2 where it differs; moby/profiles,
// seccomp v0.1.0 and v0.3.0, apparmor v0.1.0; runc, for the devices that every container may use; capabilities(7),
// user_namespaces(7).
package confine
