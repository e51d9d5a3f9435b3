//! `#[check]` and `#[correlate]`: the export glue of a component, which exists in a wasm build only, so that the function
//! stays an ordinary one for tests.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, Ident, ItemFn, Result};

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
    let severities = severities();
    let glue = match export {
        Export::Check => quote! {
            ::bsq_sdk::export_check!(super::#name, #severities);
        },
        Export::Correlate => quote! {
            ::bsq_sdk::export_correlate!(super::#name, #severities);
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

/// The severities of `check.toml`, as an expression: what the component says of itself follows from them.
///
/// An error becomes part of the expression, since a component is where it matters: an example in a doc comment has no
/// `check.toml`.
fn severities() -> TokenStream {
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let path = format!("{folder}/check.toml");
    let read = std::fs::read_to_string(&path).map_err(|error| format!("`{path}`: {error}"));
    let pairs =
        match read.and_then(|text| codes(&text).map_err(|error| format!("`{path}`: {error}"))) {
            Ok(pairs) => pairs,
            Err(error) => return quote! { compile_error!(#error) },
        };
    let pairs = pairs.iter().map(|(code, severity)| {
        let severity = Ident::new(severity, Span::call_site());
        quote! { (#code, ::bsq_sdk::Severity::#severity) }
    });
    // Naming the file makes a change of it rebuild the check.
    quote! {{
        const _: &[u8] = include_bytes!(#path);
        &[#(#pairs),*]
    }}
}

fn codes(text: &str) -> std::result::Result<Vec<(String, &'static str)>, String> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.to_string())?;
    let findings = table
        .get("finding")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten();
    findings.map(code).collect()
}

fn code(finding: &toml::Value) -> std::result::Result<(String, &'static str), String> {
    let text = |name: &str| {
        finding
            .get(name)
            .and_then(toml::Value::as_str)
            .unwrap_or_default()
    };
    let severity = match text("severity") {
        "info" => "Info",
        "low" => "Low",
        "medium" => "Medium",
        "high" => "High",
        "critical" => "Critical",
        other => {
            return Err(format!(
                "finding `{}` has the severity `{other}`",
                text("code")
            ));
        }
    };
    Ok((text("code").to_owned(), severity))
}
