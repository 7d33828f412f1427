-- Exclusive resources of containers, as in examples/container_security.bh.
const
  CONTAINERS: 3;
  RESOURCES: 5;
  LIMIT: 3;
type
  Container: 1..CONTAINERS;
  Resource: 1..RESOURCES;
  Syscall: enum { read, write, open, close, mount, ptrace };
var holds: array [Container] of array [Resource] of boolean;

function held(c: Container): 0..RESOURCES;
var n: 0..RESOURCES;
begin
  n := 0;
  for r: Resource do if holds[c][r] then n := n + 1; endif; endfor;
  return n;
end;

startstate for c: Container do for r: Resource do holds[c][r] := false; endfor; endfor; end;

ruleset c: Container do
  ruleset r: Resource do
    rule "Allocate" forall d: Container do !holds[d][r] end & held(c) < LIMIT ==> holds[c][r] := true; end;
  end;
  ruleset s: Syscall do
    rule "Call" s = read | s = write | s = open | s = close ==> end;
  end;
end;

invariant "Exclusive"
  forall c: Container do forall d: Container do forall r: Resource do c = d | !holds[c][r] | !holds[d][r] end end end;
