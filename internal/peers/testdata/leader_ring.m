-- Chang and Roberts in a ring, as in examples/leader_ring.bh. There every arrangement of the names is an initial state
-- and no step changes it, so the states of the whole are the sum over the arrangements: one run of this file each.
const
  N: 3;
  A: 1;     -- the names of seats 0, 1, 2 and 3, as far as N goes
  B: 2;
  C: 3;
  D: 4;
type
  Seat: 0..N - 1;
  Name: 1..N;
  Slot: 0..N;
var
  asked: array [Seat] of boolean;
  master: array [Seat] of boolean;
  length: array [Seat] of Slot;
  link: array [Seat] of array [1..N] of Slot;     -- 0 past the end

function name(s: Seat): Name;
begin
  if s = 0 then return A; elsif s = 1 then return B; elsif s = 2 then return C; else return D; endif;
end;

procedure send(s: Seat; n: Name); begin length[s] := length[s] + 1; link[s][length[s]] := n; end;

function take(s: Seat): Name;
var n: Name;
begin
  n := link[s][1];
  for i: 1..N - 1 do link[s][i] := link[s][i + 1]; endfor;
  link[s][N] := 0;
  length[s] := length[s] - 1;
  return n;
end;

startstate
  for s: Seat do
    asked[s] := false; master[s] := false; length[s] := 0;
    for i: 1..N do link[s][i] := 0; endfor;
  endfor;
end;

ruleset s: Seat do
  rule "Ask" !asked[s] ==> asked[s] := true; send(s, name(s)); end;
  rule "Receive" length[(s + N - 1) % N] > 0 ==>
    var n: Name;
  begin
    n := take((s + N - 1) % N);
    if n = name(s) then master[s] := true; elsif n > name(s) then send(s, n); endif;
  end;
end;

invariant "OneMaster" forall s: Seat do forall t: Seat do s = t | !master[s] | !master[t] end end;
