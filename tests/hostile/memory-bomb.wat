;; Grows its memory for ever, and touches each page.
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32)
    (local $page i32)
    (loop $again
      (local.set $page (memory.grow (i32.const 16)))
      (if (i32.eq (local.get $page) (i32.const -1)) (then (unreachable)))
      (i32.store (i32.mul (local.get $page) (i32.const 65536)) (i32.const 1))
      (br $again))
    (unreachable))
