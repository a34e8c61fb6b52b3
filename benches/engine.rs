//! What a statement costs to check and a step to carry out, as the work grows.
//!
//! Criterion prints a throughput for each size: it should stay flat from 100 to 10,000 statements and
//! from 10 to 10,000 tenants. Every input is generated here, so that the figures depend on nothing else.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rutter::lint::{self, Levels};
use rutter::rehearse::{Pace, Rehearsal};
use rutter::resolve::{Loader, resolve};
use rutter::run::StopSignal;

/// A runbook and, where it is rehearsed, its world.
struct Files {
    runbook: String,
    world: String,
}

impl Loader for Files {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("runbook") => Ok(self.runbook.clone().into_bytes()),
            Some("world") => Ok(self.world.clone().into_bytes()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        }
    }
}

/// Five statements of different kinds, over and over, in stages of a hundred.
fn statements(count: usize) -> String {
    let mut text =
        "runbook \"Generated\"\n\nparam name: string = \"web\"\n\ntarget node = ssh \"node\"\n".to_owned();
    for stage in 0..count.div_ceil(100) {
        write!(text, "\nstage \"Stage {stage}\" {{\n").expect("strings take all");
        for at in 0..20 {
            write!(
                text,
                "  let seen{at} = check on node $ systemctl show {{{{ name }}}}-{at} --property ActiveState\n  \
                 assert seen{at}.text == \"ActiveState=active\", \"{{{{ name }}}} is {{{{ seen{at}.text }}}}\"\n  \
                 run on node, within 1m $ sudo systemctl restart {{{{ name }}}}-{at}\n  \
                 note \"{{{{ name }}}}-{at} was restarted\"\n  \
                 if seen{at}.exit == 0 {{ note \"all is well\" }}\n"
            )
            .expect("strings take all");
        }
        text.push_str("}\n");
    }
    text
}

fn checking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse, resolve and lint");
    for count in [100, 1_000, 10_000] {
        let files = Files { runbook: statements(count), world: String::new() };
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::new("statements", count), &files, |bencher, files| {
            bencher.iter(|| {
                let resolution = resolve(Path::new("generated.runbook"), files);
                assert!(resolution.subject.is_some(), "{:?}", resolution.findings.first());
                lint::lint(&resolution, &Levels::default(), Path::new("generated.runbook"))
            });
        });
    }
    group.finish();
}

const STEPS: &str = r#"runbook "Steps"

param tenants: list of string

target node = ssh "node"

stage "Steps" {
  for each tenant in tenants, 10 at a time {
    let seen = check on node $ status {{ tenant }}
    assert seen.text == "up"
    run on node $ restart {{ tenant }}
  }
}
"#;

fn tenants(count: usize) -> Files {
    let names: Vec<String> = (0..count).map(|at| format!("\"t{at}\"")).collect();
    let world = format!(
        "world \"Steps\"\n\nrehearses \"steps.runbook\"\nwith {{\"tenants\": [{}]}}\n\n\
         on \"node\" $ status <tenant> {{\n  reply \"up\"\n}}\n\non \"node\" $ restart <tenant> {{\n  reply \"\"\n}}\n",
        names.join(", ")
    );
    Files { runbook: STEPS.to_owned(), world }
}

fn stepping(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("interpreter steps in a world");
    group.sample_size(10);
    for count in [10, 100, 1_000, 10_000] {
        let files = tenants(count);
        let Ok(rehearsal) = Rehearsal::load(Path::new("steps.world"), &files) else {
            panic!("the generated world can't be played");
        };
        group.throughput(Throughput::Elements(2 * count as u64));
        group.bench_with_input(BenchmarkId::new("tenants", count), &files, |bencher, files| {
            bencher.iter(|| {
                let played = rehearsal.play(None, Pace::AtOnce, files, Arc::new(|_| ()), StopSignal::new());
                assert!(played.expect("it can be planned").passed());
            });
        });
    }
    group.finish();
}

/// The repository's own files.
struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

const FLAGSHIP: &str = "runbooks/worlds/ha-windows-worker-rolling-reboot.world";

/// One play of WEB-N with five tenants: some three hours on the world's clock.
fn rehearsing(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FLAGSHIP);
    let Ok(rehearsal) = Rehearsal::load(&path, &Disk) else { panic!("WEB-N can't be played") };
    let mut group = criterion.benchmark_group("rehearse WEB-N");
    group.sample_size(10);
    for scenario in ["the update finalizes at the first reboot", "the update never finalizes and is reverted"]
    {
        group.bench_function(scenario, |bencher| {
            bencher.iter(|| {
                let stop = StopSignal::new();
                let played = rehearsal.play(Some(scenario), Pace::AtOnce, &Disk, Arc::new(|_| ()), stop);
                assert!(played.expect("it can be planned").passed());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, checking, stepping, rehearsing);
criterion_main!(benches);
