-- The datastore lock of examples/mutex.bh.
const N: 4;
type
  Host: 1..N;
  Place: enum { idle, waiting, holding };
var at: array [Host] of Place;

startstate for h: Host do at[h] := idle; endfor; end;

ruleset h: Host do
  rule "Ask" at[h] = idle ==> at[h] := waiting; end;
  rule "Acquire" at[h] = waiting & forall g: Host do at[g] != holding end ==> at[h] := holding; end;
  rule "Release" at[h] = holding ==> at[h] := idle; end;
end;

invariant "Exclusive" forall g: Host do forall h: Host do g = h | at[g] != holding | at[h] != holding end end;
