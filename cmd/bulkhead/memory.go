package main

import (
	"bufio"
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// unknownMemory is what a machine is taken to offer when it does not tell.
const unknownMemory = 4 << 30

// defaultMemory is three quarters of what the machine or, where that is less, its control group offers. The rest is for
// the program itself and its neighbours.
func defaultMemory() int64 {
	return offered(os.DirFS("/")) / 4 * 3
}

// diskMemory is half of it: a search on disk wants the rest for what the system keeps of files.
func diskMemory() int64 { return offered(os.DirFS("/")) / 2 }

// offered reads the memory of a Linux machine, and the limits of the control groups, of version 1 and 2, that the process
// is in. The root is given so that a test can make one.
func offered(root fs.FS) int64 {
	least := int64(math.MaxInt64)
	for _, limit := range append(groupLimits(root), total(root)) {
		if limit > 0 {
			least = min(least, limit)
		}
	}
	if least == math.MaxInt64 {
		return unknownMemory
	}
	return least
}

// total reads MemTotal, which /proc/meminfo gives in KiB; 0 when it is not there.
func total(root fs.FS) int64 {
	for _, line := range lines(root, "proc/meminfo") {
		if rest, found := strings.CutPrefix(line, "MemTotal:"); found {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				return 0
			}
			return n * 1024
		}
	}
	return 0
}

// groupLimits reads the limit of each control group from the process's own to the root. A line of /proc/self/cgroup is
// "0::/path" in version 2, and "5:memory:/path" in version 1. Inside a container the path may be that of the host; the
// limit then stands in the root of the mount, which is read in any case.
func groupLimits(root fs.FS) []int64 {
	var out []int64
	for _, line := range lines(root, "proc/self/cgroup") {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) != 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		if fields[1] != "" {
			if !strings.Contains(","+fields[1]+",", ",memory,") {
				continue
			}
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		}
		for group := path.Clean("/" + fields[2]); ; group = path.Dir(group) {
			for _, text := range lines(root, path.Join(mount, group, file)) {
				// "max" is no number, and so no limit; version 1 says it with a number near 2^63.
				if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil {
					out = append(out, n)
				}
			}
			if group == "/" {
				break
			}
		}
	}
	return out
}

func lines(root fs.FS, name string) []string {
	f, err := root.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		out = append(out, s.Text())
	}
	return out
}
