-- German's protocol with data, as in german_data.bh.
const
  CLIENTS: 2;
  VALUES: 2;
type
  Client: 1..CLIENTS;
  Asker: 0..CLIENTS;                   -- 0: nobody
  Data: 0..VALUES - 1;
  Request: enum { no_request, ask_shared, ask_exclusive };
var
  cache: array [Client] of enum { invalid, shared, exclusive };
  held: array [Client] of Data;
  request: array [Client] of Request;
  order: array [Client] of enum { no_order, invalidate, give_shared, give_exclusive };
  sent: array [Client] of Data;
  ack: array [Client] of boolean;
  back: array [Client] of Data;
  toStop: array [Client] of boolean;
  holders: array [Client] of boolean;
  owned: boolean;
  command: Request;
  asker: Asker;
  memory: Data;
  written: Data;

startstate
  for c: Client do
    cache[c] := invalid; held[c] := 0; request[c] := no_request; order[c] := no_order; sent[c] := 0;
    ack[c] := false; back[c] := 0; toStop[c] := false; holders[c] := false;
  endfor;
  owned := false; command := no_request; asker := 0; memory := 0; written := 0;
end;

ruleset c: Client do
  ruleset d: Data do
    rule "Store" cache[c] = exclusive ==> held[c] := d; written := d; end;
  end;
  rule "AskShared" request[c] = no_request & cache[c] = invalid ==> request[c] := ask_shared; end;
  rule "AskExclusive" request[c] = no_request & cache[c] != exclusive ==> request[c] := ask_exclusive; end;
  rule "Take" command = no_request & request[c] != no_request ==>
    command := request[c]; asker := c; request[c] := no_request;
    for d: Client do toStop[d] := holders[d]; endfor;
  end;
  rule "Invalidate"
    order[c] = no_order & toStop[c] & (command = ask_exclusive | (command = ask_shared & owned)) ==>
    order[c] := invalidate; toStop[c] := false;
  end;
  rule "Acknowledge" order[c] = invalidate & !ack[c] ==>
    order[c] := no_order; ack[c] := true;
    if cache[c] = exclusive then back[c] := held[c]; endif;
    cache[c] := invalid; held[c] := 0;
  end;
  rule "TakeAck" ack[c] & command != no_request ==>
    ack[c] := false; holders[c] := false;
    if owned then owned := false; memory := back[c]; endif;
    back[c] := 0;
  end;
  rule "GiveShared" command = ask_shared & asker = c & order[c] = no_order & !owned ==>
    order[c] := give_shared; sent[c] := memory; holders[c] := true; command := no_request; asker := 0;
  end;
  rule "GiveExclusive"
    command = ask_exclusive & asker = c & order[c] = no_order & !owned & forall d: Client do !holders[d] end ==>
    order[c] := give_exclusive; sent[c] := memory; holders[c] := true; owned := true; command := no_request; asker := 0;
  end;
  rule "GetShared" order[c] = give_shared ==>
    order[c] := no_order; cache[c] := shared; held[c] := sent[c]; sent[c] := 0;
  end;
  rule "GetExclusive" order[c] = give_exclusive ==>
    order[c] := no_order; cache[c] := exclusive; held[c] := sent[c]; sent[c] := 0;
  end;
end;

invariant "Coherent" forall c: Client do forall d: Client do c = d | cache[c] != exclusive | cache[d] = invalid end end;
invariant "MemoryGood" !owned -> memory = written;
invariant "CopiesGood" forall c: Client do cache[c] != invalid -> held[c] = written end;
