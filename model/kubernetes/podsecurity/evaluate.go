package podsecurity

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// Level is a level of the Pod Security Standards, from the least strict to the strictest.
type Level int

// The levels.
const (
	PrivilegedLevel Level = iota // forbids nothing
	BaselineLevel                // forbids known ways to raise privileges
	RestrictedLevel              // asks for what is held to be good practice
)

var levelNames = [...]string{"privileged", "baseline", "restricted"}

// String is the value of the label.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// ParseLevel reads the value of a label. With the error comes RestrictedLevel, which is what is enforced then.
func ParseLevel(text string) (Level, error) {
	if i := slices.Index(levelNames[:], text); i >= 0 {
		return Level(i), nil
	}
	return RestrictedLevel, fmt.Errorf("got level %q, want privileged, baseline or restricted", text)
}

// Version is a version of the policy, the minor version of Kubernetes: 25 for v1.25. What is newer than the newest check is
// as that.
type Version int

// Latest is the newest version.
const Latest Version = 1<<31 - 1

// Newest is the version of the newest check: later ones are the same.
const Newest Version = 37

// String is the value of the label.
func (v Version) String() string {
	if v == Latest {
		return "latest"
	}
	return fmt.Sprintf("v1.%d", int(v))
}

var versionText = regexp.MustCompile(`^v1\.([0-9]|[1-9][0-9]*)$`)

// ParseVersion reads the value of a label. With the error comes Latest, which is what is enforced then.
func ParseVersion(text string) (Version, error) {
	if text == "latest" {
		return Latest, nil
	}
	if m := versionText.FindStringSubmatch(text); m != nil {
		if n, err := strconv.ParseInt(m[1], 10, 32); err == nil {
			return Version(n), nil
		}
	}
	return Latest, fmt.Errorf("got version %q, want latest or v1.x", text)
}

// LevelVersion is a policy for one mode. The zero LevelVersion is privileged.
type LevelVersion struct {
	Level   Level
	Version Version
}

// String is the policy as in messages of the product.
func (p LevelVersion) String() string { return p.Level.String() + ":" + p.Version.String() }

// Violation is a check that a pod does not pass.
type Violation struct {
	Check CheckID
	By    []string // the containers, volumes, sysctls, annotations or fields at fault; (pod) for the pod's own context
}

// Checks lists the checks of a policy in the order in which they are made.
func Checks(policy LevelVersion) []CheckID {
	var out []CheckID
	for c := range active(policy) {
		out = append(out, c.id)
	}
	return out
}

// active goes through the checks of a policy with their rules.
func active(policy LevelVersion) func(func(check, rule) bool) {
	return func(yield func(check, rule) bool) {
		if policy.Level <= PrivilegedLevel {
			return
		}
		var overridden []CheckID
		for _, c := range checks {
			if c.overrides != "" && policy.Level == RestrictedLevel && c.at(policy.Version) != nil {
				overridden = append(overridden, c.overrides)
			}
		}
		for _, c := range checks {
			r := c.at(policy.Version)
			if r == nil || c.level > policy.Level || slices.Contains(overridden, c.id) {
				continue
			}
			if !yield(c, r) {
				return
			}
		}
	}
}

// Evaluate lists the checks of a policy that a pod does not pass, none if the pod is allowed.
//
// What restricted allows baseline allows, at the same version, for every pod that Validate accepts, and for others it need
// not: where a check of restricted stands for one of baseline, it passes over pods of Windows and over second sources of volumes,
// which the API server refuses before. What one version allows another need not: 1.8, 1.19, 1.22, 1.23 and 1.34 forbid more,
// 1.19, 1.25, 1.27, 1.29, 1.31, 1.32, 1.35 and 1.37 less.
func Evaluate(policy LevelVersion, p *Pod) []Violation {
	if p == nil {
		return nil
	}
	var out []Violation
	for c, r := range active(policy) {
		if by := r(p); len(by) > 0 {
			out = append(out, Violation{c.id, by})
		}
	}
	return out
}

// Forbids tells whether a check, made by itself at a version, forbids the pod. A check that does not exist forbids nothing.
func Forbids(id CheckID, v Version, p *Pod) bool {
	for _, c := range checks {
		if c.id == id && p != nil {
			r := c.at(v)
			return r != nil && len(r(p)) > 0
		}
	}
	return false
}

// LevelOf is the strictest level that allows the pod at a version.
func LevelOf(v Version, p *Pod) Level {
	for l := RestrictedLevel; l > PrivilegedLevel; l-- {
		if len(Evaluate(LevelVersion{l, v}, p)) == 0 {
			return l
		}
	}
	return PrivilegedLevel
}
