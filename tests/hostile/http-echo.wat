;; Asks the endpoint `coreai` for its models, and says in its summary what it got: the body, or the code of the error.
  (import "bsq:http/client@0.1.0" "send"
    (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (data (i32.const 2048) "coreaiGET/models")
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32)
    (call $send (i32.const 2048) (i32.const 6) (i32.const 2054) (i32.const 3) (i32.const 2057) (i32.const 7)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 4096))
    (drop (call $report (i32.const 0)))
    (if (i32.load8_u (i32.const 4096))
      (then
        (i32.store (i32.const 24) (i32.load (i32.const 4104)))
        (i32.store (i32.const 28) (i32.load (i32.const 4108))))
      (else
        (i32.store (i32.const 24) (i32.load (i32.const 4120)))
        (i32.store (i32.const 28) (i32.load (i32.const 4124)))))
    (i32.const 16))
