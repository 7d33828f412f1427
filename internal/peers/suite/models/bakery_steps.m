-- The bakery by steps, as in bakery_steps.bh.
const
  N: 2;
  LAST: 4;
type
  Proc: 1..N;
  Ticket: 0..LAST;
var
  at: array [Proc] of enum { idle, drawing, queued, inside };
  number: array [Proc] of Ticket;
  seen: array [Proc] of Ticket;
  other: array [Proc] of Proc;

function peak(): Ticket;
var h: Ticket;
begin
  h := 0;
  for p: Proc do
    if number[p] > h then h := number[p]; endif;
    if seen[p] > h then h := seen[p]; endif;
  endfor;
  return h;
end;

function drawers(): 0..N;
var n: 0..N;
begin
  n := 0;
  for p: Proc do if at[p] = drawing then n := n + 1; endif; endfor;
  return n;
end;

function yields(q: Proc; p: Proc): boolean;
begin
  return at[q] != drawing & (number[q] = 0 | number[p] < number[q] | (number[p] = number[q] & p <= q));
end;

startstate for p: Proc do at[p] := idle; number[p] := 0; seen[p] := 0; other[p] := 1; endfor; end;

ruleset p: Proc do
  rule "Open" at[p] = idle & peak() + drawers() < LAST ==> at[p] := drawing; end;
  rule "Look" at[p] = drawing ==>
    if number[other[p]] > seen[p] then seen[p] := number[other[p]]; endif;
    if other[p] < N then
      other[p] := other[p] + 1;
    else
      other[p] := 1; number[p] := seen[p] + 1; seen[p] := 0; at[p] := queued;
    endif;
  end;
  rule "Wait" at[p] = queued & yields(other[p], p) ==>
    if other[p] < N then other[p] := other[p] + 1; else other[p] := 1; at[p] := inside; endif;
  end;
  rule "Leave" at[p] = inside ==> number[p] := 0; at[p] := idle; end;
end;

invariant "Exclusive" forall p: Proc do forall q: Proc do p = q | at[p] != inside | at[q] != inside end end;
