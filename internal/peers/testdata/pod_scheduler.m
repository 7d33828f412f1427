-- The pod scheduler of examples/pod_scheduler.bh.
const
  PODS: 3;
  NODES: 2;
  MAXCPU: 8;
  MAXMEMORY: 16;
type
  Pod: 1..PODS;
  Node: 1..NODES;
var
  phase: array [Pod] of enum { pending, running, failed };
  place: array [Pod] of 0..NODES;      -- 0: nowhere
  cpu: array [Node] of 0..MAXCPU;
  memory: array [Node] of 0..MAXMEMORY;

function needsCPU(p: Pod): 0..MAXCPU;
begin
  if p = 1 then return 2; elsif p = 2 then return 1; elsif p = 3 then return 4; elsif p = 4 then return 3; else return 5; endif;
end;
function needsMemory(p: Pod): 0..MAXMEMORY;
begin
  if p = 1 then return 4; elsif p = 2 then return 2; elsif p = 3 then return 8; elsif p = 4 then return 6; else return 10; endif;
end;
function fits(p: Pod; n: Node): boolean;
begin
  return cpu[n] + needsCPU(p) <= MAXCPU & memory[n] + needsMemory(p) <= MAXMEMORY;
end;

startstate
  for p: Pod do phase[p] := pending; place[p] := 0; endfor;
  for n: Node do cpu[n] := 0; memory[n] := 0; endfor;
end;

ruleset p: Pod do
  ruleset n: Node do
    rule "Schedule" phase[p] = pending & fits(p, n) ==>
      phase[p] := running; place[p] := n;
      cpu[n] := cpu[n] + needsCPU(p); memory[n] := memory[n] + needsMemory(p);
    end;
  end;
  rule "Fail" phase[p] = pending & forall n: Node do !fits(p, n) end ==> phase[p] := failed; end;
end;

invariant "RunsSomewhere" forall p: Pod do (phase[p] = running) = (place[p] != 0) end;
