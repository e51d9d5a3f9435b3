#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::sync::Mutex;

use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::capability::endpoint::{ApiServer as _, SecretRef, ServiceBase};
use crate::capability::{Body, ListRequest, Mask, ObjectRequest, PodLogRequest, Row};

/// A server that sends, byte for byte, what a test says for each request, and notes the requests.
struct Server {
    origin: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// What the server does with its nth request, given the request's head.
type Script = fn(usize, &str) -> Deed;

enum Deed {
    /// These bytes, then the end of the connection.
    Send(Vec<u8>),
    /// This head, and a body that never ends.
    Flood(&'static str),
    Hang,
    /// This head, and then nothing.
    Stall(&'static str),
    Reset,
}

impl Server {
    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&seen), script));
            }
        });
        Self { origin, requests }
    }

    fn connect(&self, deadline: Duration) -> Connection {
        let mut config = kube::Config::new(self.origin.parse().unwrap());
        config.default_retry = false;
        let client = kube::Client::try_from(config).unwrap();
        Connection::new(client, &self.origin, Arc::default(), Some(deadline))
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>, script: Script) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(head.clone());
        seen.len()
    };
    match script(number, &head) {
        Deed::Send(bytes) => {
            let _ = stream.write_all(&bytes).await;
        }
        Deed::Flood(start) => {
            let _ = stream.write_all(start.as_bytes()).await;
            let chunk = vec![b' '; 1 << 16];
            while stream.write_all(&chunk).await.is_ok() {}
        }
        Deed::Hang => std::future::pending().await,
        Deed::Stall(start) => {
            let _ = stream.write_all(start.as_bytes()).await;
            std::future::pending().await
        }
        Deed::Reset => stream.set_zero_linger().unwrap(),
    }
}

fn answer(status: u16, body: &str) -> Deed {
    answer_with(status, "", body)
}

fn answer_with(status: u16, header: &str, body: &str) -> Deed {
    Deed::Send(
        format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{header}\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

fn status(code: u16, message: &str) -> Deed {
    let body = json!({"kind": "Status", "message": message, "code": code});
    answer(code, &body.to_string())
}

fn pods(names: &[&str], next: &str) -> Deed {
    let item = |name: &&str| json!({"metadata": {"name": name, "namespace": "data"}, "spec": {"nodeName": "n", "x": 1}});
    let items: Vec<Value> = names.iter().map(item).collect();
    let page = json!({"metadata": {"resourceVersion": "7", "continue": next}, "items": items});
    answer(200, &page.to_string())
}

fn pod() -> Resource {
    Resource::built_in(&"v1/Pod".parse().unwrap()).unwrap()
}

fn list(paths: &[&str], cursor: Option<&str>) -> Request {
    Request::List(ListRequest {
        resource: pod(),
        namespace: Some("data".to_owned()),
        mask: Mask::from_paths(paths).unwrap(),
        facts: false,
        cursor: cursor.map(str::to_owned),
    })
}

fn log(limit: u64) -> Request {
    Request::PodLog(PodLogRequest {
        namespace: "data".to_owned(),
        pod: "a".to_owned(),
        container: Some("c".to_owned()),
        previous: true,
        since: None,
        tail: 5,
        limit,
        timestamps: false,
    })
}

async fn read(script: Script, request: Request) -> Answer {
    let server = Server::start(script).await;
    server.connect(Duration::from_secs(30)).read(&request).await
}

fn names(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| &*row.name).collect()
}

#[tokio::test]
async fn a_page_is_pruned_and_asked_for_in_portions() {
    let server = Server::start(|_, _| pods(&["a", "b"], "t&k")).await;
    let connection = server.connect(Duration::from_secs(2));
    let Ok(Body::List(page)) = connection
        .read(&list(&["spec.nodeName"], Some("c=1")))
        .await
    else {
        panic!("a page");
    };
    assert_eq!(names(&page.rows), ["a", "b"]);
    assert_eq!(page.next.as_deref(), Some("t&k"));
    assert!(!page.rows[0].json.get().contains("\"x\""));
    let request = &server.requests()[0];
    let line = "GET /api/v1/namespaces/data/pods?limit=500&continue=c%3D1 HTTP/1.1";
    assert!(request.starts_with(line), "{request}");
    assert!(request.contains("accept-encoding: identity"));
    let rows = connection.ledger.rows();
    assert_eq!(
        (rows[0].path.as_str(), rows[0].answers["200"]),
        ("/api/v1/namespaces/data/pods", 1)
    );
    assert!(rows[0].bytes_in > 0);
}

#[tokio::test]
async fn metadata_alone_is_asked_for_alone() {
    let server = Server::start(|_, _| pods(&["a"], "")).await;
    let connection = server.connect(Duration::from_secs(2));
    connection
        .read(&list(&["metadata.labels"], None))
        .await
        .unwrap();
    assert!(server.requests()[0].contains("as=PartialObjectMetadataList"));
}

#[rstest]
#[case::html(|_: usize, _: &str| answer(200, "<html>please log in</html>"), ErrorCode::Invalid, "html")]
#[case::no_json(|_: usize, _: &str| answer(200, "{\"items\": [nonsense]}"), ErrorCode::Invalid, "not-json")]
#[case::no_list(|_: usize, _: &str| answer(200, "{}"), ErrorCode::Invalid, "no-list")]
#[case::half_a_page(|_: usize, _: &str| answer(200, "{\"items\": [{\"metadata\":"), ErrorCode::Invalid, "half-answer")]
#[case::half_a_body(|_: usize, _: &str| Deed::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{\"items\": [".to_vec()), ErrorCode::Unavailable, "connection-closed")]
#[case::reset(|_: usize, _: &str| Deed::Reset, ErrorCode::Unavailable, "connection-reset")]
#[case::flood(|_: usize, _: &str| Deed::Flood("HTTP/1.1 200 OK\r\n\r\n{\"items\": ["), ErrorCode::TooLarge, "answer-too-large")]
#[case::huge_object(|_: usize, _: &str| Deed::Flood("HTTP/1.1 200 OK\r\n\r\n{\"items\": [\""), ErrorCode::TooLarge, "object-too-large")]
#[case::closes_at_once(|_: usize, _: &str| Deed::Send(Vec::new()), ErrorCode::Unavailable, "connection-closed")]
#[case::unauthorized(|_: usize, _: &str| status(401, "Unauthorized"), ErrorCode::Other, "unauthorized")]
#[case::forbidden(|_: usize, _: &str| status(403, "pods is forbidden: User \"u\" cannot list"), ErrorCode::Forbidden, "")]
#[case::not_served(|_: usize, _: &str| answer(404, "404 page not found"), ErrorCode::Absent, "")]
#[case::redirect(|_: usize, _: &str| answer_with(302, "location: http://127.0.0.1:1/\r\n", ""), ErrorCode::Invalid, "redirect")]
#[case::broken(|_: usize, _: &str| status(500, "etcdserver: no leader"), ErrorCode::Unavailable, "")]
#[case::expired(|_: usize, _: &str| status(410, "too old"), ErrorCode::Expired, "")]
#[tokio::test]
async fn a_broken_server_is_a_typed_error(
    #[case] script: Script,
    #[case] code: ErrorCode,
    #[case] cause: &str,
) {
    let error = read(script, list(&["spec"], None)).await.unwrap_err();
    let found = error.attributes.get("cause").map_or("", String::as_str);
    assert_eq!((error.code, found), (code, cause), "{error}");
    assert!(
        error.message.starts_with("list v1/Pod in data: "),
        "{error}"
    );
}

#[rstest]
#[case::at_once(|_: usize, _: &str| Deed::Hang)]
#[case::in_the_middle(|_: usize, _: &str| Deed::Stall("HTTP/1.1 200 OK\r\n\r\n{\"items\": ["))]
#[tokio::test]
async fn a_server_that_hangs_times_out(#[case] script: Script) {
    let server = Server::start(script).await;
    let connection = server.connect(Duration::from_millis(200));
    let error = connection.read(&list(&["spec"], None)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Timeout);
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let server = Server {
        origin,
        requests: Arc::default(),
    };
    let connection = server.connect(Duration::from_secs(2));
    let error = connection.read(&Request::Version).await.unwrap_err();
    assert_eq!(error.attributes["cause"], "connection-refused");
    assert_eq!(connection.ledger.rows()[0].answers["failed"], 1);
}

#[rstest]
#[case::throttled(|number: usize, _: &str| if number < 3 { answer_with(429, "retry-after: 0\r\n", "") } else { pods(&["a"], "") })]
#[case::unavailable(|number: usize, _: &str| if number < 2 { answer_with(503, "retry-after: 0\r\n", "") } else { pods(&["a"], "") })]
#[case::reset(|number: usize, _: &str| if number < 2 { Deed::Reset } else { pods(&["a"], "") })]
#[tokio::test]
async fn patience_is_given_to_a_server_that_asks_for_it(#[case] script: Script) {
    assert!(read(script, list(&["spec"], None)).await.is_ok());
}

#[tokio::test]
async fn patience_ends_before_the_deadline() {
    let script: Script = |_, _| answer_with(429, "retry-after: 60\r\n", "");
    let error = read(script, list(&["spec"], None)).await.unwrap_err();
    assert_eq!(
        (error.code, error.retry_after_ms),
        (ErrorCode::Throttled, Some(60_000))
    );
}

#[tokio::test]
async fn an_expired_token_goes_on_with_the_one_that_the_server_gives() {
    let script: Script = |_, head| {
        if head.contains("continue=old") {
            let gone =
                json!({"kind": "Status", "metadata": {"continue": "new"}, "message": "too old"});
            answer(410, &gone.to_string())
        } else {
            assert!(head.contains("continue=new"));
            pods(&["c"], "")
        }
    };
    assert!(read(script, list(&["spec"], Some("old"))).await.is_ok());
}

fn three_pages(_: usize, head: &str) -> Deed {
    match head {
        _ if head.contains("continue=second") => pods(&["b"], "third"),
        _ if head.contains("continue=third") => pods(&["c"], ""),
        _ => pods(&["a"], "second"),
    }
}

#[tokio::test]
async fn the_next_page_is_asked_for_before_the_view_asks() {
    let server = Server::start(three_pages).await;
    let connection = server.connect(Duration::from_secs(30));
    connection.read(&list(&["spec"], None)).await.unwrap();
    while server.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(server.requests()[1].contains("continue=second"));
}

#[tokio::test]
async fn a_page_that_was_asked_for_ahead_is_one_request() {
    let server = Server::start(three_pages).await;
    let connection = server.connect(Duration::from_secs(30));
    let (mut cursor, mut seen) = (None::<String>, Vec::new());
    loop {
        let answer = connection.read(&list(&["spec"], cursor.as_deref())).await;
        let Ok(Body::List(page)) = answer else {
            panic!("a page");
        };
        seen.extend(page.rows.iter().map(|row| row.name.to_string()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["a", "b", "c"]);
    assert_eq!(server.requests().len(), 3);
    assert_eq!(connection.ledger.totals().0, 3);
}

#[tokio::test]
async fn a_page_ahead_that_fails_is_asked_for_no_second_time() {
    let script: Script = |_, head| match head {
        _ if head.contains("continue=second") => status(403, "no more"),
        _ => pods(&["a"], "second"),
    };
    let server = Server::start(script).await;
    let connection = server.connect(Duration::from_secs(30));
    connection.read(&list(&["spec"], None)).await.unwrap();
    let answer = connection.read(&list(&["spec"], Some("second"))).await;
    assert_eq!(answer.unwrap_err().code, ErrorCode::Forbidden);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_object_is_read_and_pruned() {
    let request = || {
        Request::Get(ObjectRequest {
            resource: pod(),
            namespace: Some("data".to_owned()),
            name: "a".to_owned(),
            mask: "spec.nodeName".parse().unwrap(),
            facts: false,
        })
    };
    let script: Script = |_, _| {
        answer(
            200,
            "{\"metadata\":{\"name\":\"a\",\"namespace\":\"data\"},\"spec\":{\"x\":1}}",
        )
    };
    let Ok(Body::Object(row)) = read(script, request()).await else {
        panic!("an object");
    };
    assert!(!row.json.get().contains("\"x\""));
    let error = read(|_, _| answer(200, "<html>"), request())
        .await
        .unwrap_err();
    assert_eq!(error.attributes["cause"], "html");
    let error = read(|_, _| status(404, "pods \"a\" not found"), request())
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Absent);
}

#[rstest]
#[case("../../secrets")]
#[case("a/b")]
#[case("a%2fb")]
#[case("..")]
#[case("")]
#[tokio::test]
async fn a_name_that_would_change_the_address_is_refused(#[case] name: &str) {
    let server = Server::start(|_, _| Deed::Hang).await;
    let request = Request::Get(ObjectRequest {
        resource: pod(),
        namespace: Some("data".to_owned()),
        name: name.to_owned(),
        mask: Mask::default(),
        facts: false,
    });
    let error = server
        .connect(Duration::from_secs(2))
        .read(&request)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_end_of_a_log_is_kept_in_whole_lines() {
    let script: Script = |_, head| {
        assert!(head.contains("container=c&previous=true&tailLines=5&limitBytes="));
        answer(200, "first line\nsecond\nthird\n")
    };
    let Ok(Body::PodLog(log)) = read(script, log(16)).await else {
        panic!("a log");
    };
    assert_eq!(
        (log.text.as_str(), log.truncated),
        ("second\nthird\n", true)
    );
}

#[rstest]
#[case(
    400,
    "previous terminated container \"c\" in pod \"a\" not found",
    ErrorCode::Absent
)]
#[case(
    400,
    "container \"c\" in pod \"a\" is waiting to start: ContainerCreating",
    ErrorCode::Absent
)]
#[case(
    400,
    "a container name must be specified for pod a",
    ErrorCode::Invalid
)]
#[case(404, "pods \"a\" not found", ErrorCode::Absent)]
#[tokio::test]
async fn a_container_without_a_log_is_absent(
    #[case] code: u16,
    #[case] message: &str,
    #[case] expected: ErrorCode,
) {
    let error = fault::refused(
        "log",
        http::StatusCode::from_u16(code).unwrap(),
        json!({"message": message}).to_string().as_bytes(),
    );
    assert_eq!(none_yet(error).code, expected);
}

#[tokio::test]
async fn kinds_take_two_requests() {
    let server = Server::start(|_, head| {
        let group = if head.starts_with("GET /apis ") { "apps" } else { "" };
        let served = json!({"resource": "things", "scope": "Namespaced", "responseKind": {"kind": "Thing"}});
        let item = json!({"metadata": {"name": group}, "versions": [{"version": "v1", "resources": [served, {"resource": "x", "scope": "Cluster"}]}]});
        answer(200, &json!({"items": [item]}).to_string())
    })
    .await;
    let Ok(Body::Kinds { kinds }) = server
        .connect(Duration::from_secs(2))
        .read(&Request::Kinds)
        .await
    else {
        panic!("kinds");
    };
    assert_eq!(kinds.len(), 2);
    assert_eq!(
        (kinds[1].group.as_str(), kinds[1].namespaced),
        ("apps", true)
    );
    assert_eq!(server.requests().len(), 2);
}

fn service(tls: bool) -> ServiceBase {
    ServiceBase {
        namespace: "coreai".to_owned(),
        name: "gateway".to_owned(),
        port: "http".to_owned(),
        tls,
        path: String::new(),
    }
}

#[tokio::test]
async fn a_service_is_reached_without_a_token_and_asked_once() {
    let server = Server::start(|_, _| answer(503, "too busy")).await;
    let connection = server.connect(Duration::from_secs(2));
    let request = http::Request::post("/v1/x?a=b")
        .header("authorization", "Bearer sk")
        .body(b"{}".to_vec())
        .unwrap();
    let raw = connection
        .proxy(&service(true), request, Duration::from_secs(2), 3)
        .await
        .unwrap();
    assert_eq!(
        (raw.status, raw.body.as_slice(), raw.truncated),
        (503, &b"too"[..], true)
    );
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let line = "POST /api/v1/namespaces/coreai/services/https:gateway:http/proxy/v1/x?a=b ";
    assert!(requests[0].starts_with(line), "{}", requests[0]);
    assert!(!requests[0].contains("sk"));
}

#[rstest]
#[case(r#"{"data": {"key": "c2stYQ=="}}"#, Ok("sk-a"))]
#[case(r#"{"data": null}"#, Err(ErrorCode::Absent))]
#[case(r#"{"data": {"key": "%%"}}"#, Err(ErrorCode::Invalid))]
#[case(r#"{"data": {"key": 5, "x": "c2VjcmV0"}}"#, Err(ErrorCode::Invalid))]
#[tokio::test]
async fn the_host_reads_the_token_of_an_endpoint(
    #[case] body: &'static str,
    #[case] expected: Result<&str, ErrorCode>,
) {
    static BODY: Mutex<&str> = Mutex::new("");
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = ONE_AT_A_TIME.lock().await;
    *BODY.lock().unwrap() = body;
    let server = Server::start(|_, _| answer(200, &BODY.lock().unwrap())).await;
    let secret = SecretRef {
        namespace: "coreai".to_owned(),
        name: "token".to_owned(),
        key: "key".to_owned(),
    };
    let found = server
        .connect(Duration::from_secs(2))
        .secret_value(&secret)
        .await;
    assert_eq!(found.as_deref().map_err(|error| error.code), expected);
}

#[rstest]
#[case(rustls::CertificateError::Expired, "tls-expired")]
#[case(rustls::CertificateError::UnknownIssuer, "tls-unknown-issuer")]
#[case(rustls::CertificateError::NotValidForName, "tls-name")]
fn a_certificate_that_does_not_hold_is_named(
    #[case] error: rustls::CertificateError,
    #[case] cause: &str,
) {
    let error = std::io::Error::other(rustls::Error::InvalidCertificate(error));
    let error = kube::Error::Service(Box::new(error));
    assert_eq!(fault::broken("list", &error).attributes["cause"], cause);
}

#[rstest]
#[case::missing("", Some("c"), "BSQ0111")]
#[case::no_yaml("a: [", None, "BSQ0112")]
#[case::no_context(
    "apiVersion: v1\nkind: Config\ncontexts: []\nclusters: []\nusers: []\n",
    Some("c"),
    "BSQ0113"
)]
#[case::no_current_context(
    "apiVersion: v1\nkind: Config\ncontexts: []\nclusters: []\nusers: []\n",
    None,
    "BSQ0113"
)]
#[tokio::test]
async fn a_kubeconfig_that_does_not_do_is_a_fault(
    #[case] text: &str,
    #[case] context: Option<&str>,
    #[case] code: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    if !text.is_empty() {
        std::fs::write(&path, text).unwrap();
    }
    let fault = open(&path, context).await.unwrap_err();
    assert_eq!(fault.code, code, "{fault}");
    assert!(!fault.hints.is_empty());
}

async fn open(path: &std::path::Path, context: Option<&str>) -> Result<(), crate::ui::Fault> {
    let options = ConnectOptions {
        kubeconfig: Some(path.to_owned()),
        context: context.map(str::to_owned),
        ..ConnectOptions::default()
    };
    Connection::open(&options, Arc::default()).await.map(|_| ())
}

fn kubeconfig(user: &Value) -> String {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "prod",
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "contexts": [
            {"name": "prod", "context": {"cluster": "c", "user": "u"}},
            {"name": "staging", "context": {"cluster": "c", "user": "u"}},
        ],
        "users": [{"name": "u", "user": user}],
    })
    .to_string()
}

#[tokio::test]
async fn a_context_that_does_not_exist_is_answered_with_those_that_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, kubeconfig(&json!({}))).unwrap();
    let fault = open(&path, Some("prud")).await.unwrap_err();
    assert!(
        fault.hints[0].contains("prod, staging"),
        "{:?}",
        fault.hints
    );
    open(&path, None).await.unwrap();
}

#[tokio::test]
async fn an_exec_plugin_that_fails_says_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let exec = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never",
        "command": "sh", "args": ["-c", "echo no session >&2; exit 3"],
    }});
    std::fs::write(&path, kubeconfig(&exec)).unwrap();
    let fault = open(&path, None).await.unwrap_err();
    assert_eq!(fault.code, "BSQ0115");
    assert!(fault.cause.contains("no session"), "{fault}");
}

#[tokio::test]
async fn an_expired_client_certificate_is_told_before_the_handshake() {
    use base64::Engine as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.not_after = rcgen::date_time_ymd(2020, 1, 2);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let encode = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
    let user = json!({
        "client-certificate-data": encode(certificate.pem()),
        "client-key-data": encode(key.serialize_pem()),
    });
    std::fs::write(&path, kubeconfig(&user)).unwrap();
    let fault = open(&path, None).await.unwrap_err();
    assert_eq!(fault.code, "BSQ0114");
    assert!(fault.cause.contains("2020-01-02"), "{fault}");
}
