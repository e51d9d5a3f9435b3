//! Endpoints against servers on loopback: good ones, broken ones, and ones that try to get or keep a credential.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::*;
use crate::capability::{CredentialKind, MatchKind};

const TOKEN: &str = "sk-bsq-0123456789/abc";

/// What a server does with a connection, given the head and the first bytes of the request.
type Serve = fn(TcpStream, String);

/// A server for the rest of the test process.
fn server(serve: Serve) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut stream = stream;
                let request = head(&mut stream);
                serve(stream, request);
            });
        }
    });
    address
}

fn head(stream: &mut impl Read) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
    String::from_utf8_lossy(&request).into_owned()
}

fn respond(mut stream: impl Write, head: &str, body: &str) {
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
}

fn section(url: &str) -> EndpointSection {
    EndpointSection {
        url: url.parse().unwrap(),
        token: None,
        ca: None,
        tenant: None,
        timeout: Some(crate::settings::duration::Span(Duration::from_secs(5))),
    }
}

fn endpoints(section: EndpointSection) -> Endpoints {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sections = BTreeMap::from([("coreai".to_owned(), section)]);
    Endpoints::new(sections, None, Arc::new(Ledger::default()))
}

fn at(address: SocketAddr) -> Endpoints {
    endpoints(section(&format!("http://{address}/api")))
}

fn with_token(address: SocketAddr) -> (tempfile::TempDir, Endpoints) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    let section = EndpointSection {
        token: Some(TokenSource::File(path)),
        tenant: Some("platform".to_owned()),
        ..section(&format!("http://{address}/api"))
    };
    (folder, endpoints(section))
}

fn request(path: &str) -> HttpRequest {
    HttpRequest {
        endpoint: "coreai".to_owned(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        headers: BTreeMap::new(),
        body: None,
        with_credential: true,
        prefixes: vec!["/v1".to_owned()],
    }
}

async fn send(endpoints: &Endpoints, request: &HttpRequest) -> Result<HttpAnswer, ReadError> {
    match endpoints.http(request).await? {
        Body::Http(answer) => Ok(answer),
        other => panic!("{other:?}"),
    }
}

fn text(answer: &HttpAnswer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[tokio::test]
async fn a_request_has_the_hosts_credential_and_tenant_and_the_ledger_knows_it() {
    let (_folder, endpoints) = with_token(server(|stream, request| {
        let has = |line: &str| request.to_lowercase().contains(line);
        let is_right = request.starts_with("GET /api/v1/models?a=b+c HTTP/1.1")
            && has(&format!("authorization: bearer {TOKEN}"))
            && has("x-scope-orgid: platform")
            && has("accept: text/plain");
        respond(stream, "200 OK", if is_right { "right" } else { "wrong" });
    }));
    let mut request = request("/v1/models");
    request.query = vec![("a".to_owned(), "b c".to_owned())];
    request
        .headers
        .insert("accept".to_owned(), "text/plain".to_owned());
    assert_eq!(text(&send(&endpoints, &request).await.unwrap()), "right");
    let rows = endpoints.ledger.rows();
    assert_eq!(
        (rows[0].path.as_str(), rows[0].bytes_in),
        ("/api/v1/models", 5)
    );
    assert_eq!(rows[0].answers["200"], 1);
}

#[tokio::test]
async fn a_request_without_credential_has_none() {
    let (_folder, endpoints) = with_token(server(|stream, request| {
        let has = request.to_lowercase().contains("authorization");
        respond(stream, "200 OK", if has { "sent" } else { "none" });
    }));
    let mut request = request("/v1/models");
    request.with_credential = false;
    assert_eq!(text(&send(&endpoints, &request).await.unwrap()), "none");
}

#[tokio::test]
async fn the_credential_and_cookies_are_taken_out_of_the_answer() {
    let (_folder, endpoints) = with_token(server(|stream, request| {
        let head = format!(
            "401 Unauthorized\r\nset-cookie: session=1\r\nauthorization: x\r\nx-echo: {TOKEN}"
        );
        respond(stream, &head, &request);
    }));
    let answer = send(&endpoints, &request("/v1/models")).await.unwrap();
    assert_eq!(answer.status, 401);
    let all = format!("{:?} {}", answer.headers, text(&answer));
    for secret in [TOKEN, "0123456789", "set-cookie", "session=1"] {
        assert!(!all.contains(secret), "{all}");
    }
    assert!(all.contains("Bearer [redacted:credential]"), "{all}");
}

#[tokio::test]
async fn redirects_within_the_prefix_are_followed_and_others_are_handed_back() {
    let endpoints = at(server(|stream, request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let to = match path {
            "/api/v1/a" => "/api/v1/b",
            "/api/v1/out" => "/api/admin",
            "/api/v1/away" => "http://127.0.0.2/api/v1/b",
            "/api/v1/loop" => "/api/v1/loop",
            _ => return respond(stream, "200 OK", path),
        };
        respond(stream, &format!("302 Found\r\nlocation: {to}"), "");
    }));
    for (path, status, redirects) in [
        ("/v1/a", 200, 1),
        ("/v1/out", 302, 0),
        ("/v1/away", 302, 0),
        ("/v1/loop", 302, 5),
    ] {
        let answer = send(&endpoints, &request(path)).await.unwrap();
        assert_eq!(
            (answer.status, answer.redirects),
            (status, redirects),
            "{path}"
        );
    }
    let mut post = request("/v1/a");
    post.method = "POST".to_owned();
    post.body = Some("{}".to_owned());
    assert_eq!(send(&endpoints, &post).await.unwrap().status, 302);
}

#[tokio::test]
async fn broken_servers_have_typed_errors() {
    let cases: [(&str, Serve, ErrorCode, Option<&str>); 7] = [
        (
            "no answer",
            |_, _| {},
            ErrorCode::Unavailable,
            Some("body-incomplete"),
        ),
        (
            "half a body",
            |mut stream, _| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
            },
            ErrorCode::Unavailable,
            Some("body-incomplete"),
        ),
        (
            "half a chunk",
            |mut stream, _| {
                let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf";
                let _ = stream.write_all(head);
            },
            ErrorCode::Unavailable,
            Some("body-incomplete"),
        ),
        (
            "not HTTP",
            |mut stream, _| {
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n\r\n");
            },
            ErrorCode::Invalid,
            None,
        ),
        (
            "headers without end",
            |mut stream, _| {
                let line = format!("x: {}\r\n", "y".repeat(4096));
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
                while stream.write_all(line.as_bytes()).is_ok() {}
            },
            ErrorCode::Invalid,
            None,
        ),
        (
            "an encoding that was not asked for",
            |stream, _| respond(stream, "200 OK\r\ncontent-encoding: gzip", "x"),
            ErrorCode::Invalid,
            None,
        ),
        (
            "a byte now and then",
            |mut stream, _| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
                while stream.write_all(b"x").is_ok() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            },
            ErrorCode::Timeout,
            None,
        ),
    ];
    for (what, serve, code, cause) in cases {
        let mut section = section(&format!("http://{}/", server(serve)));
        section.timeout = Some(crate::settings::duration::Span(Duration::from_secs(1)));
        let endpoints = endpoints(section);
        let error = send(&endpoints, &request("/v1")).await.expect_err(what);
        let found = error.attributes.get("cause").map(String::as_str);
        assert_eq!((error.code, found), (code, cause), "{what}: {error}");
    }
}

#[tokio::test]
async fn nobody_there_a_reset_and_silence_are_told_apart() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = send(&at(closed), &request("/v1")).await.unwrap_err();
    assert_eq!(error.attributes["cause"], "refused", "{error}");

    // A connection that is closed with the request unread is reset.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut byte = [0];
            let _ = stream.peek(&mut byte);
        }
    });
    let error = send(&at(address), &request("/v1")).await.unwrap_err();
    assert_eq!(error.attributes["cause"], "reset", "{error}");

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut section = section(&format!("http://{}", silent.local_addr().unwrap()));
    section.timeout = Some(crate::settings::duration::Span(Duration::from_millis(300)));
    let began = Instant::now();
    let error = send(&endpoints(section), &request("/v1"))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Timeout);
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_body_without_end_is_cut() {
    let endpoints = at(server(|mut stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 65_536]).is_ok() {}
    }));
    let answer = send(&endpoints, &request("/v1")).await.unwrap();
    assert!(answer.truncated);
    assert_eq!(answer.body.len(), BODY_CAP);
}

#[tokio::test]
async fn link_local_addresses_are_never_connected_to() {
    for url in [
        "http://169.254.169.254/latest",
        "http://[fe80::1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://0xa9fea9fe/",
        "http://0.0.0.0:80/",
    ] {
        let endpoints = endpoints(section(url));
        let error = send(&endpoints, &request("/v1")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Denied, "{url}");
        assert_eq!(error.attributes["cause"], "address-denied", "{url}");
        assert!(endpoints.ledger.rows().is_empty());
    }
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_a_dns_error() {
    let endpoints = endpoints(section("http://nothing.invalid/"));
    let error = send(&endpoints, &request("/v1")).await.unwrap_err();
    let cause = error.attributes["cause"].as_str();
    assert!(matches!(cause, "dns-nxdomain" | "dns-failed"), "{error}");
}

#[tokio::test]
async fn what_a_check_may_not_send_is_refused_before_anything_leaves() {
    let endpoints = at(server(|stream, _| respond(stream, "200 OK", "")));
    let mut header = request("/v1");
    header
        .headers
        .insert("authorization".to_owned(), "Bearer mine".to_owned());
    let mut split = request("/v1");
    split
        .headers
        .insert("accept".to_owned(), "a\r\nx-evil: 1".to_owned());
    let mut method = request("/v1");
    method.method = "GET / HTTP/1.1".to_owned();
    for request in [
        header,
        split,
        method,
        request("/v1/../admin"),
        request("v1"),
    ] {
        let error = send(&endpoints, &request).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid, "{request:?}");
    }
    assert!(endpoints.ledger.rows().is_empty());
}

#[tokio::test]
async fn an_endpoint_that_is_not_named_is_not_configured() {
    let endpoints = Endpoints::new(BTreeMap::new(), None, Arc::default());
    let error = send(&endpoints, &request("/v1")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotConfigured);
    assert_eq!(error.message, "no [endpoint.coreai] in bsq.toml");
}

#[tokio::test]
async fn a_credential_that_cannot_be_found_is_an_error_that_names_its_place() {
    let section = EndpointSection {
        token: Some(TokenSource::File(PathBuf::from("/nowhere/token"))),
        ..section("http://127.0.0.1:9/")
    };
    let error = send(&endpoints(section), &request("/v1"))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Other);
    assert!(error.message.contains("`/nowhere/token`"), "{error}");
}

#[tokio::test]
async fn credential_facts_ask_no_network() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (_folder, endpoints) = with_token(closed);
    match endpoints.credential("coreai").await.unwrap() {
        Body::Credential(facts) => assert_eq!(facts.kind, CredentialKind::SkBsq),
        other => panic!("{other:?}"),
    }
    match at(closed).credential("coreai").await.unwrap() {
        Body::Credential(facts) => assert_eq!(facts.kind, CredentialKind::None),
        other => panic!("{other:?}"),
    }
}

/// A TLS server with this certificate.
fn tls_server(certificate: &rcgen::Certificate, key: &rcgen::KeyPair) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(session, stream);
            head(&mut stream);
            respond(&mut stream, "200 OK", "secure");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    port
}

#[tokio::test]
async fn certificates_are_checked_and_what_is_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let stranger = rcgen::generate_simple_self_signed(["x.test".to_owned()]).unwrap();
    for (name, year, is_trusted, cause) in [
        ("localhost", 2096, true, None),
        ("localhost", 2001, true, Some("tls-expired")),
        ("localhost", 2096, false, Some("tls-unknown-issuer")),
        ("other.test", 2096, true, Some("tls-name")),
    ] {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        let port = tls_server(&certificate, &key);
        let ca = folder.path().join("ca.pem");
        let trusted = if is_trusted {
            &certificate
        } else {
            &stranger.cert
        };
        std::fs::write(&ca, trusted.pem()).unwrap();
        let endpoints = endpoints(EndpointSection {
            ca: Some(ca),
            ..section(&format!("https://localhost:{port}/"))
        });
        match (send(&endpoints, &request("/v1")).await, cause) {
            (Ok(answer), None) => assert_eq!(text(&answer), "secure"),
            (Err(error), Some(cause)) => assert_eq!(error.attributes["cause"], cause, "{error}"),
            (other, _) => panic!("{name} {year} {is_trusted}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_without_tls_is_a_tls_error_and_a_broken_ca_file_says_so() {
    let plain = server(|stream, _| respond(stream, "400 Bad Request", ""));
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let certificate = rcgen::generate_simple_self_signed(["x.test".to_owned()]).unwrap();
    std::fs::write(&ca, certificate.cert.pem()).unwrap();
    let secure = EndpointSection {
        ca: Some(ca.clone()),
        timeout: Some(crate::settings::duration::Span(Duration::from_secs(2))),
        ..section(&format!("https://localhost:{}/", plain.port()))
    };
    // The server waits for a head that never ends; closing it is what a client sees of most such servers.
    let error = send(&endpoints(secure.clone()), &request("/v1"))
        .await
        .unwrap_err();
    assert!(
        matches!(error.code, ErrorCode::Unavailable | ErrorCode::Timeout),
        "{error}"
    );
    std::fs::write(&ca, "no certificate").unwrap();
    let error = send(&endpoints(secure), &request("/v1")).await.unwrap_err();
    assert!(
        error.message.contains("holds no PEM certificate"),
        "{error}"
    );
}

/// An API server that proxies to one service.
struct Proxy;

#[async_trait]
impl ApiServer for Proxy {
    async fn proxy(
        &self,
        service: &ServiceBase,
        request: http::Request<Vec<u8>>,
        _timeout: Duration,
        _cap: usize,
    ) -> Result<Raw, ReadError> {
        assert!(request.headers().get("authorization").is_none());
        let (status, body) = match service.name.as_str() {
            "loki" => (200, format!(r#"{{"data":{{"resultType":"streams","result":[{{"stream":{{"q":"{}"}},"values":[["5","line"]]}}]}}}}"#, request.uri().path())),
            "forbidden" => (403, r#"{"kind":"Status","apiVersion":"v1","message":"services \"forbidden\" is forbidden"}"#.to_owned()),
            _ => (503, r#"{"kind":"Status","apiVersion":"v1","message":"no endpoints available"}"#.to_owned()),
        };
        Ok(Raw {
            status,
            headers: http::HeaderMap::new(),
            body: body.into_bytes(),
            truncated: false,
        })
    }

    async fn secret_value(&self, secret: &SecretRef) -> Result<String, ReadError> {
        Ok(format!("value-of-{}", secret.key))
    }
}

fn behind_proxy(name: &str, url: &str, token: Option<TokenSource>) -> Endpoints {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let section = EndpointSection {
        token,
        ..section(url)
    };
    let sections = BTreeMap::from([(name.to_owned(), section)]);
    Endpoints::new(sections, Some(Arc::new(Proxy)), Arc::default())
}

#[tokio::test]
async fn a_service_is_reached_through_the_api_server_and_its_refusals_are_typed() {
    for (service, code) in [
        ("forbidden", ErrorCode::Forbidden),
        ("gone", ErrorCode::Unavailable),
    ] {
        let endpoints = behind_proxy("coreai", &format!("service://ns/{service}:80"), None);
        let error = send(&endpoints, &request("/v1")).await.unwrap_err();
        assert_eq!(error.code, code, "{error}");
    }
}

#[tokio::test]
async fn log_lines_come_from_loki_behind_the_proxy() {
    let endpoints = behind_proxy("loki", "service://monitoring/loki:3100/base", None);
    let request = crate::capability::LogsRequest {
        labels: vec![crate::capability::LabelMatch {
            name: "namespace".to_owned(),
            kind: MatchKind::Equal,
            values: vec!["data".to_owned()],
        }],
        text: Vec::new(),
        start: "2026-11-23T05:00:00Z".to_owned(),
        end: "2026-11-23T06:00:00Z".to_owned(),
        backward: true,
        limit: 10,
    };
    match crate::capability::logs::query(&endpoints, &request)
        .await
        .unwrap()
    {
        Body::Logs(page) => {
            assert_eq!(page.lines[0].text, "line");
            assert_eq!(page.streams[0]["q"], "/base/loki/api/v1/query_range");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_from_a_secret_is_read_by_the_host_and_known_afterwards() {
    let secret = SecretRef {
        namespace: "ns".to_owned(),
        name: "name".to_owned(),
        key: "key".to_owned(),
    };
    let address = server(|stream, request| {
        let is_sent = request.to_lowercase().contains("bearer value-of-key");
        respond(stream, "200 OK", if is_sent { "sent" } else { "none" });
    });
    let endpoints = behind_proxy(
        "coreai",
        &format!("http://{address}/"),
        Some(TokenSource::Secret(secret)),
    );
    assert!(endpoints.known_credentials().is_empty());
    assert_eq!(
        text(&send(&endpoints, &request("/v1")).await.unwrap()),
        "sent"
    );
    assert_eq!(endpoints.known_credentials().len(), 1);
}
