package promela

import (
	"regexp"
	"strconv"
	"strings"
)

// reserved lists the words that Promela, C and the verifier that SPIN makes have for themselves.
var reserved = words(`
	active assert atomic bit bool break byte c_code c_decl c_expr c_state c_track chan do d_proctype d_step D_proctype else empty
	enabled eval false fi for full get_priority goto hidden if in init inline int len local ltl mtype nempty never nfull notrace np_ od of
	pc_value pid pred printf printm priority proctype provided return run select set_priority short show skip STDIN timeout trace true
	typedef unless unsigned xr xs always eventually until weakuntil release implies equivalent U V W X _last _nr_pr _pid _priority
	auto case char const continue default double enum extern float long register signed sizeof static struct switch union void volatile
	while asm inline restrict main now trpt fp Maxbody uchar ushort ulong Trans State Stack Svtack P0 Claim P1 P2 stdin stdout stderr
	happened turn Turn stopped Forget HIDDEN BARE REACH RUNS BFS system no_fault
	errno NULL EOF linux unix depth depthfound errors done rc boq fairness nstates
`)

func words(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}

var tmp = regexp.MustCompile(`^tmp_[0-9]+$`)

// fresh gives a name of the model, or one like it where that is taken already, and takes it.
func (g *exporter) fresh(name string) string {
	name = clean(name)
	if strings.HasPrefix(name, "was_") { // that is what a variable was before the step
		name = "v" + name
	}
	for out, n := name, 1; ; n++ {
		if !g.taken[out] && !reserved[out] && !tmp.MatchString(out) {
			g.taken[out] = true
			return out
		}
		out = name + "_" + strconv.Itoa(n)
	}
}

// clean makes an identifier of a name: parts of a model are parted by dots and may be indexed.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	if name == "" || name[0] == '_' || name[0] >= '0' && name[0] <= '9' {
		return "v" + name
	}
	return name
}
