-- German's protocol without data, as in examples/german.bh.
const CLIENTS: 2;
type
  Client: 1..CLIENTS;
  Asker: 0..CLIENTS;                   -- 0: nobody yet
var
  cache: array [Client] of enum { invalid, shared, exclusive };
  request: array [Client] of enum { no_request, ask_shared, ask_exclusive };
  order: array [Client] of enum { no_order, invalidate, give_shared, give_exclusive };
  ack: array [Client] of boolean;
  command: enum { nothing, to_share, to_own };
  asker: Asker;
  toStop: array [Client] of boolean;
  holders: array [Client] of boolean;
  owned: boolean;

startstate
  for c: Client do
    cache[c] := invalid; request[c] := no_request; order[c] := no_order; ack[c] := false;
    toStop[c] := false; holders[c] := false;
  endfor;
  command := nothing; asker := 0; owned := false;
end;

ruleset c: Client do
  rule "AskShared" request[c] = no_request & cache[c] = invalid ==> request[c] := ask_shared; end;
  rule "AskExclusive" request[c] = no_request & cache[c] != exclusive ==> request[c] := ask_exclusive; end;
  rule "TakeShared" command = nothing & request[c] = ask_shared ==>
    command := to_share; asker := c; request[c] := no_request;
    for d: Client do toStop[d] := holders[d]; endfor;
  end;
  rule "TakeExclusive" command = nothing & request[c] = ask_exclusive ==>
    command := to_own; asker := c; request[c] := no_request;
    for d: Client do toStop[d] := holders[d]; endfor;
  end;
  rule "Invalidate" order[c] = no_order & toStop[c] & (command = to_own | (command = to_share & owned)) ==>
    order[c] := invalidate; toStop[c] := false;
  end;
  rule "Acknowledge" order[c] = invalidate & !ack[c] ==>
    order[c] := no_order; ack[c] := true; cache[c] := invalid;
  end;
  rule "TakeAck" ack[c] & command != nothing ==> ack[c] := false; holders[c] := false; owned := false; end;
  rule "GiveShared" command = to_share & asker = c & order[c] = no_order & !owned ==>
    order[c] := give_shared; holders[c] := true; command := nothing;
  end;
  rule "GiveExclusive"
    command = to_own & asker = c & order[c] = no_order & !owned & forall d: Client do !holders[d] end ==>
    order[c] := give_exclusive; holders[c] := true; owned := true; command := nothing;
  end;
  rule "GetShared" order[c] = give_shared ==> order[c] := no_order; cache[c] := shared; end;
  rule "GetExclusive" order[c] = give_exclusive ==> order[c] := no_order; cache[c] := exclusive; end;
end;

invariant "Coherent" forall c: Client do forall d: Client do c = d | cache[c] != exclusive | cache[d] = invalid end end;
