-- The repaired store, whose writes are numbered by counter and node, as in examples/replicated_store_fixed.bh with one key.
const
  NODES: 2;
  VALUES: 2;
  WRITES: 2;
type
  Node: 1..NODES;
  Value: 1..VALUES;
  Counter: 1..WRITES;
var
  store: array [Node] of 0..VALUES;      -- 0: none
  counter: array [Node] of 0..WRITES;    -- of the stamp of what is stored
  writer: array [Node] of 0..NODES;
  pending: array [Node] of array [Value] of array [Counter] of array [Node] of boolean;
  writes: 0..WRITES;

startstate
  for n: Node do
    store[n] := 0;
    counter[n] := 0;
    writer[n] := 0;
    for v: Value do for c: Counter do for w: Node do pending[n][v][c][w] := false; endfor; endfor; endfor;
  endfor;
  writes := 0;
end;

ruleset n: Node; v: Value do
  rule "Write" writes < WRITES ==>
    writes := writes + 1;
    store[n] := v;
    counter[n] := counter[n] + 1;
    writer[n] := n;
    for m: Node do if m != n then pending[m][v][counter[n]][n] := true; endif; endfor;
  end;
end;

ruleset n: Node; v: Value; c: Counter; w: Node do
  rule "Sync" pending[n][v][c][w] ==>
    pending[n][v][c][w] := false;
    if c > counter[n] | (c = counter[n] & w > writer[n]) then
      store[n] := v;
      counter[n] := c;
      writer[n] := w;
    endif;
  end;
end;
