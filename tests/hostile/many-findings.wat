;; Returns as many empty findings as its memory holds: a finding is 144 bytes.
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32)
    (drop (memory.grow (i32.const 900)))
    (drop (call $report (i32.const 0)))
    (i32.store (i32.const 32) (i32.const 131072))
    (i32.store (i32.const 36) (i32.const 400000))
    (i32.const 16))
