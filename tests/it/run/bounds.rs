//! Properties: bounds on what is under way and what may fail, and costs that do not grow.

use std::time::Instant;

use proptest::prelude::*;
use rutter::event::RunResult;

use super::support::run;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn never_more_passes_than_at_a_time(lengths in prop::collection::vec(0..20_u32, 0..30), n in 1..6_usize) {
        let lengths: Vec<_> = lengths.iter().map(|length| format!("\"{length}s\"")).collect();
        let told = run(&format!(
            "runbook \"T\"\ntarget here = local\nstage \"One\" {{\n  for each d in [{}], {n} at a time {{\n    \
             run on here $ takes {{{{ d }}}} x\n  }}\n}}\n",
            lengths.join(", ")
        ));
        prop_assert_eq!(told.report.result, RunResult::Succeeded);
        prop_assert_eq!(told.most_at_a_time, n.min(lengths.len()));
        prop_assert_eq!(told.commands().len(), lengths.len());
    }

    #[test]
    fn at_most_the_budget_and_those_under_way_fail(
        fails in prop::collection::vec(any::<bool>(), 1..30),
        n in 1..5_usize,
        tolerated in 0..5_usize,
    ) {
        let exits: Vec<_> = fails.iter().map(|fails| if *fails { "1" } else { "0" }).collect();
        let told = run(&format!(
            "runbook \"T\"\ntarget here = local\nstage \"One\" {{\n  for each e in [{}], {n} at a time, \
             tolerating {tolerated} failures {{\n    run on here $ takes 1s\n    run on here $ exit {{{{ e }}}}\n  }}\n}}\n",
            exits.join(", ")
        ));
        let failing = fails.iter().filter(|fails| **fails).count();
        let failed = told.commands().iter().filter(|command| **command == "exit 1").count();
        prop_assert_eq!(told.report.result == RunResult::Succeeded, failing <= tolerated);
        prop_assert!(failed <= tolerated + n, "{} of {} with {} by {}", failed, failing, tolerated, n);
        prop_assert!(failed >= failing.min(tolerated + 1));
    }
}

/// Seconds for a run of `statements` statements in each of `passes` passes.
fn cost(statements: usize, passes: usize) -> f64 {
    let body = "run on here $ say x\n".repeat(statements);
    let text = format!(
        "runbook \"T\"\ntarget here = local\nstage \"One\" {{\nfor each n in range({passes}), 10 at a time {{\n{body}}}\n}}\n"
    );
    let began = Instant::now();
    let told = run(&text);
    assert_eq!(told.succeeded().commands().len(), statements * passes);
    began.elapsed().as_secs_f64() / (statements * passes) as f64
}

#[test]
fn a_step_costs_the_same_whatever_the_size_of_the_run() {
    let (small, wide, long) = (cost(10, 20), cost(2, 2000), cost(2000, 2));
    // Ten times as much would still be a slow machine; a square would be a hundred times.
    assert!(wide < small * 10.0 && long < small * 10.0, "{small} {wide} {long}");
}
