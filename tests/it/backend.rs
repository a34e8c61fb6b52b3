//! What every backend must do: answer, bound, cut, and say honestly what is known.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rutter::backend::{
    Backend, Command, Credentials, Cut, HttpCall, Operation, Reply, Request, Router, Sensitive, Settings,
};
use rutter::ids::{RunId, StepKey};
use rutter::value::{
    BackendKind, CommandOutcome, Effect, HttpOutcome, Login, Outcome, SecretString, Shell, Target,
};
use tokio_util::sync::CancellationToken;

fn target(backend: BackendKind, shell: Shell) -> Target {
    Target {
        name: "here".to_owned(),
        backend,
        address: String::new(),
        shell,
        user: None,
        port: None,
        jump: None,
        login: Login::default(),
        auth: None,
        headers: vec![],
        env: vec![("FROM_TARGET".to_owned(), "t".to_owned())],
        within: None,
    }
}

fn request(backend: BackendKind, shell: Shell, operation: Operation) -> Request {
    Request {
        key: StepKey("stage:1/0".into()),
        effect: Effect::Run,
        target: Arc::new(target(backend, shell)),
        credentials: Credentials::default(),
        operation,
        within: Duration::from_secs(20),
        claim: None,
        terms: Default::default(),
    }
}

fn command(text: &str) -> Command {
    Command { text: text.to_owned(), ..Command::default() }
}

fn local(shell: Shell, command: Command) -> Request {
    request(BackendKind::Local, shell, Operation::Command(command))
}

fn http(method: &str, url: &str) -> Request {
    let call = HttpCall { method: method.to_owned(), url: url.to_owned(), ..HttpCall::default() };
    request(BackendKind::Http, Shell::Sh, Operation::Http(call))
}

fn call(request: &mut Request) -> &mut HttpCall {
    match &mut request.operation {
        Operation::Http(call) => call,
        _ => panic!("not over HTTP"),
    }
}

/// Performs a request and gives its reply, its lines of output, and how long it took.
async fn perform_all(request: &Request, cancel: &CancellationToken) -> (Reply, Vec<String>, Duration) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let output = Arc::new(move |_: &StepKey, line: &str| sink.lock().unwrap().push(line.to_owned()));
    let router = Router::new(&RunId("test".into()), output, Settings::default());
    let began = Instant::now();
    let reply = router.perform(request, cancel).await;
    let lines = lines.lock().unwrap().clone();
    (reply, lines, began.elapsed())
}

async fn perform(request: &Request) -> Reply {
    perform_all(request, &CancellationToken::new()).await.0
}

async fn ran(shell: Shell, text: &str) -> CommandOutcome {
    answered(perform(&local(shell, command(text))).await)
}

#[track_caller]
fn answered(reply: Reply) -> CommandOutcome {
    match reply {
        Reply::Answered(Outcome::Command(outcome)) => outcome,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn page(reply: Reply) -> HttpOutcome {
    match reply {
        Reply::Answered(Outcome::Http(outcome)) => outcome,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn not_sent(reply: Reply) -> String {
    match reply {
        Reply::NotSent { why } | Reply::Refused { why } => why,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn unknown(reply: Reply) -> (Cut, String) {
    match reply {
        Reply::Unknown { why, detail } => (why, detail),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_command_answers_with_its_output_and_exit_code() {
    for shell in [Shell::Sh, Shell::Bash] {
        let outcome = ran(shell, "echo out; echo err >&2; exit 7").await;
        assert_eq!(
            (&outcome.stdout[..], &outcome.stderr[..], outcome.exit),
            (&b"out\n"[..], &b"err\n"[..], 7)
        );
    }
    assert_eq!(ran(Shell::Sh, "uname -s").await.exit, 0);
    assert_eq!(ran(Shell::Sh, "kill -TERM $$").await.exit, 128 + 15);
    assert_eq!(&ran(Shell::Sh, "basename 'a b/c d'").await.stdout[..], b"c d\n");
    assert_eq!(&ran(Shell::Sh, "printenv FROM_TARGET").await.stdout[..], b"t\n");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_the_shells_answer() {
    for text in ["no-such-program x", "no-such-program; exit $?"] {
        let outcome = ran(Shell::Sh, text).await;
        assert_eq!(outcome.exit, 127, "{text}");
        assert!(String::from_utf8_lossy(&outcome.stderr).contains("not found"));
    }
    assert_eq!(ran(Shell::Sh, "/etc/passwd x").await.exit, 126);
}

#[tokio::test]
async fn a_shell_that_is_not_there_means_nothing_was_sent() {
    let why = not_sent(perform(&local(Shell::Pwsh, command("Get-Date"))).await);
    assert!(why.contains("is not installed here"), "{why}");
}

#[tokio::test]
async fn a_script_runs_in_strict_mode() {
    let script = |shell, text: &str| local(shell, Command { script: true, ..command(text) });
    let stopped = answered(perform(&script(Shell::Sh, "false\necho on")).await);
    assert_eq!((stopped.exit, &stopped.stdout[..]), (1, &b""[..]));
    assert_ne!(answered(perform(&script(Shell::Sh, "echo $unset")).await).exit, 0);
    assert_ne!(answered(perform(&script(Shell::Bash, "false | cat\necho on")).await).exit, 0);
    assert_eq!(answered(perform(&script(Shell::Bash, "echo a\necho b")).await).stdout, "a\nb\n");
}

#[tokio::test]
async fn input_and_output_larger_than_a_pipe_go_side_by_side() {
    let text = "x".repeat(1_500_000);
    let stdin = Some(Sensitive::Secret(SecretString::new(text.as_str())));
    let outcome = answered(perform(&local(Shell::Sh, Command { stdin, ..command("cat") })).await);
    assert_eq!(outcome.stdout.len(), text.len());
    let stdin = Some(Sensitive::Plain(text));
    assert_eq!(answered(perform(&local(Shell::Sh, Command { stdin, ..command("true") })).await).exit, 0);
    assert_eq!(ran(Shell::Sh, "cat").await.stdout, "");
}

#[tokio::test]
async fn output_is_bounded_and_both_ends_are_kept() {
    let text = "echo first; head -c 40000000 /dev/zero; head -c 100000 /dev/zero >&2; echo last";
    let outcome = ran(Shell::Sh, text).await;
    assert!(outcome.stdout.len() <= 2 * 1024 * 1024, "{}", outcome.stdout.len());
    assert!(outcome.stdout.starts_with(b"first\n") && outcome.stdout.ends_with(b"last\n"));
    assert_eq!(outcome.dropped() as usize + outcome.stdout.len(), 40_000_000 + 11);
    assert_eq!(outcome.stderr.len(), 100_000);
}

#[tokio::test]
async fn lines_are_told_as_they_come() {
    let request = local(Shell::Sh, command("echo one; echo two >&2; printf three"));
    let (_, mut lines, _) = perform_all(&request, &CancellationToken::new()).await;
    lines.sort();
    assert_eq!(lines, ["one", "three", "two"]);
}

#[tokio::test]
async fn a_command_past_its_limit_is_ended_with_all_it_started() {
    let mark = tempfile::tempdir().unwrap();
    let file = mark.path().join("later");
    let text = format!("(sleep 1.5; touch {}) & sleep 60", file.display());
    let request = Request { within: Duration::from_millis(300), ..local(Shell::Sh, command(&text)) };
    let (reply, _, took) = perform_all(&request, &CancellationToken::new()).await;
    assert!(matches!(reply, Reply::Ended { why: Cut::TimedOut }), "{reply:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!file.exists());
}

#[tokio::test]
async fn a_command_that_ignores_the_first_signal_is_killed() {
    let text = "trap '' TERM; while :; do sleep 0.1; done";
    let request = Request { within: Duration::from_millis(300), ..local(Shell::Sh, command(text)) };
    let (reply, _, took) = perform_all(&request, &CancellationToken::new()).await;
    assert!(matches!(reply, Reply::Ended { why: Cut::TimedOut }), "{reply:?}");
    assert!(took < Duration::from_secs(12), "{took:?}");
}

#[tokio::test]
async fn a_cancelled_command_is_ended() {
    let cancel = CancellationToken::new();
    let later = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        later.cancel();
    });
    let (reply, _, took) = perform_all(&local(Shell::Sh, command("sleep 60")), &cancel).await;
    assert!(matches!(reply, Reply::Ended { why: Cut::Cancelled }), "{reply:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    let (reply, ..) = perform_all(&local(Shell::Sh, command("sleep 60")), &cancel).await;
    assert!(matches!(reply, Reply::Ended { why: Cut::Cancelled }), "{reply:?}");
}

#[tokio::test]
async fn a_dropped_command_is_killed() {
    let mark = tempfile::tempdir().unwrap();
    let file = mark.path().join("later");
    let request = local(Shell::Sh, command(&format!("sleep 1; touch {}; sleep 60", file.display())));
    let gone = tokio::time::timeout(Duration::from_millis(300), perform(&request)).await;
    assert!(gone.is_err());
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(!file.exists());
}

#[tokio::test]
async fn a_child_that_keeps_the_pipe_does_not_keep_the_answer() {
    let request = local(Shell::Sh, command("sleep 30 & echo done"));
    let (reply, _, took) = perform_all(&request, &CancellationToken::new()).await;
    let outcome = answered(reply);
    assert_eq!((&outcome.stdout[..], outcome.exit), (&b"done\n"[..], 0));
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test]
async fn what_left_the_group_and_goes_on_leaves_doubt() {
    let request = local(Shell::Sh, command("setsid sleep 7 & sleep 60"));
    let request = Request { within: Duration::from_millis(500), ..request };
    let (why, detail) = unknown(perform(&request).await);
    assert_eq!(why, Cut::TimedOut);
    assert!(detail.contains("still running"), "{detail}");
}

#[tokio::test]
async fn files_are_put_and_got_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("a"), "new").unwrap();
    std::fs::write(path("b"), "old").unwrap();
    let put = Operation::Put { local: path("a"), remote: path("b") };
    let reply = perform(&request(BackendKind::Local, Shell::Sh, put)).await;
    assert!(matches!(reply, Reply::Answered(Outcome::Done { .. })), "{reply:?}");
    assert_eq!(std::fs::read_to_string(path("b")).unwrap(), "new");
    let get = Operation::Get { remote: path("none"), local: path("c") };
    let why = not_sent(perform(&request(BackendKind::Local, Shell::Sh, get)).await);
    assert!(why.contains("can't be read: no such file"), "{why}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn what_is_not_built_yet_says_so() {
    let plugin = Operation::Plugin { name: "x".to_owned(), args: serde_json::Value::Null };
    let plugin = request(BackendKind::Plugin("vault".to_owned()), Shell::Sh, plugin);
    assert!(not_sent(perform(&plugin).await).contains("`vault`"));
}

/// Serves each connection with `serve`, on its own thread; gives the address.
fn server(serve: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().enumerate() {
            let (stream, serve) = (stream.unwrap(), Arc::clone(&serve));
            std::thread::spawn(move || serve(count, stream));
        }
    });
    address.to_string()
}

/// Reads a request up to the end of its head.
fn head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).to_lowercase()
}

fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &str) {
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}");
    stream.write_all(text.as_bytes()).unwrap();
}

/// Answers each request with its own head.
fn echo_server() -> String {
    server(|_, mut stream| {
        let head = head(&mut stream);
        answer(&mut stream, "200 OK", "X-Many: a\r\nx-many: b\r\n", &head);
    })
}

#[tokio::test]
async fn a_page_answers_with_status_headers_and_body() {
    let address = server(|_, mut stream| {
        head(&mut stream);
        answer(&mut stream, "503 Busy", "Retry-After: 3\r\nX-Many: a\r\nx-many: b\r\n", "{\"a\": 1}");
    });
    let page = page(perform(&http("GET", &format!("http://{address}/x"))).await);
    assert_eq!((page.status, &page.body[..]), (503, &b"{\"a\": 1}"[..]));
    assert_eq!(page.headers["retry-after"], "3");
    assert_eq!(page.headers["x-many"], "a, b");
    assert!(page.seconds > 0.0);
}

#[tokio::test]
async fn headers_body_and_key_are_sent() {
    let address = echo_server();
    let mut post = http("POST", &format!("http://{address}/x"));
    post.effect = Effect::Once;
    call(&mut post)
        .headers
        .push(("Authorization".to_owned(), Sensitive::Secret(SecretString::new("Bearer t"))));
    call(&mut post).body = Some("{}".into());
    let first = String::from_utf8_lossy(&page(perform(&post).await).body).into_owned();
    let line = |text: &str| text.lines().find(|line| line.starts_with("idempotency-key")).map(str::to_owned);
    assert!(first.contains("authorization: bearer t") && first.contains("content-length: 2"), "{first}");
    let again = String::from_utf8_lossy(&page(perform(&post).await).body).into_owned();
    assert!(line(&first).is_some());
    assert_eq!(line(&first), line(&again));
    post.key = StepKey("stage:1/1".into());
    let other = String::from_utf8_lossy(&page(perform(&post).await).body).into_owned();
    assert_ne!(line(&first), line(&other));
    let check = http("GET", &format!("http://{address}/x"));
    assert_eq!(line(&String::from_utf8_lossy(&page(perform(&check).await).body)), None);
}

#[tokio::test]
async fn what_reaches_nobody_is_not_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let why = not_sent(perform(&http("POST", &format!("http://{closed}/"))).await);
    assert!(why.contains("refused"), "{why}");
    not_sent(perform(&http("GET", "http://no-such-host.invalid/")).await);
    let plain = echo_server();
    not_sent(perform(&http("GET", &format!("https://{plain}/"))).await);
    assert!(not_sent(perform(&http("GET", "ftp://x/")).await).contains("http or https"));
    not_sent(perform(&http("GET", "nonsense")).await);
    let mut bad = http("GET", &format!("http://{plain}/"));
    call(&mut bad).headers.push(("x".to_owned(), Sensitive::Plain("a\nb".to_owned())));
    assert!(not_sent(perform(&bad).await).contains("`x`"));
}

#[tokio::test]
async fn a_connection_lost_after_sending_leaves_doubt() {
    let silent = server(|_, mut stream| {
        head(&mut stream);
    });
    let (why, _) = unknown(perform(&http("POST", &format!("http://{silent}/"))).await);
    assert_eq!(why, Cut::ConnectionLost);
    let half = server(|_, mut stream| {
        head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").unwrap();
    });
    let (why, detail) = unknown(perform(&http("GET", &format!("http://{half}/"))).await);
    assert_eq!(why, Cut::ConnectionLost);
    assert!(detail.contains("broke off"), "{detail}");
}

#[tokio::test]
async fn a_slow_answer_ends_with_its_limit() {
    let slow = server(|_, mut stream| {
        head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n").unwrap();
        while stream.write_all(b".").is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let request = Request { within: Duration::from_millis(400), ..http("GET", &format!("http://{slow}/")) };
    let (reply, _, took) = perform_all(&request, &CancellationToken::new()).await;
    assert_eq!(unknown(reply).0, Cut::TimedOut);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_cancelled_request_leaves_doubt() {
    let silent = server(|_, mut stream| {
        head(&mut stream);
        std::thread::sleep(Duration::from_secs(30));
    });
    let cancel = CancellationToken::new();
    let later = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        later.cancel();
    });
    let (reply, ..) = perform_all(&http("POST", &format!("http://{silent}/")), &cancel).await;
    assert_eq!(unknown(reply).0, Cut::Cancelled);
}

#[tokio::test]
async fn an_endless_answer_is_given_up() {
    let endless = server(|_, mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
        while stream.write_all(&[b'x'; 65_536]).is_ok() {}
    });
    let (_, detail) = unknown(perform(&http("GET", &format!("http://{endless}/"))).await);
    assert!(detail.contains("64 MiB"), "{detail}");
}

#[tokio::test]
async fn redirections_of_reads_are_followed_without_their_secrets() {
    let other = echo_server();
    let there = format!("location: http://{other}/there\r\n");
    let first = server(move |_, mut stream| {
        let head = head(&mut stream);
        let to =
            if head.starts_with("get /local") { "location: /echo\r\n".to_owned() } else { there.clone() };
        if head.starts_with("get /echo") {
            answer(&mut stream, "200 OK", "", &head);
        } else {
            answer(&mut stream, "302 Found", &to, "moved");
        }
    });
    let with_secret = |method: &str, path: &str| {
        let mut request = http(method, &format!("http://{first}{path}"));
        let secret = Sensitive::Secret(SecretString::new("s3cret"));
        call(&mut request).headers.push(("authorization".to_owned(), secret.clone()));
        call(&mut request).headers.push(("x-token".to_owned(), secret));
        request
    };
    let elsewhere = page(perform(&with_secret("GET", "/away")).await);
    let seen = String::from_utf8_lossy(&elsewhere.body).into_owned();
    assert!(seen.starts_with("get /there") && !seen.contains("s3cret"), "{seen}");
    let same = page(perform(&with_secret("GET", "/local")).await);
    assert!(String::from_utf8_lossy(&same.body).contains("authorization: s3cret"));
    assert_eq!(page(perform(&with_secret("POST", "/away")).await).status, 302);
    let mut taken = with_secret("GET", "/local");
    taken.terms.answers = vec![200, 302];
    assert_eq!(page(perform(&taken).await).headers["location"], "/echo");
}

#[tokio::test]
async fn redirections_in_a_circle_end() {
    let circle = server(|_, mut stream| {
        head(&mut stream);
        answer(&mut stream, "301 Moved", "location: /\r\n", "");
    });
    assert_eq!(page(perform(&http("GET", &format!("http://{circle}/"))).await).status, 301);
}
