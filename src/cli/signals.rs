//! Ctrl-C and its kin: the first stops a run after the steps under way, the second cancels them,
//! the third leaves at once.

use std::process::exit;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::canvas::Canvas;
use crate::run::StopSignal;

/// Tells `stop` of every signal from now on. A thread of its own, so that no busy run is deaf.
pub fn watch(stop: StopSignal, canvas: Option<Canvas>) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(listen(&stop, canvas.as_ref()));
        }
    });
}

async fn listen(stop: &StopSignal, canvas: Option<&Canvas>) {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let Ok([mut interrupt, mut terminate, mut hangup]) = listeners(kinds) else { return };
    for times in 1.. {
        let name = tokio::select! {
            _ = interrupt.recv() => "Ctrl-C",
            _ = terminate.recv() => "SIGTERM",
            _ = hangup.recv() => "SIGHUP",
        };
        match times {
            1 | 2 => stop.stop(name),
            _ => leave(canvas),
        }
    }
}

fn listeners(kinds: [SignalKind; 3]) -> std::io::Result<[Signal; 3]> {
    let [first, second, third] = kinds;
    Ok([signal(first)?, signal(second)?, signal(third)?])
}

/// What is under way is left to itself; the journal holds what was intended.
fn leave(canvas: Option<&Canvas>) {
    if let Some(canvas) = canvas {
        canvas.finish();
    }
    exit(3);
}
