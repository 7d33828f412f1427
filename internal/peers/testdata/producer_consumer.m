-- A bounded buffer, as in examples/producer_consumer.bh.
const
  SIZE: 3;
  LABELS: 5;
type
  Place: 1..SIZE;
var
  buffer: array [Place] of 0..LABELS;    -- of an item one more than its number; 0 past the last
  count: 0..SIZE;
  produced: 0..LABELS - 1;
  consumed: 0..LABELS - 1;

startstate
  for i: Place do buffer[i] := 0; endfor;
  count := 0;
  produced := 0;
  consumed := 0;
end;

rule "Put" count < SIZE ==>
  count := count + 1;
  buffer[count] := produced + 1;
  produced := (produced + 1) % LABELS;
end;
rule "Get" count > 0 ==>
  assert "in order" buffer[1] = consumed + 1;
  for i: Place do
    if i < SIZE then buffer[i] := buffer[i + 1]; else buffer[i] := 0; endif;
  endfor;
  count := count - 1;
  consumed := (consumed + 1) % LABELS;
end;

invariant "NoneLost" (consumed + count) % LABELS = produced;
