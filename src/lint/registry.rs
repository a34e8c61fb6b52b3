//! The rules by their codes, and what there is to say of each.

use super::rules;
use super::subject::File;
use crate::finding::Finding;

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    Names,
    Types,
    Effects,
    Guards,
    /// What can do harm where it goes wrong.
    Safety,
    /// What a shell makes of a command.
    Shell,
    Waiting,
    Secrets,
    Style,
}

impl Group {
    /// Every group, with its word.
    pub const ALL: [(Group, &'static str); 9] = [
        (Group::Names, "names"),
        (Group::Types, "types"),
        (Group::Effects, "effects"),
        (Group::Guards, "guards"),
        (Group::Safety, "safety"),
        (Group::Shell, "shell"),
        (Group::Waiting, "waiting"),
        (Group::Secrets, "secrets"),
        (Group::Style, "style"),
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// A rule: what it looks for, and why.
pub struct Rule {
    /// Its findings' code.
    pub code: &'static str,
    pub group: Group,
    source: &'static str,
    pub(super) check: Check,
}

/// What a rule looks at.
pub(super) enum Check {
    File(fn(&File<'_>) -> Vec<Finding>),
    /// And at what those rules found.
    Findings(fn(&File<'_>, &[Finding]) -> Vec<Finding>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("code", &self.code).finish_non_exhaustive()
    }
}

macro_rules! rule {
    ($group:ident, $code:literal, $module:ident) => {
        rule!($group, $code, $module, File)
    };
    ($group:ident, $code:literal, $module:ident, $what:ident) => {
        Rule {
            code: $code,
            group: Group::$group,
            source: include_str!(concat!("rules/", stringify!($module), ".rs")),
            check: Check::$what(rules::$module::check),
        }
    };
}

/// All rules, by code.
pub const RULES: &[Rule] = &[
    rule!(Guards, "always-denied", always_denied),
    rule!(Waiting, "always-passes", always_passes),
    rule!(Waiting, "approve-in-retry", approve_in_retry),
    rule!(Shell, "background-command", background_command),
    rule!(Shell, "broken-command", broken_command),
    rule!(Waiting, "busy-looking", busy_looking),
    rule!(Shell, "cd-without-and", cd_without_and),
    rule!(Effects, "changing-check", changing_check),
    rule!(Style, "compared-with-true", compared_with_true),
    rule!(Types, "constant-condition", constant_condition),
    rule!(Shell, "curl-without-fail", curl_without_fail),
    rule!(Style, "deep-nesting", deep_nesting),
    rule!(Safety, "destructive-hole", destructive_hole),
    rule!(Safety, "download-to-shell", download_to_shell),
    rule!(Style, "empty-block", empty_block),
    rule!(Safety, "empty-loop", empty_loop),
    rule!(Style, "empty-title", empty_title),
    rule!(Shell, "failure-hidden", failure_hidden),
    rule!(Safety, "force-kill", force_kill),
    rule!(Safety, "glob-in-destruction", glob_in_destruction),
    rule!(Names, "half-hole", half_hole),
    rule!(Guards, "idle-guard", idle_guard),
    rule!(Waiting, "idle-retry", idle_retry),
    rule!(Effects, "idle-undo", idle_undo),
    rule!(Safety, "insecure-tls", insecure_tls),
    rule!(Shell, "interactive-command", interactive_command),
    rule!(Secrets, "literal-key", literal_key),
    rule!(Style, "lone-together", lone_together),
    rule!(Waiting, "long-wait", long_wait),
    rule!(Effects, "looking-run", looking_run),
    rule!(Waiting, "looks-once", looks_once),
    rule!(Types, "matches-anything", matches_anything),
    rule!(Waiting, "never-passes", never_passes),
    rule!(Waiting, "no-time", no_time),
    rule!(Guards, "not-understood", not_understood),
    rule!(Style, "nothing-to-do", nothing_to_do),
    rule!(Effects, "once-in-loop", once_in_loop),
    rule!(Effects, "once-without-done-when", once_without_done_when),
    rule!(Waiting, "over-limit", over_limit),
    rule!(Shell, "pipe-hides-failure", pipe_hides_failure),
    rule!(Secrets, "plain-http", plain_http),
    rule!(Shell, "prompts", prompts),
    rule!(Shell, "raw-value", raw_value),
    rule!(Safety, "removed-before-replaced", removed_before_replaced),
    rule!(Effects, "repeatable-post", repeatable_post),
    rule!(Types, "repeated-condition", repeated_condition),
    rule!(Types, "repeated-item", repeated_item),
    rule!(Guards, "repeated-pattern", repeated_pattern),
    rule!(Waiting, "retry-around-wait", retry_around_wait),
    rule!(Safety, "same-branches", same_branches),
    rule!(Names, "same-target", same_target),
    rule!(Safety, "silent-failure", silent_failure),
    rule!(Waiting, "sleep-in-command", sleep_in_command),
    rule!(Safety, "swallowed-failure", swallowed_failure),
    rule!(Style, "title-ends-in-period", title_ends_in_period),
    rule!(Names, "titles-alike", titles_alike),
    rule!(Safety, "tolerates-all", tolerates_all),
    rule!(Safety, "unchecked-host-key", unchecked_host_key),
    rule!(Style, "unclear-allow", unclear_allow),
    rule!(Names, "undocumented-param", undocumented_param),
    rule!(Style, "unfinished", unfinished),
    rule!(Safety, "unguarded-danger", unguarded_danger),
    rule!(Shell, "unquoted-variable", unquoted_variable),
    rule!(Style, "unreachable", unreachable),
    rule!(Types, "untrimmed-compare", untrimmed_compare),
    rule!(Style, "unused-allow", unused_allow, Findings),
    rule!(Names, "unused-name", unused_name),
    rule!(Safety, "unverified-change", unverified_change),
    rule!(Safety, "world-writable", world_writable),
];

/// The rule of a code.
#[must_use]
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// The page of a rule: what it means, a bad and a good example.
#[must_use]
pub fn explain(code: &str) -> Option<String> {
    rule(code).map(Rule::page)
}

impl Rule {
    /// The comment at the top of the rule's file, as Markdown.
    #[must_use]
    pub fn page(&self) -> String {
        let lines = self.comment();
        format!("# {}\n\n{}\n", self.code, lines.join("\n"))
    }

    /// What it finds, in a sentence.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.comment().first().copied().unwrap_or_default()
    }

    fn comment(&self) -> Vec<&'static str> {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect()
    }
}
