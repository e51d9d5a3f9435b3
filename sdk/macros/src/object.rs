//! `#[derive(Object)]` and `#[derive(Settings)]`: an `impl Decode`, and for a listable kind an `impl Kind` and the link
//! section that carries its field mask.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Ident, LitStr, Result, Type};

/// How a field's name in JSON is made from its name in Rust.
#[derive(Clone, Copy)]
pub(crate) enum Names {
    Camel,
    Kebab,
}

impl Names {
    fn apply(self, ident: &Ident) -> String {
        let name = ident.to_string();
        let name = name.strip_prefix("r#").unwrap_or(&name);
        match self {
            Self::Camel => camel(name),
            Self::Kebab => name.replace('_', "-"),
        }
    }
}

struct Member<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    name: String,
}

pub(crate) fn expand(input: &DeriveInput, names: Names) -> Result<TokenStream> {
    let members = members(input, names)?;
    let kind = argument(&input.attrs, "kind")?;
    if let (Names::Kebab, Some(kind)) = (names, &kind) {
        return Err(Error::new_spanned(kind, "settings have no kind"));
    }
    let decode = decode(&input.ident, &members);
    let kind = kind.map(|kind| listable(&input.ident, &kind)).transpose()?;
    Ok(quote! { #decode #kind })
}

fn members(input: &DeriveInput, names: Names) -> Result<Vec<Member<'_>>> {
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "a type that is read from JSON takes no parameters",
        ));
    }
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        _ => {
            return Err(Error::new_spanned(
                &input.ident,
                "only a struct can be read; take a `String` for an enumeration",
            ));
        }
    };
    match fields {
        Fields::Named(fields) => fields
            .named
            .iter()
            .map(|field| member(field, names))
            .collect(),
        Fields::Unit => Ok(Vec::new()),
        Fields::Unnamed(fields) => Err(Error::new_spanned(
            fields,
            "fields need names: they are the field paths of the manifest",
        )),
    }
}

fn member(field: &Field, names: Names) -> Result<Member<'_>> {
    let ident = field
        .ident
        .as_ref()
        .ok_or_else(|| Error::new_spanned(field, "field without a name"))?;
    let renamed = argument(&field.attrs, "rename")?;
    if let Some(literal) = &renamed
        && (literal.value().is_empty() || literal.value().contains(['"', '\\', '\n', '\t']))
    {
        return Err(Error::new_spanned(
            literal,
            "a field path holds no quote, backslash, tab or line end",
        ));
    }
    let name = renamed.map_or_else(|| names.apply(ident), |literal| literal.value());
    Ok(Member {
        ident,
        ty: &field.ty,
        name,
    })
}

/// The string of `#[object(NAME = "…")]`. Each place knows one name, so others are errors.
fn argument(attributes: &[Attribute], name: &str) -> Result<Option<LitStr>> {
    let mut found = None;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("object"))
    {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident(name) {
                return Err(meta.error(format!("only `{name} = \"…\"` is known here")));
            }
            found = Some(meta.value()?.parse::<LitStr>()?);
            Ok(())
        })?;
    }
    Ok(found)
}

fn decode(ident: &Ident, members: &[Member<'_>]) -> TokenStream {
    let idents: Vec<_> = members.iter().map(|member| member.ident).collect();
    let types: Vec<_> = members.iter().map(|member| member.ty).collect();
    let names: Vec<_> = members.iter().map(|member| &member.name).collect();
    quote! {
        #[automatically_derived]
        impl ::bsq_sdk::object::Decode for #ident {
            const SHAPE: ::bsq_sdk::object::Shape = ::bsq_sdk::object::Shape::Struct(&[
                #((#names, &<#types as ::bsq_sdk::object::Decode>::SHAPE)),*
            ]);

            fn decode(
                value: ::bsq_sdk::object::Json<'_>,
            ) -> ::core::result::Result<Self, ::bsq_sdk::object::Mismatch> {
                #[allow(unused_mut, unused_variables)]
                let mut members = ::bsq_sdk::object::Members::of(value)?;
                ::core::result::Result::Ok(Self { #(#idents: members.take(#names)?),* })
            }

            fn missing() -> Self {
                Self { #(#idents: ::bsq_sdk::object::Decode::missing()),* }
            }
        }
    }
}

fn listable(ident: &Ident, kind: &LitStr) -> Result<TokenStream> {
    let text = kind.value();
    let parts: Vec<&str> = text.split('/').collect();
    let capital = parts
        .last()
        .and_then(|name| name.chars().next())
        .is_some_and(char::is_uppercase);
    if !(2..=3).contains(&parts.len()) || parts.iter().any(|part| part.is_empty()) || !capital {
        return Err(Error::new_spanned(
            kind,
            "a kind is `GROUP/VERSION/Kind`, in the core group `v1/Kind`",
        ));
    }
    Ok(quote! {
        #[automatically_derived]
        impl ::bsq_sdk::object::Kind for #ident {
            const KIND: &'static str = #kind;
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            const LENGTH: usize = ::bsq_sdk::fields::section_length::<#ident>();
            #[allow(unsafe_code)]
            #[unsafe(link_section = "bsq:fields")]
            #[used]
            static FIELDS: [u8; LENGTH] = ::bsq_sdk::fields::section::<#ident, LENGTH>();
        };
    })
}

fn camel(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        match character {
            '_' => upper = !text.is_empty(),
            _ if upper => {
                text.extend(character.to_uppercase());
                upper = false;
            }
            _ => text.push(character),
        }
    }
    text
}
