-- Peterson's filter lock, as in examples/peterson_n.bh.
const N: 3;
type
  Proc: 1..N;
  Place: enum { idle, climbing, waiting, inside };
var
  at: array [Proc] of Place;
  level: array [Proc] of 0..N - 1;
  last: array [1..N - 1] of Proc;

startstate
  for p: Proc do at[p] := idle; level[p] := 0; endfor;
  for l: 1..N - 1 do last[l] := 1; endfor;
end;

ruleset p: Proc do
  rule "Ask" at[p] = idle ==> level[p] := 1; at[p] := climbing; end;
  rule "Arrive" at[p] = climbing ==> last[level[p]] := p; at[p] := waiting; end;
  rule "Pass"
    at[p] = waiting & (last[level[p]] != p | forall q: Proc do q = p | level[q] < level[p] end)
  ==>
    if level[p] = N - 1 then at[p] := inside; else level[p] := level[p] + 1; at[p] := climbing; endif;
  end;
  rule "Leave" at[p] = inside ==> level[p] := 0; at[p] := idle; end;
end;

invariant "Exclusive" forall p: Proc do forall q: Proc do p = q | at[p] != inside | at[q] != inside end end;
