;; Grows a table for ever.
  (table $table 1 funcref)
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32)
    (loop $again
      (if (i32.eq (table.grow $table (ref.null func) (i32.const 65536)) (i32.const -1)) (then (unreachable)))
      (br $again))
    (unreachable))
