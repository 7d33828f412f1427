-- Two-phase commit as in examples/two_phase_commit.bh.
const RMS: 3;
type
  RM: 1..RMS;
var
  rm: array [RM] of enum { working, prepared, committed, aborted };
  decided: boolean;
  heard: array [RM] of boolean;
  said: array [RM] of boolean;       -- Prepared(r) has been sent
  commit: boolean;
  abort: boolean;

startstate
  for r: RM do rm[r] := working; heard[r] := false; said[r] := false; endfor;
  decided := false; commit := false; abort := false;
end;

ruleset r: RM do
  rule "TMReceivePrepared" !decided & said[r] ==> heard[r] := true; end;
  rule "Prepare" rm[r] = working ==> rm[r] := prepared; said[r] := true; end;
  rule "GiveUp" rm[r] = working ==> rm[r] := aborted; end;
  rule "ReceiveCommit" commit ==> rm[r] := committed; end;
  rule "ReceiveAbort" abort ==> rm[r] := aborted; end;
end;
rule "TMCommit" !decided & forall r: RM do heard[r] end ==> decided := true; commit := true; end;
rule "TMAbort" !decided ==> decided := true; abort := true; end;

invariant "Consistent" forall r: RM do forall s: RM do rm[r] != committed | rm[s] != aborted end end;
invariant "OneDecision" !(commit & abort);
