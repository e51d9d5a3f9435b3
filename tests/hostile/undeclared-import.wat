;; Imports the HTTP client, which its manifest does not declare.
  (import "bsq:http/client@0.1.0" "send"
    (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (data (i32.const 2048) "coreaiGET/models")
  (func (export "bsq:check/check@0.1.0#run") (param i32) (result i32)
    (call $send (i32.const 2048) (i32.const 6) (i32.const 2054) (i32.const 3) (i32.const 2057) (i32.const 7)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 4096))
    (call $report (i32.const 0)))
