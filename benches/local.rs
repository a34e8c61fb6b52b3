//! A local step beside the bare start of a process: what the backend itself costs.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench")]

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use rutter::backend::{Backend, Command, Credentials, Operation, Reply, Request, Router, Settings};
use rutter::ids::{RunId, StepKey};
use rutter::value::{BackendKind, Effect, Login, Shell, Target};
use tokio_util::sync::CancellationToken;

fn step(text: &str) -> Request {
    let target = Target {
        name: "here".to_owned(),
        backend: BackendKind::Local,
        address: String::new(),
        shell: Shell::Sh,
        user: None,
        port: None,
        jump: None,
        login: Login::default(),
        auth: None,
        headers: vec![],
        env: vec![],
        within: None,
    };
    let command = Command { text: text.to_owned(), ..Command::default() };
    Request {
        key: StepKey::root(),
        effect: Effect::Run,
        target: Arc::new(target),
        credentials: Credentials::default(),
        operation: Operation::Command(command),
        within: Duration::from_secs(60),
        claim: None,
        terms: Default::default(),
    }
}

fn local_steps(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let router =
        Router::new(&RunId("bench".into()), Arc::new(|_: &StepKey, _: &str| {}), Settings::default());
    let cancel = CancellationToken::new();
    let perform = |request: &Request| {
        let reply = runtime.block_on(router.perform(request, &cancel));
        assert!(matches!(reply, Reply::Answered(_)));
    };
    let mut group = criterion.benchmark_group("local");
    group.bench_function("floor: a process", |bench| {
        bench.iter(|| std::process::Command::new("/bin/true").output().unwrap());
    });
    let plain = step("/bin/true");
    group.bench_function("step: plain words", |bench| bench.iter(|| perform(&plain)));
    group.bench_function("floor: a shell", |bench| {
        bench.iter(|| std::process::Command::new("sh").args(["-c", "/bin/true; :"]).output().unwrap());
    });
    let shell = step("/bin/true; :");
    group.bench_function("step: a shell", |bench| bench.iter(|| perform(&shell)));
    group.finish();
}

criterion_group!(benches, local_steps);
criterion_main!(benches);
