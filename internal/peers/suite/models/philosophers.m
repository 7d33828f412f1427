-- The repaired philosophers of examples/philosophers.bh.
const N: 4;
type
  Seat: 0..N - 1;
  Holder: 0..N;                        -- N: nobody
  Place: enum { thinking, hungry, eating };
var
  at: array [Seat] of Place;
  holder: array [Seat] of Holder;

function right(p: Seat): Seat; begin return (p + 1) % N; end;
function first(p: Seat): Seat; begin if p = N - 1 then return right(p); else return p; endif; end;
function other(p: Seat): Seat; begin if holder[p] = p then return right(p); else return p; endif; end;

startstate for p: Seat do at[p] := thinking; holder[p] := N; endfor; end;

ruleset p: Seat do
  rule "TakeFirst" at[p] = thinking & holder[first(p)] = N ==> holder[first(p)] := p; at[p] := hungry; end;
  rule "TakeSecond" at[p] = hungry & holder[other(p)] = N ==> holder[other(p)] := p; at[p] := eating; end;
  rule "PutDown" at[p] = eating ==> holder[p] := N; holder[right(p)] := N; at[p] := thinking; end;
end;

invariant "Neighbours" forall p: Seat do at[p] = eating -> at[(p + 1) % N] != eating end;
