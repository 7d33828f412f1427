-- The filter lock in its finest grain, as in peterson_filter.bh.
const N: 3;
type
  Proc: 1..N;
  Level: 0..N - 1;
var
  at: array [Proc] of enum { idle, climbing, arriving, looking, inside };
  aim: array [Proc] of Level;
  level: array [Proc] of Level;
  last: array [1..N - 1] of 0..N;      -- 0: nobody yet
  other: array [Proc] of Proc;

startstate
  for p: Proc do at[p] := idle; aim[p] := 0; level[p] := 0; other[p] := 1; endfor;
  for l: 1..N - 1 do last[l] := 0; endfor;
end;

ruleset p: Proc do
  rule "Ask" at[p] = idle ==> aim[p] := 1; at[p] := climbing; end;
  rule "Climb" at[p] = climbing ==> level[p] := aim[p]; at[p] := arriving; end;
  rule "Arrive" at[p] = arriving ==> last[aim[p]] := p; at[p] := looking; end;
  rule "Look" at[p] = looking & (other[p] = p | level[other[p]] < aim[p] | last[aim[p]] != p) ==>
    if other[p] < N then
      other[p] := other[p] + 1;
    else
      other[p] := 1;
      if aim[p] = N - 1 then at[p] := inside; else aim[p] := aim[p] + 1; at[p] := climbing; endif;
    endif;
  end;
  rule "Leave" at[p] = inside ==> aim[p] := 0; level[p] := 0; at[p] := idle; end;
end;

invariant "Exclusive" forall p: Proc do forall q: Proc do p = q | at[p] != inside | at[q] != inside end end;
