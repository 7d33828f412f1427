-- Votes on transactions, as in examples/transactions.bh.
const
  TX: 2;
  PARTS: 2;
type
  Tx: 1..TX;
  Part: 1..PARTS;
var
  phase: array [Tx] of enum { begun, preparing, committed, aborted };
  vote: array [Tx] of array [Part] of enum { unknown, yes, no };
  decision: array [Tx] of enum { open, commit, abort };

startstate
  for t: Tx do phase[t] := begun; decision[t] := open; for p: Part do vote[t][p] := unknown; endfor; endfor;
end;

ruleset t: Tx do
  rule "Prepare" phase[t] = begun ==> phase[t] := preparing; end;
  ruleset p: Part do
    rule "VoteYes" phase[t] = preparing & vote[t][p] = unknown ==> vote[t][p] := yes; end;
    rule "VoteNo" phase[t] = preparing & vote[t][p] = unknown ==> vote[t][p] := no; end;
  end;
  rule "Commit" phase[t] = preparing & forall p: Part do vote[t][p] = yes end ==>
    phase[t] := committed; decision[t] := commit;
  end;
  rule "Abort" phase[t] = preparing & exists p: Part do vote[t][p] = no end ==>
    phase[t] := aborted; decision[t] := abort;
  end;
end;

invariant "Agrees" forall t: Tx do (decision[t] = commit) = (phase[t] = committed) end;
