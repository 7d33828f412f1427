package access

import "slices"

// Usage compares what roles permit with what was done: the union of the roles of a user, since privileges of several roles add
// up, less what it used. The zero Usage has no role.
type Usage struct {
	// Permits are the permissions of each role of the user.
	Permits map[string][]string
	// Used are the permissions that the user used in the time that is looked at.
	Used []string
}

// Granted is the union of what the roles permit, ascending.
func (u Usage) Granted() []string {
	var out []string
	for _, permits := range u.Permits {
		out = append(out, permits...)
	}
	return distinct(out)
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// Unused is what is granted and was never used, ascending: what a review takes away (NIST SP 800-53, AC-6(7)).
func (u Usage) Unused() []string {
	return slices.DeleteFunc(u.Granted(), func(p string) bool { return slices.Contains(u.Used, p) })
}

// Ungranted is what was used and is granted no more, ascending: it was taken away since, or went past the check.
func (u Usage) Ungranted() []string {
	granted := u.Granted()
	return slices.DeleteFunc(distinct(slices.Clone(u.Used)), func(p string) bool { return slices.Contains(granted, p) })
}

// Reduced is what the roles permit when each is narrowed to what was used: the least that still allows all of it, where no
// permission is moved to another role.
func (u Usage) Reduced() map[string][]string {
	out := map[string][]string{}
	for role, permits := range u.Permits {
		kept := slices.DeleteFunc(slices.Clone(permits), func(p string) bool { return !slices.Contains(u.Used, p) })
		out[role] = distinct(kept)
	}
	return out
}
