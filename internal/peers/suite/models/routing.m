-- Distance-vector routing, as in routing.bh.
const
  ROUTERS: 3;
  SITES: 3;
  NETWORKS: 3;
type
  Router: 0..ROUTERS - 1;
  Site: 0..SITES - 1;
  Network: 0..NETWORKS - 1;
  Metric: 0..ROUTERS;
  Side: 0..1;                          -- 0: to the router before, 1: to the one after
var
  metric: array [Router] of array [Network] of Metric;
  stale: array [Router] of array [Side] of boolean;
  full: array [Router] of array [Side] of boolean;
  table: array [Router] of array [Side] of array [Network] of Metric;

function neighbour(r: Router; s: Side): Router; begin return (r + ROUTERS - 1 + 2 * s) % ROUTERS; end;
function home(n: Network): Router; begin return (n % SITES) % ROUTERS; end;
function distance(r: Router; n: Network): Metric;
var d: Metric;
begin
  if r > home(n) then d := r - home(n); else d := home(n) - r; endif;
  if ROUTERS - d < d then return ROUTERS - d; else return d; endif;
end;

startstate
  for r: Router do
    for n: Network do metric[r][n] := ROUTERS; endfor;
    for s: Side do
      stale[r][s] := false; full[r][s] := false;
      for n: Network do table[r][s][n] := 0; endfor;
    endfor;
  endfor;
end;

ruleset a: Site do
  rule "Attach" metric[home(a)][a] != 0 & (a < ROUTERS | metric[home(a)][a - ROUTERS] = 0) ==>
    for n: Network do if n % SITES = a then metric[home(a)][n] := 0; endif; endfor;
    stale[home(a)][0] := true; stale[home(a)][1] := true;
  end;
end;
ruleset r: Router do
  ruleset s: Side do
    rule "Send" stale[r][s] & !full[r][s] ==>
      table[r][s] := metric[r]; full[r][s] := true; stale[r][s] := false;
    end;
    rule "Receive" full[neighbour(r, s)][1 - s] ==>
      var m: Router;
    begin
      m := neighbour(r, s);
      for n: Network do
        if table[m][1 - s][n] + 1 < metric[r][n] then
          metric[r][n] := table[m][1 - s][n] + 1;
          stale[r][0] := true; stale[r][1] := true;
        endif;
        table[m][1 - s][n] := 0;
      endfor;
      full[m][1 - s] := false;
    end;
  end;
end;

invariant "NeverTooGood" forall r: Router do forall a: Site do metric[r][a] >= distance(r, a) end end;
