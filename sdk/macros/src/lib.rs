//! The derive and attribute macros of `bsq-sdk`, which re-exports and documents them. Nothing else should depend on this
//! crate: the code that the macros write names `::bsq_sdk`.

mod check;
mod object;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemFn, parse_macro_input};

/// Reads a struct from the JSON of a Kubernetes object, and is the source of the check's field mask.
///
/// Names are camelCase (`#[object(rename = "podIP")]` for others), unknown fields are ignored, a missing or null field
/// is its type's empty value. With `#[object(kind = "apps/v1/Deployment")]` the struct can be listed.
#[proc_macro_derive(Object, attributes(object))]
pub fn derive_object(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    written(object::expand(&input, object::Names::Camel))
}

/// Reads a struct from a check's settings. Names are kebab-case, as in `check.toml`; otherwise as `Object`.
#[proc_macro_derive(Settings, attributes(object))]
pub fn derive_settings(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    written(object::expand(&input, object::Names::Kebab))
}

/// Makes a function `fn(&Context) -> Result<Report>` the check of this crate.
#[proc_macro_attribute]
pub fn check(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    written(check::expand(
        &arguments.into(),
        &function,
        check::Export::Check,
    ))
}

/// Makes a function `fn(&Context, &[CheckResult]) -> Result<Report>` the correlator of this crate.
#[proc_macro_attribute]
pub fn correlate(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    written(check::expand(
        &arguments.into(),
        &function,
        check::Export::Correlate,
    ))
}

fn written(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}
