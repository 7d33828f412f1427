-- The life of virtual machines, as in examples/vm_lifecycle.bh.
const
  VMS: 3;
  SLOTS: 2;
type
  VM: 1..VMS;
var power: array [VM] of enum { absent, off, on, suspended, destroyed };

function resident(): 0..VMS;
var n: 0..VMS;
begin
  n := 0;
  for v: VM do if power[v] = on then n := n + 1; endif; endfor;
  return n;
end;

startstate for v: VM do power[v] := absent; endfor; end;

ruleset v: VM do
  rule "Create" power[v] = absent ==> power[v] := off; end;
  rule "PowerOn" power[v] = off & resident() < SLOTS ==> power[v] := on; end;
  rule "PowerOff" power[v] = on | power[v] = suspended ==> power[v] := off; end;
  rule "Suspend" power[v] = on ==> power[v] := suspended; end;
  rule "Resume" power[v] = suspended & resident() < SLOTS ==> power[v] := on; end;
  rule "Destroy" power[v] = off ==> power[v] := destroyed; end;
end;

invariant "FitsInMemory" resident() <= SLOTS;
