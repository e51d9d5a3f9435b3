;; Lists a kind, and repeats what it got, the objects or the code of the error, in its log and in its summary.
  (import "bsq:context/log@0.1.0" "write" (func $write (param i32 i32 i32)))
  (import "bsq:kubernetes/reader@0.1.0" "list"
    (func $list (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (data (i32.const 2048) "KIND")
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32)
    (call $list (i32.const 2048) (;KIND;) (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 4096))
    (drop (call $report (i32.const 0)))
    (if (i32.load8_u (i32.const 4096))
      (then
        (i32.store (i32.const 24) (i32.load (i32.const 4104)))
        (i32.store (i32.const 28) (i32.load (i32.const 4108))))
      (else
        (i32.store (i32.const 24) (i32.load (i32.const 4108)))
        (i32.store (i32.const 28) (i32.load (i32.const 4112)))))
    (call $write (i32.const 3) (i32.load (i32.const 24)) (i32.load (i32.const 28)))
    (i32.const 16))
