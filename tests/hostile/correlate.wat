;; A correlator: its summary holds, as one digit each, how many results it is given and how many attributes.
;; world: export bsq:check/correlate@0.1.0;
  (func (export "bsq:check/correlate@0.1.0#correlate") (param $told i32) (result i32)
    (i32.store8 (i32.const 8000) (i32.add (i32.const 48) (i32.load offset=80 (local.get $told))))
    (i32.store8 (i32.const 8001) (i32.const 32))
    (i32.store8 (i32.const 8002) (i32.add (i32.const 48) (i32.load offset=72 (local.get $told))))
    (drop (call $report (i32.const 0)))
    (i32.store (i32.const 24) (i32.const 8000))
    (i32.store (i32.const 28) (i32.const 3))
    (i32.const 16))
