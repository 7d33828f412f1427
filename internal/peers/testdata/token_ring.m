-- The token ring of examples/token_ring.bh.
const N: 4;
type
  Station: 0..N - 1;
  Place: enum { idle, waiting, sending };
var
  at: array [Station] of Place;
  token: Station;

startstate for s: Station do at[s] := idle; endfor; token := 0; end;

ruleset s: Station do
  rule "Ask" at[s] = idle ==> at[s] := waiting; end;
  rule "Send" at[s] = waiting & token = s ==> at[s] := sending; end;
  rule "Finish" at[s] = sending ==> at[s] := idle; end;
end;
rule "Pass" at[token] != sending ==> token := (token + 1) % N; end;

invariant "HolderSends" forall s: Station do at[s] = sending -> token = s end;
