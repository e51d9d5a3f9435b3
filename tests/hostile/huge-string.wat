;; Writes a summary of 100 MB, for which its manifest asks the memory.
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32)
    (drop (memory.grow (i32.const 1600)))
    (memory.fill (i32.const 131072) (i32.const 120) (i32.const 100000000))
    (drop (call $report (i32.const 0)))
    (i32.store (i32.const 24) (i32.const 131072))
    (i32.store (i32.const 28) (i32.const 100000000))
    (i32.const 16))
