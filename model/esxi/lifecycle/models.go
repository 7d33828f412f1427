package lifecycle

import "embed"

// Models holds the models of this package: table.bh, power.bh, connection.bh, incarnations.bh, disks.bh and snapshots.bh.
//
//go:embed table.bh power.bh connection.bh incarnations.bh disks.bh snapshots.bh
var Models embed.FS
