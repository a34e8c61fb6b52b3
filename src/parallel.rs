//! Work on many items, over the cores.
//!
//! In: items and what to do with one. Out: what came of each, in their order. Must not know: what the work is.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Deeply nested runbooks are walked by recursion.
const STACK: usize = 16 << 20;

/// Does `work` on each item, on several threads; what it gives is in the order of the items.
pub fn across<T: Sync, R: Send>(threads: NonZeroUsize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let toil = || {
        while let Some((at, item)) = take(&next, items) {
            let result = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.get().min(items.len()) {
            // Without one more thread those that there are do its work.
            let _ = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, toil);
        }
        toil();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

fn take<'t, T>(next: &AtomicUsize, items: &'t [T]) -> Option<(usize, &'t T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    Some((at, items.get(at)?))
}
