;; Lists a kind page by page, and says in its summary how many objects there are.
  (import "bsq:kubernetes/reader@0.1.0" "list"
    (func $list (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (data (i32.const 2048) "KIND")
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32)
    (local $sum i32) (local $at i32)
    (loop $again
      ;; The cursor is where the page before left it: at 4120 the case, then the text.
      (call $list (i32.const 2048) (;KIND;) (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.load8_u (i32.const 4120)) (i32.load (i32.const 4124)) (i32.load (i32.const 4128))
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4096))
      (if (i32.load8_u (i32.const 4096))
        (then
          (drop (call $report (i32.const 0)))
          (i32.store (i32.const 24) (i32.load (i32.const 4104)))
          (i32.store (i32.const 28) (i32.load (i32.const 4108)))
          (return (i32.const 16))))
      (local.set $sum (i32.add (local.get $sum) (i32.load (i32.const 4116))))
      (br_if $again (i32.load8_u (i32.const 4120))))
    (local.set $at (i32.const 9000))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $sum) (i32.const 10))))
      (local.set $sum (i32.div_u (local.get $sum) (i32.const 10)))
      (br_if $digit (local.get $sum)))
    (drop (call $report (i32.const 0)))
    (i32.store (i32.const 24) (local.get $at))
    (i32.store (i32.const 28) (i32.sub (i32.const 9000) (local.get $at)))
    (i32.const 16))
