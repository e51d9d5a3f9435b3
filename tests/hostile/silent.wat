;; Says that all is well, and has looked at nothing.
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32) (call $report (i32.const 0)))
