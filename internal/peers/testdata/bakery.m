-- Lamport's bakery with bounded tickets, as in examples/bakery.bh.
const
  N: 2;
  LAST: 4;
type
  Proc: 1..N;
  Ticket: 0..LAST;
  Place: enum { idle, looking, drawing, queued, inside };
var
  at: array [Proc] of Place;
  seen: array [Proc] of Ticket;
  number: array [Proc] of Ticket;

function highest(): Ticket;
var h: Ticket;
begin
  h := 0;
  for p: Proc do if number[p] > h then h := number[p]; endif; endfor;
  return h;
end;

-- Numbers may fall between a look and a draw, so what was seen counts too.
function peak(): Ticket;
var h: Ticket;
begin
  h := highest();
  for p: Proc do if seen[p] > h then h := seen[p]; endif; endfor;
  return h;
end;

function choosing(p: Proc): boolean; begin return at[p] = looking | at[p] = drawing; end;

function choosers(): 0..N;
var n: 0..N;
begin
  n := 0;
  for p: Proc do if choosing(p) then n := n + 1; endif; endfor;
  return n;
end;

startstate for p: Proc do at[p] := idle; seen[p] := 0; number[p] := 0; endfor; end;

ruleset p: Proc do
  rule "Open" at[p] = idle & peak() + choosers() < LAST ==> at[p] := looking; end;
  rule "Look" at[p] = looking ==> seen[p] := highest(); at[p] := drawing; end;
  rule "Draw" at[p] = drawing ==> number[p] := seen[p] + 1; seen[p] := 0; at[p] := queued; end;
  rule "Enter"
    at[p] = queued & forall q: Proc do
      q = p | (!choosing(q) & (number[q] = 0 | number[p] < number[q] | (number[p] = number[q] & p < q)))
    end
  ==> at[p] := inside; end;
  rule "Leave" at[p] = inside ==> number[p] := 0; at[p] := idle; end;
end;

invariant "Exclusive" forall p: Proc do forall q: Proc do p = q | at[p] != inside | at[q] != inside end end;
