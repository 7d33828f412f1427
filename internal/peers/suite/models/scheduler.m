-- A CPU scheduler with credits, as in scheduler.bh.
const
  VCPUS: 3;
  PCPUS: 2;
  FULL: 3;
  OLD: 3;
type
  VCPU: 1..VCPUS;
  PCPU: 1..PCPUS;
var
  world: array [VCPU] of enum { blocked, ready, running };
  credit: array [VCPU] of 0..FULL;
  age: array [VCPU] of 0..OLD;
  runs: array [PCPU] of 0..VCPUS;      -- 0: nobody

function waits(v: VCPU): boolean; begin return world[v] = ready & credit[v] > 0; end;

startstate
  for v: VCPU do world[v] := blocked; credit[v] := FULL; age[v] := 0; endfor;
  for p: PCPU do runs[p] := 0; endfor;
end;

ruleset v: VCPU do
  rule "Wake" world[v] = blocked ==> world[v] := ready; end;
  ruleset p: PCPU do
    rule "Dispatch" runs[p] = 0 & waits(v) & forall u: VCPU do waits(u) -> age[u] <= age[v] end ==>
      runs[p] := v; world[v] := running; age[v] := 0;
      for u: VCPU do if world[u] = ready & age[u] < OLD then age[u] := age[u] + 1; endif; endfor;
    end;
    rule "Preempt" runs[p] != 0 & waits(v) & age[v] = OLD & credit[runs[p]] < credit[v] ==>
      world[runs[p]] := ready; world[v] := running; age[v] := 0; runs[p] := v;
    end;
  end;
end;
ruleset p: PCPU do
  rule "Tick" runs[p] != 0 & credit[runs[p]] > 0 ==> credit[runs[p]] := credit[runs[p]] - 1; end;
  rule "Expire" runs[p] != 0 & credit[runs[p]] = 0 ==> world[runs[p]] := ready; runs[p] := 0; end;
  rule "Block" runs[p] != 0 ==> world[runs[p]] := blocked; runs[p] := 0; end;
end;
rule "Refill"
  forall v: VCPU do world[v] = blocked | credit[v] = 0 end & exists v: VCPU do world[v] != blocked end
==>
  for v: VCPU do
    if world[v] != blocked then credit[v] := FULL; elsif credit[v] < FULL then credit[v] := credit[v] + 1; endif;
  endfor;
end;

invariant "Exclusive" forall p: PCPU do forall q: PCPU do p = q | runs[p] = 0 | runs[p] != runs[q] end end;
invariant "RunsRunning" forall p: PCPU do runs[p] != 0 -> world[runs[p]] = running end;
invariant "Young" forall v: VCPU do world[v] = running -> age[v] = 0 end;
