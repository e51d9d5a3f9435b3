//! What may be known of a Secret without its values: key names, whether each is empty, the type, and the facts of the
//! public certificate in `tls.crt`. Values are looked at while they stream by and are kept nowhere.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::time::ASN1Time;

use crate::capability::certificate::names;

/// What has been seen of one Secret.
#[derive(Default)]
pub(super) struct Facts {
    keys: BTreeMap<String, bool>,
    kind: Option<String>,
    certificate: Option<Certificate>,
}

/// The field `facts` of a pruned Secret.
#[derive(Serialize)]
pub(super) struct Summary {
    keys: Vec<Key>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
}

#[derive(Serialize)]
struct Key {
    name: String,
    empty: bool,
}

/// The first certificate of `tls.crt`.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", untagged)]
enum Certificate {
    #[serde(rename_all = "camelCase")]
    Facts {
        subject: String,
        issuer: String,
        names: Vec<String>,
        /// RFC 3339.
        not_before: String,
        not_after: String,
    },
    /// It is there and does not parse, which is a fault of its own.
    Unreadable { unreadable: &'static str },
}

impl Facts {
    pub(super) fn summary(self) -> Summary {
        let key = |(name, empty)| Key { name, empty };
        Summary {
            keys: self.keys.into_iter().map(key).collect(),
            kind: self.kind,
            certificate: self.certificate,
        }
    }
}

/// The maps `data` and `stringData`.
pub(super) struct Keys<'a>(pub(super) &'a mut Facts);

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a map of values")
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let is_certificate = name == "tls.crt";
            let value = map.next_value::<Value<'de>>()?;
            if is_certificate && !value.is_empty() {
                self.0.certificate = Some(certificate(value.text()));
            }
            self.0.keys.insert(name, value.is_empty());
        }
        Ok(())
    }
}

/// A value, borrowed from the text where it can be.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value<'a> {
    #[serde(borrow)]
    Text(std::borrow::Cow<'a, str>),
    Other(IgnoredAny),
}

impl Value<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Other(_) => "",
        }
    }

    fn is_empty(&self) -> bool {
        self.text().is_empty()
    }
}

/// The field `type`.
pub(super) struct Type<'a>(pub(super) &'a mut Facts);

impl<'de> DeserializeSeed<'de> for Type<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let value = Value::deserialize(deserializer)?;
        self.0.kind = Some(value.text().to_owned()).filter(|text| !text.is_empty());
        Ok(())
    }
}

fn certificate(encoded: &str) -> Certificate {
    let unreadable = |unreadable| Certificate::Unreadable { unreadable };
    let Ok(pem) = STANDARD.decode(encoded) else {
        return unreadable("not base64");
    };
    let Some(Ok(block)) = x509_parser::pem::Pem::iter_from_buffer(&pem).next() else {
        return unreadable("not PEM");
    };
    match X509Certificate::from_der(&block.contents) {
        Ok((_, certificate)) => Certificate::Facts {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            names: names(&certificate),
            not_before: rfc3339(certificate.validity().not_before),
            not_after: rfc3339(certificate.validity().not_after),
        },
        Err(_) => unreadable("no certificate"),
    }
}

fn rfc3339(time: ASN1Time) -> String {
    jiff::Timestamp::from_second(time.timestamp())
        .map_or_else(|_| time.to_string(), |time| time.to_string())
}
