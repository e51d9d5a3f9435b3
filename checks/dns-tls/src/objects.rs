//! What is read of ingresses, certificates and what cert-manager writes on the way to one.

use bsq_platform::condition::Explained;
use bsq_platform::ingress::{Exposed, Host, Solver, Tls};
use bsq_sdk::prelude::*;

#[derive(Object)]
#[object(kind = "networking.k8s.io/v1/Ingress")]
pub(crate) struct Ingress {
    metadata: IngressMetadata,
    pub(crate) spec: IngressSpec,
    pub(crate) status: Exposed,
}

#[derive(Object)]
struct IngressMetadata {
    labels: Solver,
}

#[derive(Object)]
pub(crate) struct IngressSpec {
    pub(crate) rules: Vec<Host>,
    pub(crate) tls: Vec<Tls>,
}

impl Ingress {
    /// Solvers of certificate challenges come and go.
    pub(crate) fn is_challenge_solver(&self) -> bool {
        self.metadata.labels.is_set()
    }
}

#[derive(Object)]
#[object(kind = "apisix.apache.org/v2/ApisixTls")]
pub(crate) struct ApisixTls {
    pub(crate) spec: ApisixTlsSpec,
}

#[derive(Object)]
pub(crate) struct ApisixTlsSpec {
    pub(crate) hosts: Vec<String>,
    pub(crate) secret: SecretReference,
}

#[derive(Object)]
pub(crate) struct SecretReference {
    pub(crate) name: String,
    pub(crate) namespace: String,
}

/// Never its data: the host makes the facts.
#[derive(Object)]
#[object(kind = "v1/Secret")]
pub(crate) struct Secret {
    pub(crate) facts: SecretFacts,
}

#[derive(Object)]
pub(crate) struct SecretFacts {
    pub(crate) keys: Vec<SecretKey>,
    pub(crate) certificate: Option<CertificateFacts>,
}

#[derive(Object)]
pub(crate) struct SecretKey {
    pub(crate) name: String,
    pub(crate) empty: bool,
}

#[derive(Object)]
pub(crate) struct CertificateFacts {
    pub(crate) issuer: String,
    pub(crate) names: Vec<String>,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) not_after: Option<Timestamp>,
    /// Why it could not be read.
    pub(crate) unreadable: String,
}

#[derive(Object)]
#[object(kind = "cert-manager.io/v1/Certificate")]
pub(crate) struct Certificate {
    pub(crate) spec: CertificateSpec,
    pub(crate) status: CertificateStatus,
}

#[derive(Object)]
pub(crate) struct CertificateSpec {
    pub(crate) secret_name: String,
    pub(crate) common_name: String,
    pub(crate) dns_names: Vec<String>,
    pub(crate) issuer_ref: IssuerReference,
}

#[derive(Object)]
pub(crate) struct IssuerReference {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) group: String,
}

#[derive(Object)]
pub(crate) struct CertificateStatus {
    pub(crate) conditions: Vec<Explained>,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) not_after: Option<Timestamp>,
    pub(crate) renewal_time: Option<Timestamp>,
    pub(crate) failed_issuance_attempts: i64,
    pub(crate) last_failure_time: Option<Timestamp>,
}

#[derive(Object)]
#[object(kind = "cert-manager.io/v1/Issuer")]
pub(crate) struct Issuer {
    pub(crate) status: IssuerStatus,
}

#[derive(Object)]
#[object(kind = "cert-manager.io/v1/ClusterIssuer")]
pub(crate) struct ClusterIssuer {
    pub(crate) status: IssuerStatus,
}

#[derive(Object)]
pub(crate) struct IssuerStatus {
    pub(crate) conditions: Vec<Explained>,
}

#[derive(Object)]
#[object(kind = "cert-manager.io/v1/CertificateRequest")]
pub(crate) struct CertificateRequest {
    pub(crate) status: CertificateRequestStatus,
}

#[derive(Object)]
pub(crate) struct CertificateRequestStatus {
    pub(crate) conditions: Vec<Explained>,
}

#[derive(Object)]
#[object(kind = "acme.cert-manager.io/v1/Order")]
pub(crate) struct Order {
    pub(crate) status: OrderStatus,
}

#[derive(Object)]
pub(crate) struct OrderStatus {
    pub(crate) state: String,
    pub(crate) reason: String,
}

#[derive(Object)]
#[object(kind = "acme.cert-manager.io/v1/Challenge")]
pub(crate) struct Challenge {
    pub(crate) spec: ChallengeSpec,
    pub(crate) status: ChallengeStatus,
}

#[derive(Object)]
pub(crate) struct ChallengeSpec {
    pub(crate) dns_name: String,
    #[object(rename = "type")]
    pub(crate) kind: String,
}

#[derive(Object)]
pub(crate) struct ChallengeStatus {
    pub(crate) state: String,
    pub(crate) reason: String,
}
