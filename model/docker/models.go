package docker

import "embed"

// Models holds the models of this package: lifecycle.bh, namespaces.bh, pids.bh and cgroup.bh.
//
//go:embed lifecycle.bh namespaces.bh pids.bh cgroup.bh
var Models embed.FS
