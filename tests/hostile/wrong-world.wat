;; world: export greet: func() -> u32;
;; Is a component, and no check.
  (func (export "greet") (result i32) (i32.const 1))
