package confine

import "regexp"

// denial is a rule of docker-default that denies access to paths. Globs are AppArmor's: * stays within a component, ** does
// not (apparmor.d(5)).
type denial struct {
	paths *regexp.Regexp
	read  bool // it denies reading, too
}

func deny(pattern string, read bool) denial {
	return denial{regexp.MustCompile("(?s)^" + pattern + "$"), read}
}

// denials are the rules of docker-default about files (moby/profiles, apparmor v0.1.0), with * as [^/]*, ** as .* and ? as [^/]. They
// deny less than they are said to: /proc/bus, and in /proc/sys/kernel what has an s, an h or an m at its first, second or third
// place, as sysrq and domainname have.
var denials = []denial{
	deny(`/proc/[^/]*`, false),
	deny(`/proc/(?:[^1-9]|[^1-9][^0-9]|[^1-9s][^0-9y][^0-9s]|[^1-9][^0-9][^0-9][^0-9/][^/]*)/.*`, false),
	deny(`/proc/sys/[^k].*`, false),
	deny(`/proc/sys/kernel/(?:[^/]|[^/][^/]|[^s][^h][^m].*)`, false),
	deny(`/proc/sysrq-trigger`, true),
	deny(`/proc/kcore`, true),
	deny(`/sys/[^f][^/]*/.*`, false),
	deny(`/sys/f[^s][^/]*/.*`, false),
	deny(`/sys/fs/[^c][^/]*/.*`, false),
	deny(`/sys/fs/c[^g][^/]*/.*`, false),
	deny(`/sys/fs/cg[^r][^/]*/.*`, false),
	deny(`/sys/firmware/.*`, true),
	deny(`/sys/devices/virtual/powercap/.*`, true),
	deny(`/sys/kernel/security/.*`, true),
}

// profileDenies tells whether docker-default denies reading ('r') or writing ('w') the file at a path.
func profileDenies(path string, access byte) bool {
	for _, d := range denials {
		if (access == 'w' || d.read) && d.paths.MatchString(path) {
			return true
		}
	}
	return false
}
