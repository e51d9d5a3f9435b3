//! `bsq:network`: names and certificates.

use super::bindings::bsq::network::probe::{self, Error};
use super::calls::Came;
use super::pipeline::{Got, other_body};
use super::validate;
use crate::capability::{Addresses, Body, Certificate, ErrorCode, Handshake, ReadError, Request};
use crate::engine::{RunContext, State};
use crate::grant::Call;

impl probe::Host for State {
    async fn resolve(&mut self, host: String) -> wasmtime::Result<Result<probe::Addresses, Error>> {
        let text = format!("resolve {host}");
        let decoded = validate::host(&host).map(|()| Call::Network { host: &host });
        let admitted = match self.admit(&text, decoded)? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let answer = self.run.addresses(host.to_ascii_lowercase()).await;
        Ok(match self.settle(admitted, answer) {
            Ok((read, found)) => Ok(probe::Addresses {
                read,
                addresses: found.addresses,
                vantage: found.vantage.name().to_owned(),
                attributes: Vec::new(),
            }),
            Err(failure) => Err(failure.into()),
        })
    }

    async fn tls(
        &mut self,
        host: String,
        port: u16,
    ) -> wasmtime::Result<Result<probe::Handshake, Error>> {
        let text = format!("handshake with {host}:{port}");
        let decoded = validate::host(&host)
            .and_then(|()| check_port(port))
            .map(|()| Call::Network { host: &host });
        let admitted = match self.admit(&text, decoded)? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(Err(failure.into())),
        };
        let answer = self.run.shaken(host.to_ascii_lowercase(), port).await;
        Ok(match self.settle(admitted, answer) {
            Ok((read, shaken)) => Ok(encode(read, shaken)),
            Err(failure) => Err(failure.into()),
        })
    }
}

impl RunContext {
    async fn addresses(&self, host: String) -> Result<Got<Addresses>, ReadError> {
        let asked = self.ask(Request::Resolve { host }).await;
        let found = match asked.value? {
            Body::Addresses(found) => found,
            other => return Err(other_body(other)),
        };
        Ok(Got {
            bytes: found.addresses.iter().map(String::len).sum::<usize>() as u64,
            value: found,
            came: Came::complete(),
            is_shared: asked.is_shared,
        })
    }

    async fn shaken(&self, host: String, port: u16) -> Result<Got<Handshake>, ReadError> {
        let asked = self.ask(Request::Handshake { host, port }).await;
        let shaken = match asked.value? {
            Body::Handshake(shaken) => shaken,
            other => return Err(other_body(other)),
        };
        Ok(Got {
            bytes: shaken.chain.iter().map(size).sum(),
            value: shaken,
            came: Came::complete(),
            is_shared: asked.is_shared,
        })
    }
}

fn check_port(port: u16) -> Result<(), ReadError> {
    if port == 0 {
        return Err(ReadError::new(ErrorCode::Invalid, "there is no port 0"));
    }
    Ok(())
}

fn encode(read: u32, shaken: Handshake) -> probe::Handshake {
    let mut attributes = vec![("address".to_owned(), shaken.address)];
    let problem = shaken.problem.map_or_else(String::new, |problem| {
        attributes.push(("detail".to_owned(), problem.words));
        problem.code
    });
    probe::Handshake {
        read,
        chain: shaken.chain.into_iter().map(certificate).collect(),
        problem,
        vantage: shaken.vantage.name().to_owned(),
        attributes,
    }
}

fn certificate(certificate: Certificate) -> probe::Certificate {
    probe::Certificate {
        subject: certificate.subject,
        issuer: certificate.issuer,
        names: certificate.names,
        not_before: certificate.not_before,
        not_after: certificate.not_after,
    }
}

fn size(certificate: &Certificate) -> u64 {
    let names: usize = certificate.names.iter().map(String::len).sum();
    (certificate.subject.len() + certificate.issuer.len() + names + 16) as u64
}
