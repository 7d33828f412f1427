package perf

import "embed"

// Models holds the models of this package.
//
//go:embed *.bh
var Models embed.FS
