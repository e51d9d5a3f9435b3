//! `#[check]` and `#[correlate]`: the export glue of a component, which exists in a wasm build only, so that the function
//! stays an ordinary one for tests.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result};

/// Which of the two worlds the function is exported to.
#[derive(Clone, Copy)]
pub(crate) enum Export {
    Check,
    Correlate,
}

impl Export {
    fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Correlate => "correlate",
        }
    }

    fn parameters(self) -> usize {
        match self {
            Self::Check => 1,
            Self::Correlate => 2,
        }
    }
}

pub(crate) fn expand(
    arguments: &TokenStream,
    function: &ItemFn,
    export: Export,
) -> Result<TokenStream> {
    validate(arguments, function, export)?;
    let name = &function.sig.ident;
    let glue = match export {
        Export::Check => quote! {
            ::bsq_sdk::export_check!(super::#name);
        },
        Export::Correlate => quote! {
            ::bsq_sdk::export_correlate!(super::#name);
        },
    };
    Ok(quote! {
        #function

        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code)]
        mod bsq_component { #glue }
    })
}

fn validate(arguments: &TokenStream, function: &ItemFn, export: Export) -> Result<()> {
    let name = export.name();
    if !arguments.is_empty() {
        return Err(Error::new_spanned(
            arguments,
            format!("`#[{name}]` takes no arguments; `check.toml` holds the rest"),
        ));
    }
    if let Some(token) = &function.sig.asyncness {
        return Err(Error::new_spanned(
            token,
            format!("a `#[{name}]` function is not async: each read waits for its answer"),
        ));
    }
    if function.sig.inputs.len() != export.parameters() {
        let shape = match export {
            Export::Check => "fn(cx: &Context) -> Result<Report>",
            Export::Correlate => "fn(cx: &Context, results: &[CheckResult]) -> Result<Report>",
        };
        return Err(Error::new_spanned(
            &function.sig,
            format!("a `#[{name}]` function is `{shape}`"),
        ));
    }
    Ok(())
}
