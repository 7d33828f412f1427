-- A hybrid host, as in hybrid_host.bh.
const
  VMS: 2;
  CONTAINERS: 2;
  HOST: 4;
  GRANT: 3;
  PAGES: 2;
type
  VM: 1..VMS;
  Container: 1..CONTAINERS;
  Place: -1..VMS;                      -- -1: nowhere, 0: beside the machines, else a machine
var
  on: array [VM] of boolean;
  grant: array [VM] of 0..GRANT;
  used: array [VM] of 0..GRANT;
  place: array [Container] of Place;
  pages: array [Container] of 0..PAGES;
  taken: 0..HOST;

function inside(p: Place): 0..CONTAINERS * PAGES;
var n: 0..CONTAINERS * PAGES;
begin
  n := 0;
  for c: Container do if place[c] = p then n := n + pages[c]; endif; endfor;
  return n;
end;

function granted(): 0..VMS * GRANT;
var n: 0..VMS * GRANT;
begin
  n := 0;
  for v: VM do n := n + grant[v]; endfor;
  return n;
end;

startstate
  for v: VM do on[v] := false; grant[v] := 0; used[v] := 0; endfor;
  for c: Container do place[c] := -1; pages[c] := 0; endfor;
  taken := 0;
end;

ruleset v: VM do
  rule "Boot" !on[v] & taken < HOST ==> on[v] := true; grant[v] := 1; taken := taken + 1; end;
  rule "Inflate" on[v] & grant[v] < GRANT & taken < HOST ==> grant[v] := grant[v] + 1; taken := taken + 1; end;
  rule "Deflate" on[v] & grant[v] > 1 & grant[v] > used[v] ==> grant[v] := grant[v] - 1; taken := taken - 1; end;
  rule "Halt" on[v] & forall c: Container do place[c] != v end ==>
    on[v] := false; taken := taken - grant[v]; grant[v] := 0;
  end;
end;
ruleset c: Container do
  rule "RunBare" place[c] = -1 & taken < HOST ==> place[c] := 0; pages[c] := 1; taken := taken + 1; end;
  rule "TouchBare" place[c] = 0 & pages[c] < PAGES & taken < HOST ==> pages[c] := pages[c] + 1; taken := taken + 1; end;
  rule "ExitBare" place[c] = 0 ==> taken := taken - pages[c]; place[c] := -1; pages[c] := 0; end;
  rule "TouchInside" place[c] > 0 & pages[c] < PAGES & used[place[c]] < grant[place[c]] ==>
    pages[c] := pages[c] + 1; used[place[c]] := used[place[c]] + 1;
  end;
  rule "ExitInside" place[c] > 0 ==>
    used[place[c]] := used[place[c]] - pages[c]; place[c] := -1; pages[c] := 0;
  end;
  ruleset v: VM do
    rule "RunInside" place[c] = -1 & on[v] & used[v] < grant[v] ==>
      place[c] := v; pages[c] := 1; used[v] := used[v] + 1;
    end;
    rule "Move" place[c] > 0 & place[c] != v & on[v] & used[v] + pages[c] <= grant[v] ==>
      used[place[c]] := used[place[c]] - pages[c]; used[v] := used[v] + pages[c]; place[c] := v;
    end;
  end;
end;

invariant "HostAccounts" taken = inside(0) + granted();
invariant "VMAccounts" forall v: VM do used[v] = inside(v) & used[v] <= grant[v] end;
invariant "OnlyOn" forall v: VM do on[v] | (grant[v] = 0 & used[v] = 0) end;
