package interp

import (
	"fmt"
	"strings"
	"testing"
)

// exprModel declares one of everything that expressions are tested on.
const exprModel = `model Expressions
const K = 4
type Color = enum {red, green, blue}
type Id = symmetric 5..7
type Pod = record {cpu: 0..7, mem: 0..7}
type Msg = union { Ping(n: 0..3, c: Color) | Pong | Quit }
state {
  n: 0..9 = 3
  z: 0..9 = 0
  neg: -9..9 = -7
  big: 0..9223372036854775807 = 9223372036854775807
  least: -9223372036854775807..0 = -9223372036854775807
  t: bool = true
  col: Color = green
  p: Pod = Pod(cpu = 2, mem = 5)
  ping: Msg = Ping(2, blue)
  pong: Msg = Pong
  o: option[0..9] = some(4)
  absent: option[0..9] = none
  op: option[Pod] = some(Pod(cpu = 1, mem = 1))
  m: map[Color]0..9 = {red -> 1, green -> 2, blue -> 3}
  grid: map[bool, Color]0..9 = 7
  s: set[0..9] = {1, 3, 5}
  e: set[0..9] = {}
  q: seq[0..9, 3] = [4, 5]
  full: seq[0..9, 2] = [1, 2]
  eq: seq[0..9, 2] = []
  b: bag[0..9, 3] = bag{2, 2}
  fullbag: bag[0..9, 2] = bag{1, 2}
  ids: set[Id] = {}
}
func twice(x: int) int = 2 * x
func fact(k: 0..20) int decreases k = if k == 0 then 1 else k * fact(k - 1)
func stuck(k: 0..20) int decreases k = if k == 0 then 1 else stuck(k)
func below(k: -5..20) int decreases k = below(k - 1)
func total(u: set[0..9]) int = sum x in u: x
invariant P { `

// TestExpressions evaluates conditions. A result other than true or false is a fault: its message and, after @, the text
// where it stands; see place.
func TestExpressions(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		// integers
		{`n + 4 == 7 and n - 4 == -1 and n * neg == -21`, "true"},
		{`-n == -3 and -(-n) == n`, "true"},
		{`7 / 2 == 3 and neg / 2 == -4 and neg / -2 == 3 and 7 / -2 == -4`, "true"},
		{`neg % 2 == 1 and 7 % -2 == -1 and neg % -2 == -1 and 7 % 2 == 1`, "true"},
		{`big + 1 == 0`, "overflow: the result of + is outside the range of int64@+"},
		{`big * 2 == 0`, "overflow: the result of * is outside the range of int64@*"},
		{`least - 2 == 0`, "overflow: the result of - is outside the range of int64@-"},
		{`least - 1 < 0`, "true"},
		{`-(least - 1) == 0`, "overflow: the result of - is outside the range of int64@-(least"},
		{`(least - 1) / -1 == 0`, "overflow: the result of / is outside the range of int64@/"},
		{`(least - 1) % -1 == 0`, "true"},
		{`abs(least - 1) == 0`, "overflow: the result of abs is outside the range of int64@abs"},
		{`abs(neg) == 7 and abs(n) == 3 and abs(least) == big`, "true"},
		{`n / z == 0`, "division by zero@/"},
		{`n % z == 0`, "division by zero@%"},
		{`n < 4 and not (n < 3) and n <= 3 and n > 2 and n >= 3 and n != 4`, "true"},
		{`min(n, neg, 2) == -7 and max(n, neg, 2) == 3`, "true"},
		{`fact(n) == 6 and fact(0) == 1 and fact(20) == 2432902008176640000`, "true"},
		{`fact(neg) == 0`, "value -7 is outside 0..20@neg"},
		// logic
		{`t and not false and (false or t) and (false implies n / z == 0)`, "true"},
		{`false and n / z == 0`, "false"},
		{`t or n / z == 0`, "true"},
		{`t and n / z == 0`, "division by zero@/"},
		{`(t iff t) and not (t iff false) and (false iff false)`, "true"},
		{`(if t then n else n / z) == 3`, "true"},
		{`(let y = n + 1: y * y) == 16`, "true"},
		// enums, records, unions, options
		{`col == green and col != red and col is green and not (col is blue)`, "true"},
		{`(match col { red -> 1 | green -> 2 | _ -> 3 }) == 2`, "true"},
		{`(match t { true -> 1 | false -> 2 }) == 1`, "true"},
		{`p.cpu == 2 and p == Pod(cpu = 2, mem = 5) and p != {cpu = 2, mem = 4}`, "true"},
		{`p with {cpu = 6} == Pod(cpu = 6, mem = 5) and (p with {cpu = 1, mem = 1}) == op.value`, "true"},
		{`p with {cpu = n + 9} == p`, "value 12 is outside 0..7@n + 9|+"},
		{`ping is Ping and not (pong is Ping) and ping == Ping(2, blue) and ping != Ping(2, red)`, "true"},
		{`(match ping { Ping(k, c) -> k == 2 and c == blue | _ -> false })`, "true"},
		{`(match pong { Ping(k, _) -> k | Pong -> 8 | Quit -> 9 }) == 8`, "true"},
		{`o == some(4) and absent == none and o.value == 4 and o is some and absent is none`, "true"},
		{`absent.value == 0`, "value of none@absent"},
		{`(match o { some(x) -> x | none -> 0 }) == 4`, "true"},
		// maps
		{`m[red] == 1 and m[col] == 2 and grid[t, blue] == 7`, "true"},
		{`m with {[red] = 9} == {red -> 9, green -> 2, blue -> 3}`, "true"},
		{`m == {c -> n for c in Color}`, "false"},
		{`{c -> 2 for c in Color where c != blue} == m`, "key blue has no value@{"},
		{`{col -> 2, red -> 1} == m`, "key blue has no value@{"},
		{`{x -> x for x in 0..2} == {y -> 0 for y in 0..2}`, "false"},
		{`m with {[red] = 10 - z} == m`, "value 10 is outside 0..9@10 - z|-"},
		{`(grid with {[false, red] = 1})[false, red] == 1 and (grid with {[false, red] = 1})[true, red] == 7`, "true"},
		// sets
		{`3 in s and not (4 in s) and 4 not in s and size(s) == 3 and size(e) == 0`, "true"},
		{`s union {4} == {1, 3, 4, 5} and s intersect {3, 4} == {3} and s minus {3, 4} == {1, 5}`, "true"},
		{`{3} subset s and e subset s and not ({4} subset s) and s subset s`, "true"},
		{`n in 1..3 and not (n in 4..9) and n + 1 in {1, 4} and col in Color and n in {x in s | x > 2}`, "true"},
		{`n + 1 in {2 * x for x in {2, 7}} and {1} in powerset(s) and not ({2} in powerset(s))`, "true"},
		{`size(powerset(s)) == 8 and (count u in powerset(s): size(u) == 2) == 3`, "true"},
		{`powerset({1, 2}) == {{}, {1}, {2}, {1, 2}}`, "true"},
		{`{x in s | x != 3} == {1, 5} and {x % 2 for x in s} == {1} and {x in 0..3 | x > 1} == {2, 3}`, "true"},
		{`size({x in 0..9 | x % 2 == 0}) == 5 and size(Color) == 3 and size(3..1) == 0`, "true"},
		{`min(s) == 1 and max(s) == 5 and min({7, n}) == 3`, "true"},
		{`min(e) == 0`, "min of an empty set@min"},
		{`max(e) == 0`, "max of an empty set@max"},
		{`total(s) == 9 and total(e) == 0`, "true"},
		// quantifiers
		{`(forall x in s: x % 2 == 1) and (exists x in s: x == 3) and not (exists x in e: true) and (forall x in e: false)`, "true"},
		{`(forall x in 0..9 where x > 4: x >= 5) and not (forall x, y in s: x == y)`, "true"},
		{`(exists x in s, y in 0..x: y == 5)`, "true"},
		{`(forall x in s: 12 / (3 - x) > 5)`, "division by zero@/"},
		{`(forall x in s: x == 1 and 12 / (5 - x) > 0)`, "false"},
		{`(exists x in s: 12 / (5 - x) == 3)`, "true"},
		{`(forall x in s where 12 / (5 - x) > 0: true)`, "division by zero@/"},
		{`(count x in s where x > 1: x < 5) == 1 and (count x, y in s: x < y) == 3`, "true"},
		{`(sum x in s: x * x) == 35 and (sum x in s where x > 1: x) == 8 and (sum x in e: x) == 0`, "true"},
		{`(sum x in 0..2: big) == 0`, "overflow: the sum is outside the range of int64@sum"},
		{`(min x in s: 3 - x) == -2 and (max x in s where x < 5: x) == 3`, "true"},
		{`(min x in s where x > 7: x) == 0`, "min of an empty set@min"},
		{`(max x in e: x) == 0`, "max of an empty set@max"},
		{`(pick x in s) == 1 and (pick x in s where x > 1) == 3`, "true"},
		{`(pick x in s where x > 5) == 1`, "no element satisfies pick@pick"},
		{`(pick x in Pod where x.cpu + x.mem == 9) == Pod(cpu = 2, mem = 7)`, "true"},
		{`(pick x in Msg where x != Ping(0, red)) == Ping(0, green)`, "true"},
		// sequences
		{`q[0] == 4 and q[1] == 5 and size(q) == 2 and head(q) == 4 and tail(q) == [5] and append(q, 6) == [4, 5, 6]`, "true"},
		{`q[2] == 0`, "index 2 is outside 0..1@q[2]"},
		{`q[z - 1] == 0`, "index -1 is outside 0..1@q["},
		{`eq[0] == 0`, "index 0 of an empty sequence@eq"},
		{`head(eq) == 0`, "head of an empty sequence@head"},
		{`tail(eq) == eq`, "tail of an empty sequence@tail"},
		{`append(full, 1) == full`, "append to a full sequence: it holds at most 2@append"},
		{`append(q, n + 7) == q`, "value 10 is outside 0..9@n + 7|+"},
		{`elems(q) == {4, 5} and 5 in q and not (6 in q) and q != [5, 4]`, "true"},
		// bags
		{`multiplicity(b, 2) == 2 and multiplicity(b, 1) == 0 and size(b) == 2 and 2 in b and not (1 in b)`, "true"},
		{`add(b, 1) == bag{2, 1, 2} and remove(b, 2) == bag{2} and elems(b) == {2}`, "true"},
		{`remove(b, 1) == b`, "remove of an element that is not in the bag@remove"},
		{`add(fullbag, 1) == fullbag`, "the bag is full: it holds at most 2@add"},
		{`b union bag{3} == bag{3, 2, 2} and b minus bag{2, 3} == bag{2} and b intersect bag{2, 3} == bag{2}`, "true"},
		{`b union bag{3, 3} == b`, "the bag is full: it holds at most 3@union"},
		{`bag{2} subset b and not (bag{2, 2, 2} subset b)`, "true"},
		// functions and order
		{`twice(twice(n)) == 12`, "true"},
		{`stuck(n) == 1`, "decreases did not fall: from 3 to 3@stuck|def"},
		{`below(2) == 1`, "decreases is negative: -1@below|def"},
		{`below(neg + 5) == 1`, "decreases is negative: -2@below"},
		{`n / z + big + 1 == 0`, "division by zero@/"},
		{`big + 1 + n / z == 0`, "overflow: the result of + is outside the range of int64@+"},
		{`[n, n + 9, n / z] == q`, "value 12 is outside 0..9@n + 9|+"},
	} {
		t.Run(c.expr, func(t *testing.T) {
			src := exprModel + c.expr + " }\n"
			m := New(load(t, src))
			got, f := m.Holds(m.Program.Props[0].Expr, Scope{Vars: initial(t, m)})
			message, at, fault := strings.Cut(c.want, "@")
			if !fault {
				if f != nil || fmt.Sprint(got) != c.want {
					t.Fatalf("got %v, fault %v, want %s", got, f, c.want)
				}
				return
			}
			if f == nil {
				t.Fatalf("got %v, want the fault %q", got, message)
			}
			want := fmt.Sprintf("test.bh:%s: %s", place(src, c.expr, at), message)
			if f.Error() != want {
				t.Errorf("got %s, want %s", f, want)
			}
		})
	}
}

// place is the line and column of a text in the expression, or with |def of the call in a function's own body; with |op
// of an operator in that text.
func place(src, expr, at string) string {
	at, in, _ := strings.Cut(at, "|")
	start := strings.LastIndex(src, expr)
	switch {
	case in == "def":
		start = strings.Index(src, "func "+at) + len("func "+at)
	case in != "":
		start += strings.Index(expr, at)
		at = in
	}
	offset := start + strings.Index(src[start:], at)
	line := strings.Count(src[:offset], "\n") + 1
	col := offset - strings.LastIndex(src[:offset], "\n")
	return fmt.Sprintf("%d:%d", line, col)
}
