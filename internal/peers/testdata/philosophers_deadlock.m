-- The philosophers of examples/philosophers_deadlock.bh, which deadlock.
const N: 4;
type
  Seat: 0..N - 1;
  Holder: 0..N;                        -- N: nobody
  Place: enum { thinking, hungry, eating };
var
  at: array [Seat] of Place;
  holder: array [Seat] of Holder;

startstate for p: Seat do at[p] := thinking; holder[p] := N; endfor; end;

ruleset p: Seat do
  rule "TakeLeft" at[p] = thinking & holder[p] = N ==> holder[p] := p; at[p] := hungry; end;
  rule "TakeRight" at[p] = hungry & holder[(p + 1) % N] = N ==> holder[(p + 1) % N] := p; at[p] := eating; end;
  rule "PutDown" at[p] = eating ==> holder[p] := N; holder[(p + 1) % N] := N; at[p] := thinking; end;
end;

invariant "Neighbours" forall p: Seat do at[p] = eating -> at[(p + 1) % N] != eating end;
