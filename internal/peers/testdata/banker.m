-- The banker, as in examples/banker.bh. Whether an order exists in which everyone can finish is found by letting finish
-- whoever can, again and again: to finish never hurts the others.
const
  CLIENTS: 3;
  TOTAL: 5;
type
  Client: 1..CLIENTS;
var has: array [Client] of 0..TOTAL;

function claim(c: Client): 0..TOTAL;
begin
  return 2 + c % 3;
end;

function free(): 0..TOTAL;
var n: 0..TOTAL;
begin
  n := TOTAL;
  for c: Client do n := n - has[c]; endfor;
  return n;
end;

-- Whether the state is safe once client a has a piece more, of which there is one.
function safe_after(a: Client): boolean;
var
  left: 0..TOTAL;
  done: array [Client] of boolean;
begin
  left := free() - 1;
  for c: Client do done[c] := false; endfor;
  for round: Client do
    for c: Client do
      if !done[c] & claim(c) - has[c] - (c = a ? 1 : 0) <= left then
        done[c] := true;
        left := left + has[c] + (c = a ? 1 : 0);
      endif;
    endfor;
  endfor;
  return forall c: Client do done[c] end;
end;

startstate for c: Client do has[c] := 0; endfor; end;

ruleset c: Client do
  rule "Ask" has[c] < claim(c) & free() > 0 & safe_after(c) ==> has[c] := has[c] + 1; end;
  rule "Finish" has[c] = claim(c) ==> has[c] := 0; end;
end;
