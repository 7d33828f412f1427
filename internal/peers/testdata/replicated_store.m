-- A store that numbers its writes, as in examples/replicated_store.bh with one key.
const
  NODES: 2;
  VALUES: 2;
  WRITES: 2;
type
  Node: 1..NODES;
  Value: 1..VALUES;
  Version: 1..WRITES;
var
  store: array [Node] of 0..VALUES;      -- 0: none
  version: array [Node] of 0..WRITES;
  pending: array [Node] of array [Value] of array [Version] of boolean;
  writes: 0..WRITES;

startstate
  for n: Node do
    store[n] := 0;
    version[n] := 0;
    for v: Value do for c: Version do pending[n][v][c] := false; endfor; endfor;
  endfor;
  writes := 0;
end;

ruleset n: Node; v: Value do
  rule "Write" writes < WRITES ==>
    writes := writes + 1;
    version[n] := version[n] + 1;
    store[n] := v;
    for m: Node do if m != n then pending[m][v][version[n]] := true; endif; endfor;
  end;
end;

ruleset n: Node; v: Value; c: Version do
  rule "Sync" pending[n][v][c] & version[n] < c ==>
    store[n] := v;
    version[n] := c;
    pending[n][v][c] := false;
  end;
end;
