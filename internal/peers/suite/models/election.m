-- Chang and Roberts in a ring of hosts that boot in any order, as in election.bh.
const N: 3;
type
  Seat: 0..N - 1;
  Name: 0..N;                          -- 0: still down
var
  name: array [Seat] of Name;
  master: array [Seat] of boolean;
  length: array [Seat] of 0..N;
  link: array [Seat] of array [1..N] of Name;     -- 0 past the end

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
    name[s] := 0; master[s] := false; length[s] := 0;
    for i: 1..N do link[s][i] := 0; endfor;
  endfor;
end;

ruleset s: Seat do
  ruleset n: 1..N do
    rule "Boot" name[s] = 0 & forall t: Seat do name[t] != n end ==> name[s] := n; send(s, n); end;
  end;
  rule "Receive" name[s] != 0 & length[(s + N - 1) % N] > 0 ==>
    var n: Name;
  begin
    n := take((s + N - 1) % N);
    if n = name[s] then master[s] := true; elsif n > name[s] then send(s, n); endif;
  end;
end;

invariant "OneMaster" forall s: Seat do forall t: Seat do s = t | !master[s] | !master[t] end end;
invariant "GreatestWins" forall s: Seat do master[s] -> name[s] = N end;
