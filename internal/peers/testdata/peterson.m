-- Peterson's lock for two, as in examples/peterson.bh.
type
  Proc: 0..1;
  Place: enum { idle, raised, waiting, inside };
var
  at: array [Proc] of Place;
  flag: array [Proc] of boolean;
  turn: Proc;

startstate for p: Proc do at[p] := idle; flag[p] := false; endfor; turn := 0; end;

ruleset p: Proc do
  rule "Raise" at[p] = idle ==> flag[p] := true; at[p] := raised; end;
  rule "GiveWay" at[p] = raised ==> turn := 1 - p; at[p] := waiting; end;
  rule "Enter" at[p] = waiting & (!flag[1 - p] | turn = p) ==> at[p] := inside; end;
  rule "Leave" at[p] = inside ==> flag[p] := false; at[p] := idle; end;
end;

invariant "Exclusive" !(at[0] = inside & at[1] = inside);
