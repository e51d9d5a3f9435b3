//! The contract: bindings, and conversions between its types and ours. One file per package.
