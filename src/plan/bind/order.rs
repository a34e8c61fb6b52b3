//! In which order fields that use one another get their values.

/// The order, or a cycle: each uses the next, the last the first.
///
/// `needs[n]` holds what `n` uses. Among those that are free to go, the first comes first.
pub(super) fn order(needs: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut waiting: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut users = vec![Vec::new(); needs.len()];
    for (user, used) in needs.iter().enumerate() {
        used.iter().for_each(|used| users[*used].push(user));
    }
    let mut ready: std::collections::VecDeque<_> = (0..needs.len()).filter(|n| waiting[*n] == 0).collect();
    let mut done = Vec::with_capacity(needs.len());
    while let Some(next) = ready.pop_front() {
        done.push(next);
        for user in &users[next] {
            waiting[*user] -= 1;
            if waiting[*user] == 0 {
                ready.push_back(*user);
            }
        }
    }
    match waiting.iter().position(|count| *count > 0) {
        None => Ok(done),
        Some(start) => Err(cycle(needs, &waiting, start)),
    }
}

/// Follows what still waits until something comes up twice.
fn cycle(needs: &[Vec<usize>], waiting: &[usize], start: usize) -> Vec<usize> {
    let mut way = vec![start];
    let mut at = start;
    loop {
        let stuck = |next: &&usize| waiting[**next] > 0;
        let Some(next) = needs[at].iter().find(stuck) else { return way };
        if let Some(seen) = way.iter().position(|n| n == next) {
            return way.split_off(seen);
        }
        way.push(*next);
        at = *next;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::order;

    #[test]
    fn what_is_used_comes_first_and_cycles_are_named() {
        assert_eq!(order(&[vec![2], vec![], vec![1]]), Ok(vec![1, 2, 0]));
        assert_eq!(order(&[vec![], vec![], vec![]]), Ok(vec![0, 1, 2]));
        assert_eq!(order(&[vec![1], vec![2], vec![1]]), Err(vec![1, 2]));
        assert_eq!(order(&[vec![0]]), Err(vec![0]));
    }

    #[test]
    fn a_long_chain_is_no_deep_recursion() {
        let chain: Vec<_> = (0..100_000).map(|n| if n < 99_999 { vec![n + 1] } else { vec![] }).collect();
        assert_eq!(order(&chain).unwrap().first(), Some(&99_999));
    }
}
