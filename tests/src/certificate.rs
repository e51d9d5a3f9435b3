//! Certificates as incidents need them: over, soon over, for other names, by an issuer that nobody trusts.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::CertificateDer;

/// An issuer, under the name that it has in what it issues.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
}

/// What a certificate is to say.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The common name; none where the names say all.
    pub subject: Option<String>,
    pub names: Vec<String>,
    /// Days from now, before or after.
    pub from: i64,
    pub until: i64,
}

/// A certificate, its issuer's, and the key.
pub struct Issued {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: KeyPair,
    /// The certificate alone.
    pub pem: String,
}

impl Authority {
    /// Makes one.
    pub fn new(name: &str) -> Result<Self> {
        let key = KeyPair::generate().context("make the key of an authority")?;
        let mut params = CertificateParams::new(Vec::<String>::new()).context("an authority")?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = named(name);
        let certificate = params.self_signed(&key).context("sign an authority")?;
        Ok(Self {
            der: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        })
    }

    /// Its own certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Issues what is wanted.
    pub fn issue(&self, wanted: &Wanted) -> Result<Issued> {
        let key = KeyPair::generate().context("make the key of a certificate")?;
        let mut params =
            CertificateParams::new(wanted.names.clone()).context("the names of a certificate")?;
        params.distinguished_name = wanted
            .subject
            .as_deref()
            .map_or_else(Default::default, named);
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970(wanted.from)?;
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970(wanted.until)?;
        let certificate = params
            .signed_by(&key, &self.issuer)
            .context("sign a certificate")?;
        Ok(Issued {
            chain: vec![certificate.der().clone(), self.der.clone()],
            pem: certificate.pem(),
            key,
        })
    }
}

fn named(name: &str) -> rcgen::DistinguishedName {
    let mut named = rcgen::DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

/// An hour more than whole days, so that a report counts the same days until its run has ended.
fn since_1970(days: i64) -> Result<Duration> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("a clock before 1970")?;
    let seconds = i64::try_from(now.as_secs())? + days * 86_400 + 3_600;
    Ok(Duration::from_secs(seconds.try_into()?))
}
