-- A container host, as in container_host.bh.
const
  CONTAINERS: 2;
  LIMIT: 3;
  HOST: 4;
  RETRIES: 2;
type
  Container: 1..CONTAINERS;
var
  status: array [Container] of enum { absent, created, running, paused, exited };
  pages: array [Container] of 0..LIMIT;
  retry: array [Container] of 0..RETRIES;
  used: 0..HOST;

function sum(): 0..CONTAINERS * LIMIT;
var n: 0..CONTAINERS * LIMIT;
begin
  n := 0;
  for c: Container do n := n + pages[c]; endfor;
  return n;
end;

startstate for c: Container do status[c] := absent; pages[c] := 0; retry[c] := 0; endfor; used := 0; end;

ruleset c: Container do
  rule "Create" status[c] = absent ==> status[c] := created; end;
  rule "Start" status[c] = created | status[c] = exited ==> status[c] := running; retry[c] := 0; end;
  rule "Pause" status[c] = running ==> status[c] := paused; end;
  rule "Unpause" status[c] = paused ==> status[c] := running; end;
  rule "Touch" status[c] = running & pages[c] < LIMIT & used < HOST ==> pages[c] := pages[c] + 1; used := used + 1; end;
  rule "Free" status[c] = running & pages[c] > 0 ==> pages[c] := pages[c] - 1; used := used - 1; end;
  rule "Kill"
    used = HOST & pages[c] > 0 & exists d: Container do status[d] = running & pages[d] < LIMIT end
    & forall d: Container do pages[d] <= pages[c] end
  ==>
    used := used - pages[c]; pages[c] := 0;
    if retry[c] < RETRIES then retry[c] := retry[c] + 1; status[c] := running; else status[c] := exited; endif;
  end;
  rule "Stop" status[c] = running ==> used := used - pages[c]; pages[c] := 0; status[c] := exited; end;
  rule "Remove" status[c] = created | status[c] = exited ==> status[c] := absent; retry[c] := 0; end;
end;

invariant "Accounted" used = sum();
invariant "RestHasNone" forall c: Container do status[c] = running | status[c] = paused | pages[c] = 0 end;
