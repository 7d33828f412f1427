-- Readers and writers of one disk, as in examples/readers_writers.bh.
const
  READERS: 2;
  WRITERS: 2;
type
  Reader: 1..READERS;
  Writer: 1..WRITERS;
var
  reading: array [Reader] of boolean;
  writer: array [Writer] of enum { idle, waiting, writing };

startstate
  for r: Reader do reading[r] := false; endfor;
  for w: Writer do writer[w] := idle; endfor;
end;

ruleset r: Reader do
  rule "StartReading" !reading[r] & forall w: Writer do writer[w] = idle end ==> reading[r] := true; end;
  rule "StopReading" reading[r] ==> reading[r] := false; end;
end;
ruleset w: Writer do
  rule "AskToWrite" writer[w] = idle ==> writer[w] := waiting; end;
  rule "StartWriting"
    writer[w] = waiting & forall v: Writer do writer[v] != writing end & forall r: Reader do !reading[r] end ==>
    writer[w] := writing;
  end;
  rule "StopWriting" writer[w] = writing ==> writer[w] := idle; end;
end;

invariant "OneWriter" forall v: Writer do forall w: Writer do v = w | writer[v] != writing | writer[w] != writing end end;
