;; Writes five thousand log lines, then passes.
  (import "bsq:context/log@0.1.0" "write" (func $write (param i32 i32 i32)))
  (import "bsq:kubernetes/reader@0.1.0" "list"
    (func $list (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (data (i32.const 2048) "v1/Namespace")
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32)
    (local $left i32)
    (local.set $left (i32.const 5000))
    (loop $again
      (call $write (i32.const 3) (i32.const 2048) (i32.const 12))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (call $list (i32.const 2048) (i32.const 12) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4096))
    (call $report (i32.const 0)))
