;; Writes terminal escapes into every text field that it has.
  (import "bsq:context/log@0.1.0" "write" (func $write (param i32 i32 i32)))
  (import "bsq:kubernetes/reader@0.1.0" "list"
    (func $list (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (data (i32.const 2048) "v1/Namespace")
  (data (i32.const 3000) "BSQ-TEST-001")
  (data (i32.const 3100) "\1b]0;owned\07\1b[31mred\e2\80\ae")
  (func $text (param $at i32)
    (i32.store (local.get $at) (i32.const 3100))
    (i32.store (i32.add (local.get $at) (i32.const 4)) (i32.const 21)))
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32)
    (call $write (i32.const 3) (i32.const 3100) (i32.const 21))
    (call $list (i32.const 2048) (i32.const 12) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4096))
    (drop (call $report (i32.const 1)))
    (call $text (i32.const 24))
    ;; one attribute of the report
    (i32.store (i32.const 40) (i32.const 3200)) (i32.store (i32.const 44) (i32.const 1))
    (call $text (i32.const 3200)) (call $text (i32.const 3208))
    ;; one finding, of 144 bytes, at 8192
    (i32.store (i32.const 32) (i32.const 8192)) (i32.store (i32.const 36) (i32.const 1))
    (i32.store (i32.const 8192) (i32.const 3000)) (i32.store (i32.const 8196) (i32.const 12))
    ;; a named subject with one attribute
    (i32.store8 (i32.const 8204) (i32.const 1))
    (call $text (i32.const 8208)) (call $text (i32.const 8216))
    (i32.store (i32.const 8224) (i32.const 3200)) (i32.store (i32.const 8228) (i32.const 1))
    ;; title and since
    (call $text (i32.const 8276))
    (i32.store8 (i32.const 8284) (i32.const 1)) (call $text (i32.const 8288))
    ;; one piece of evidence at 9000: no read, source, value, one attribute
    (i32.store (i32.const 8296) (i32.const 9000)) (i32.store (i32.const 8300) (i32.const 1))
    (call $text (i32.const 9008)) (call $text (i32.const 9016))
    (i32.store (i32.const 9024) (i32.const 3200)) (i32.store (i32.const 9028) (i32.const 1))
    ;; one step at 9100: text, a command of one word at 9200, no attributes
    (i32.store (i32.const 8304) (i32.const 9100)) (i32.store (i32.const 8308) (i32.const 1))
    (call $text (i32.const 9100))
    (i32.store (i32.const 9108) (i32.const 9200)) (i32.store (i32.const 9112) (i32.const 1))
    (call $text (i32.const 9200))
    ;; one link
    (i32.store (i32.const 8312) (i32.const 9200)) (i32.store (i32.const 8316) (i32.const 1))
    ;; one attribute of the finding
    (i32.store (i32.const 8328) (i32.const 3200)) (i32.store (i32.const 8332) (i32.const 1))
    (i32.const 16))
