package attack

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Release is a release of a program: 1.0.0-rc93 is Release{1, 0, 0, 93}, and 1.1.12 is Release{1, 1, 12, 0}. The zero Release
// stands for a program that is not in use.
type Release struct {
	Major, Minor, Patch int
	Candidate           int // 0 for the release itself, which comes after its candidates
}

// mostPart bounds each number of a release.
const mostPart = 9_999

// ParseRelease reads a release as its maker writes it: 1.0.0-rc93, 1.4.0-rc.3, 5.17-rc3, v1.1.12, 18.06.1-ce-rc2. Other suffixes
// are refused: what a distribution has mended in its 5.15.0-91-generic, the number does not tell. Give the release upstream
// and name what was mended besides in Facts.Mended.
func ParseRelease(text string) (Release, error) {
	fail := func(why string) (Release, error) {
		return Release{}, fmt.Errorf("release %.40q: %s", text, why)
	}
	numbers, suffix, has := strings.Cut(strings.TrimPrefix(text, "v"), "-")
	var r Release
	parts := strings.Split(numbers, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return fail("want two or three numbers with points between")
	}
	for i, to := range []*int{&r.Major, &r.Minor, &r.Patch}[:len(parts)] {
		n, ok := part(parts[i])
		if !ok {
			return fail("want numbers up to " + strconv.Itoa(mostPart))
		}
		*to = n
	}
	if !has || suffix == "ce" {
		return r, nil
	}
	candidate, ok := strings.CutPrefix(strings.TrimPrefix(suffix, "ce-"), "rc")
	if !ok {
		return fail("-" + suffix + " is no release upstream")
	}
	n, ok := part(strings.TrimPrefix(candidate, "."))
	if !ok || n == 0 {
		return fail("want the number of the candidate, from 1")
	}
	r.Candidate = n
	return r, nil
}

func part(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err == nil && n <= mostPart && text[0] != '+'
}

// MustRelease is ParseRelease for a release that is known to be one. It panics otherwise.
func MustRelease(text string) Release {
	r, err := ParseRelease(text)
	if err != nil {
		panic("attack: " + err.Error())
	}
	return r
}

// Compare is negative, 0 or positive as r comes before s, is s or comes after it.
func (r Release) Compare(s Release) int {
	last := func(r Release) int {
		if r.Candidate == 0 {
			return mostPart + 1
		}
		return r.Candidate
	}
	return cmp.Or(cmp.Compare(r.Major, s.Major), cmp.Compare(r.Minor, s.Minor), cmp.Compare(r.Patch, s.Patch),
		cmp.Compare(last(r), last(s)))
}

// Line tells whether two releases are of one line, such as 1.2, for which there are mended releases of its own.
func (r Release) Line(s Release) bool { return r.Major == s.Major && r.Minor == s.Minor }

// String writes the release as runc does.
func (r Release) String() string {
	out := fmt.Sprintf("%d.%d.%d", r.Major, r.Minor, r.Patch)
	if r.Candidate > 0 {
		out += fmt.Sprintf("-rc.%d", r.Candidate)
	}
	return out
}

// Program is what has releases.
type Program uint8

// The programs.
const (
	Runc Program = iota + 1
	Docker
	Containerd
	Toolkit // NVIDIA Container Toolkit
	Linux
)

var programNames = [...]string{Runc: "runc", Docker: "Docker", Containerd: "containerd", Toolkit: "NVIDIA Container Toolkit", Linux: "Linux"}

// String gives the name of the program.
func (p Program) String() string {
	if p > 0 && int(p) < len(programNames) {
		return programNames[p]
	}
	return fmt.Sprintf("program(%d)", uint8(p))
}

// Flaw says which releases of a program have a vulnerability.
type Flaw struct {
	Fact    Fact
	Program Program
	From    Release   // the first that has it
	Fixed   []Release // the first without it of each line that was mended, ascending; all from the last on are without it
	Source  string
}

// flaws are all vulnerabilities. Three are disputed. Of CVE-2018-15664 the record names releases up to 18.06.1-ce-rc2, but
// Docker mended it in 18.09.7. Of CVE-2022-0492 it names 5.17-rc3, and the stable kernels have releases of their own. That
// CVE-2019-5736 is mended in 1.0.0-rc7 follows from the record, "through 1.0-rc6".
var flaws = []Flaw{
	{CVE2019_5736, Runc, Release{}, releases("1.0.0-rc7"), "CVE-2019-5736"},
	{CVE2021_30465, Runc, Release{}, releases("1.0.0-rc95"), "GHSA-c3xm-pvg7-gh7r"},
	{CVE2024_21626, Runc, MustRelease("1.0.0-rc93"), releases("1.1.12"), "GHSA-xr7r-f8xq-vfvv"},
	{CVE2025_31133, Runc, Release{}, releases("1.2.8", "1.3.3", "1.4.0-rc.3"), "runc CHANGELOG 1.4.0-rc.3; CVE-2025-31133"},
	{CVE2025_52565, Runc, MustRelease("1.0.0-rc3"), releases("1.2.8", "1.3.3", "1.4.0-rc.3"), "runc CHANGELOG 1.4.0-rc.3; CVE-2025-52565"},
	{CVE2025_52881, Runc, Release{}, releases("1.2.8", "1.3.3", "1.4.0-rc.3"), "runc CHANGELOG 1.4.0-rc.3; CVE-2025-52881"},
	{CVE2019_14271, Docker, MustRelease("19.03.0"), releases("19.03.1"), "CVE-2019-14271"},
	{CVE2018_15664, Docker, Release{}, releases("18.09.7"), "CVE-2018-15664; Docker Engine release notes 18.09.7"},
	{CVE2020_15257, Containerd, Release{}, releases("1.3.9", "1.4.3"), "GHSA-36xw-fx78-c5r4"},
	{CVE2025_23266, Toolkit, Release{}, releases("1.17.8"), "NVIDIA security bulletin of July 2025, CVE-2025-23266"},
	{CVE2016_5195, Linux, MustRelease("2.6.22"), releases("4.4.26", "4.7.9", "4.8.3", "4.9-rc2"), "CVE-2016-5195"},
	{CVE2022_0847, Linux, MustRelease("5.8"), releases("5.10.102", "5.15.25", "5.16.11", "5.17-rc6"), "CVE-2022-0847"},
	{CVE2022_0185, Linux, MustRelease("5.1"), releases("5.4.173", "5.10.93", "5.15.16", "5.16.2"), "CVE-2022-0185"},
	{CVE2022_0492, Linux, Release{}, releases("4.9.301", "4.14.266", "4.19.229", "5.4.177", "5.10.97", "5.15.20", "5.16.6", "5.17-rc3"), "CVE-2022-0492"},
}

func releases(texts ...string) []Release {
	var out []Release
	for _, t := range texts {
		out = append(out, MustRelease(t))
	}
	return out
}

// FlawOf gives what is known of a vulnerability, and false for a fact that is none.
func FlawOf(f Fact) (Flaw, bool) {
	for _, known := range flaws {
		if known.Fact == f {
			known.Fixed = append([]Release(nil), known.Fixed...)
			return known, true
		}
	}
	return Flaw{}, false
}

// Affects tells whether a release has the vulnerability. One that was mended in some lines only (1.2.8 and 1.3.3 of runc) is in
// the later releases of the others still, up to the last of those that were mended. A program that is not in use has none.
func (f Flaw) Affects(r Release) bool {
	if r == (Release{}) || len(f.Fixed) == 0 || r.Compare(f.From) < 0 {
		return false
	}
	for _, fix := range f.Fixed {
		if r.Line(fix) && r.Compare(fix) >= 0 {
			return false
		}
	}
	return r.Compare(f.Fixed[len(f.Fixed)-1]) < 0
}

// FlawsOf gives the vulnerabilities that a release of a program has.
func FlawsOf(p Program, r Release) Set {
	var out Set
	for _, f := range flaws {
		if f.Program == p && f.Affects(r) {
			out |= NewSet(f.Fact)
		}
	}
	return out
}
