//! `bsq:metrics`, `bsq:traces` and `bsq:network`: in the contract, and not served by this version.
//!
//! A call goes the usual way, so that it is counted, decided and noted; past the gate the answer is `unsupported`.

use super::bindings::bsq::{metrics, network, traces};
use super::failure::Failure;
use crate::capability::{ErrorCode, ReadError};
use crate::engine::State;
use crate::grant::Call;

type Pairs = Vec<(String, String)>;

impl State {
    fn refuse(&mut self, text: &str, call: Call<'_>) -> wasmtime::Result<Failure> {
        let admitted = match self.admit(text, Ok(call))? {
            Ok(admitted) => admitted,
            Err(failure) => return Ok(failure),
        };
        let message = format!("{text}: this version of bsq-host does not serve it");
        let error = ReadError::new(ErrorCode::Unsupported, message);
        Ok(
            match self.settle::<std::convert::Infallible>(admitted, Err(error)) {
                Err(failure) => failure,
                Ok((_, never)) => match never {},
            },
        )
    }
}

impl metrics::query::Host for State {
    async fn instant(
        &mut self,
        template: String,
        _parameters: Pairs,
    ) -> wasmtime::Result<Result<metrics::query::Answer, metrics::query::Error>> {
        let text = format!("metrics `{template}`");
        let call = Call::Metric {
            template: &template,
        };
        Ok(Err(self.refuse(&text, call)?.into()))
    }

    async fn range(
        &mut self,
        template: String,
        _parameters: Pairs,
        _step_seconds: u32,
    ) -> wasmtime::Result<Result<metrics::query::Answer, metrics::query::Error>> {
        let text = format!("metrics `{template}` over the window");
        let call = Call::Metric {
            template: &template,
        };
        Ok(Err(self.refuse(&text, call)?.into()))
    }
}

impl traces::query::Host for State {
    async fn search(
        &mut self,
        template: String,
        _parameters: Pairs,
    ) -> wasmtime::Result<Result<traces::query::Found, traces::query::Error>> {
        let text = format!("traces `{template}`");
        let call = Call::Trace {
            template: &template,
        };
        Ok(Err(self.refuse(&text, call)?.into()))
    }

    async fn get(
        &mut self,
        template: String,
        trace_id: String,
    ) -> wasmtime::Result<Result<traces::query::Trace, traces::query::Error>> {
        let text = format!("trace {trace_id} of `{template}`");
        let call = Call::Trace {
            template: &template,
        };
        Ok(Err(self.refuse(&text, call)?.into()))
    }
}

impl network::probe::Host for State {
    async fn resolve(
        &mut self,
        host: String,
    ) -> wasmtime::Result<Result<network::probe::Addresses, network::probe::Error>> {
        let text = format!("resolve {host}");
        let call = Call::Network { host: &host };
        Ok(Err(self.refuse(&text, call)?.into()))
    }

    async fn tls(
        &mut self,
        host: String,
        port: u16,
    ) -> wasmtime::Result<Result<network::probe::Handshake, network::probe::Error>> {
        let text = format!("handshake with {host}:{port}");
        let call = Call::Network { host: &host };
        Ok(Err(self.refuse(&text, call)?.into()))
    }
}
