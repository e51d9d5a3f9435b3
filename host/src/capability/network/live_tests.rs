//! Handshakes with servers on loopback: good ones, wrong ones, and ones that are no TLS servers at all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream as Stream};
use std::time::Instant;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::*;

/// An authority that no system trusts.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "site authority");
        let certificate = params.self_signed(&key).unwrap();
        Self {
            der: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// The chain and key of a server.
    fn issue(&self, name: &str, years: (i32, i32)) -> (Vec<CertificateDer<'static>>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (vec![certificate.der().clone(), self.der.clone()], key)
    }
}

fn network(authorities: Vec<PathBuf>) -> Network {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Network::new(Vantage::Operator, authorities, Arc::default())
}

/// A network that trusts this authority besides the system's.
fn trusting(authority: &Authority) -> (tempfile::TempDir, Network) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    (folder, network(vec![file]))
}

/// A port that does this with each connection, for the rest of the test process.
fn port(serve: impl Fn(Stream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(serve));
    port
}

fn tls(config: rustls::ServerConfig) -> u16 {
    let config = Arc::new(config);
    port(move |stream| {
        let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = rustls::StreamOwned::new(session, stream);
        let mut nothing = [0; 1];
        // The client says good-bye without a word.
        let _ = stream.read(&mut nothing);
    })
}

fn config() -> rustls::ConfigBuilder<rustls::ServerConfig, rustls::WantsVerifier> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
}

fn plain((chain, key): (Vec<CertificateDer<'static>>, KeyPair)) -> u16 {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = config().with_no_client_auth();
    tls(config.with_single_cert(chain, key.into()).unwrap())
}

async fn look(network: &Network, port: u16) -> Result<Handshake, ReadError> {
    match network.handshake("localhost", port).await? {
        Body::Handshake(shaken) => Ok(shaken),
        other => panic!("{other:?}"),
    }
}

fn code(shaken: &Handshake) -> &str {
    shaken
        .problem
        .as_ref()
        .map_or("", |problem| problem.code.as_str())
}

#[tokio::test]
async fn a_chain_is_told_with_what_is_wrong_with_it() {
    let authority = Authority::new();
    let (_folder, trusting) = trusting(&authority);
    let strange = network(Vec::new());
    for (name, years, network, expected) in [
        ("localhost", (2000, 2096), &trusting, ""),
        ("localhost", (2000, 2096), &strange, "tls-unknown-issuer"),
        ("localhost", (2000, 2001), &trusting, "tls-expired"),
        ("localhost", (2095, 2096), &trusting, "tls-not-yet-valid"),
        ("other.test", (2000, 2096), &trusting, "tls-name"),
    ] {
        let shaken = look(network, plain(authority.issue(name, years))).await;
        let shaken = shaken.unwrap();
        assert_eq!(code(&shaken), expected, "{name} {years:?}");
        assert_eq!(shaken.chain.len(), 2);
        let leaf = &shaken.chain[0];
        assert_eq!(leaf.names, [name]);
        assert_eq!(leaf.issuer, "CN=site authority");
        let year = leaf.not_after / 31_556_952 + 1970;
        assert_eq!(year, i64::from(years.1));
        assert_eq!(shaken.vantage, Vantage::Operator);
        assert!(["127.0.0.1", "::1"].contains(&shaken.address.as_str()));
    }
    // Every look-up and every handshake is in the ledger.
    let rows = trusting.ledger.rows();
    let answers: Vec<_> = rows
        .iter()
        .map(|row| format!("{} {:?}", row.method, row.answers))
        .collect();
    assert_eq!(rows.len(), 5, "{answers:?}");
    assert_eq!(rows[0].answers["found"], 4, "{answers:?}");
    assert!(
        rows[1].bytes_in > 500 && rows[1].answers["done"] == 1,
        "{answers:?}"
    );
}

#[tokio::test]
async fn one_that_signed_itself_has_an_unknown_issuer_whatever_it_may_be_used_for() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = is_ca;
        let certificate = params.self_signed(&key).unwrap();
        let port = plain((vec![certificate.der().clone()], key));
        let shaken = look(&network(Vec::new()), port).await.unwrap();
        assert_eq!(code(&shaken), "tls-unknown-issuer");
    }
}

#[tokio::test]
async fn a_chain_is_cut_at_the_cap() {
    let authority = Authority::new();
    let (mut chain, key) = authority.issue("localhost", (2000, 2096));
    chain.extend(std::iter::repeat_n(authority.der.clone(), 30));
    let shaken = look(&network(Vec::new()), plain((chain, key))).await;
    assert_eq!(shaken.unwrap().chain.len(), 10);
}

/// Remembers the name that was asked for.
#[derive(Debug)]
struct ByName(Arc<CertifiedKey>, Arc<Mutex<Vec<String>>>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().unwrap_or_default().to_owned();
        self.1.lock().unwrap().push(name);
        Some(Arc::clone(&self.0))
    }
}

fn certified((chain, key): (Vec<CertificateDer<'static>>, &KeyPair)) -> Arc<CertifiedKey> {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let key = rustls::crypto::ring::sign::any_supported_type(&key.into()).unwrap();
    Arc::new(CertifiedKey::new(chain, key))
}

#[tokio::test]
async fn the_server_is_asked_for_the_name() {
    let (chain, key) = Authority::new().issue("localhost", (2000, 2096));
    let names = Arc::default();
    let by_name = ByName(certified((chain, &key)), Arc::clone(&names));
    let config = config().with_no_client_auth();
    let port = tls(config.with_cert_resolver(Arc::new(by_name)));
    look(&network(Vec::new()), port).await.unwrap();
    assert_eq!(*names.lock().unwrap(), ["localhost"]);
}

#[tokio::test]
async fn a_certificate_that_is_not_the_servers_own_is_not_trusted() {
    let authority = Authority::new();
    let (_folder, trusting) = trusting(&authority);
    let (chain, _) = authority.issue("localhost", (2000, 2096));
    let strange = KeyPair::generate().unwrap();
    let by_name = ByName(certified((chain, &strange)), Arc::default());
    let config = config().with_no_client_auth();
    let port = tls(config.with_cert_resolver(Arc::new(by_name)));
    let shaken = look(&trusting, port).await.unwrap();
    assert_eq!(code(&shaken), "tls");
    assert_eq!(shaken.chain[0].names, ["localhost"]);
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_has_shown_its_own() {
    let authority = Authority::new();
    let (_folder, trusting) = trusting(&authority);
    let (chain, key) = authority.issue("localhost", (2000, 2096));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.der.clone()).unwrap();
    let wants = rustls::server::WebPkiClientVerifier::builder_with_provider(
        Arc::new(roots),
        Arc::new(rustls::crypto::ring::default_provider()),
    );
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // In TLS 1.2 the refusal comes within the handshake.
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_client_cert_verifier(wants.build().unwrap());
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let port = tls(config.with_single_cert(chain, key.into()).unwrap());
    let shaken = look(&trusting, port).await.unwrap();
    assert_eq!((code(&shaken), shaken.chain.len()), ("", 2));
}

#[tokio::test]
async fn what_is_no_tls_server_is_a_typed_error() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let drain = |stream: &mut Stream| {
        let mut hello = [0; 4096];
        let _ = stream.read(&mut hello);
    };
    let http = port(move |mut stream| {
        drain(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    });
    let silent_end = port(move |mut stream| drain(&mut stream));
    // An alert of the level fatal: no common protocol.
    let refusing = port(move |mut stream| {
        drain(&mut stream);
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 70]);
    });
    // Messages that are allowed before a certificate, without end.
    let endless = port(move |mut stream| {
        drain(&mut stream);
        let mut record = vec![22, 3, 3, 0x3f, 0xfc, 11, 0xff, 0xff, 0xff];
        record.resize(5 + 0x3ffc, 0);
        while stream.write_all(&record).is_ok() {}
    });
    for (what, port, cause, words) in [
        ("nobody", closed, "refused", "the connection was refused"),
        ("HTTP", http, "tls", "it does not speak TLS"),
        (
            "the end",
            silent_end,
            "tls",
            "it closed the connection in the handshake",
        ),
        (
            "a refusal",
            refusing,
            "tls",
            "it refused the handshake: ProtocolVersion",
        ),
    ] {
        let error = look(&network(Vec::new()), port).await.expect_err(what);
        assert_eq!(error.code, ErrorCode::Unavailable, "{what}: {error}");
        assert_eq!(error.attributes["cause"], cause, "{what}: {error}");
        assert_eq!(error.message, format!("`localhost:{port}`: {words}"));
    }
    let error = look(&network(Vec::new()), endless).await.unwrap_err();
    assert!(
        matches!(error.code, ErrorCode::Unavailable | ErrorCode::TooLarge),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let network = network(Vec::new());
    let began = Instant::now();
    let error = look(&network, port).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Timeout, "{error}");
    assert!(began.elapsed() < HANDSHAKE_TIMEOUT + Duration::from_secs(3));
    let rows = network.ledger.rows();
    assert_eq!(rows[1].answers["failed"], 1, "{rows:?}");
}

#[tokio::test]
async fn link_local_addresses_are_never_connected_to() {
    let network = network(Vec::new());
    for host in ["169.254.169.254", "0.0.0.0"] {
        let error = network.handshake(host, 80).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Denied, "{host}: {error}");
        assert_eq!(error.attributes["cause"], "address-denied");
    }
    // Addresses in other spellings are no host names.
    for host in ["0xa9fea9fe", "2852039166", "169.254.43518"] {
        let error = network.handshake(host, 80).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid, "{host}: {error}");
    }
    let rows = network.ledger.rows();
    assert!(rows.iter().all(|row| row.method == "RESOLVE"), "{rows:?}");
}

#[tokio::test]
async fn names_are_resolved_by_the_system() {
    let network = network(Vec::new());
    let Body::Addresses(found) = network.resolve("localhost").await.unwrap() else {
        panic!("addresses")
    };
    assert!(
        found.addresses.contains(&"127.0.0.1".to_owned()),
        "{found:?}"
    );
    let error = network.resolve("nothing.invalid").await.unwrap_err();
    let cause = error.attributes["cause"].as_str();
    assert!(
        matches!(
            (error.code, cause),
            (ErrorCode::Absent, "dns-nxdomain") | (ErrorCode::Unavailable, "dns-failed")
        ),
        "{error}"
    );
}

#[tokio::test]
async fn an_address_that_takes_no_connection_is_waited_for_once() {
    let network = network(Vec::new());
    let address = "127.0.0.1:9".parse().unwrap();
    network.note_silent(address);
    let began = Instant::now();
    let error = network.handshake("127.0.0.1", 9).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Timeout);
    assert!(began.elapsed() < CONNECT_TIMEOUT);
}

#[tokio::test]
async fn without_trust_nothing_is_said_of_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "no certificate").unwrap();
    for (file, words) in [
        (file, "holds no PEM certificate"),
        (PathBuf::from("/nowhere/ca.pem"), "cannot be read"),
    ] {
        let error = look(&network(vec![file]), 9).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Other);
        assert!(error.message.contains(words), "{error}");
    }
}
