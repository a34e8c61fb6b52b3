//! How each construct is called and written: the words for messages about it.

use crate::syntax::grammar::Rule;

/// A construct in the user's words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Its keyword.
    pub word: &'static str,
    /// How it is written.
    pub form: &'static str,
    /// The clauses that it takes.
    pub clauses: &'static [&'static str],
}

const fn of(word: &'static str, form: &'static str, clauses: &'static [&'static str]) -> Option<Usage> {
    Some(Usage { word, form, clauses })
}

const REQUEST: &[&str] = &[
    "within",
    "retry",
    "accept exit",
    "accept status",
    "stdin",
    "env",
    "json",
    "form",
    "body",
    "header",
    "done when",
];
const TARGET: &[&str] = &[
    "shell",
    "user",
    "port",
    "jump",
    "identity",
    "passphrase",
    "password",
    "sudo",
    "host key",
    "bearer",
    "basic",
    "header",
    "within",
    "env",
];

/// The words for a rule; rules that are only parts of others have the words of a statement.
pub(crate) fn usage(rule: Rule) -> Usage {
    const PLAIN: Usage = Usage { word: "this", form: "", clauses: &[] };
    of_rule(rule).unwrap_or(PLAIN)
}

/// Exhaustive, so that a new rule makes one choose.
#[expect(clippy::too_many_lines, reason = "one arm a construct")]
fn of_rule(rule: Rule) -> Option<Usage> {
    match rule {
        Rule::head => of("runbook", "runbook \"Title\"", &[]),
        Rule::about => of("about", "about \"what it is for\"", &[]),
        Rule::use_ => of("use", "use std.NAME` or `use \"./file.runbook\" as NAME", &[]),
        Rule::param => of("param", "param NAME: TYPE = DEFAULT", &[]),
        Rule::param_of => of("a param", "NAME: TYPE", &[]),
        Rule::secret => of("secret", "secret NAME = env \"VAR\"", &[]),
        Rule::let_ => of("let", "let NAME = VALUE", &[]),
        Rule::target => of("target", "target NAME = ssh \"ADDRESS\"", TARGET),
        Rule::lock => of("lock", "lock \"name\"", &[]),
        Rule::guard => of("guard", "guard \"title\" on TARGET { forbid $ COMMAND … }", &[]),
        Rule::forbid => of("forbid", "forbid $ COMMAND", &[]),
        Rule::when => of("when", "when { … }", &[]),
        Rule::because => of("because", "because \"the reason\"", &[]),
        Rule::overridable => of("may be overridden", "may be overridden", &[]),
        Rule::invariant => of(
            "invariant",
            "invariant \"title\", every 10s { … }",
            &["every", "within", "tolerating", "during"],
        ),
        Rule::action => of("action", "action NAME(param: type) { … }", &[]),
        Rule::commands => of("commands", "commands NAME { … }", &[]),
        Rule::stage => of("stage", "stage \"title\" { … }", &[]),
        Rule::checklist => of("checklist", "checklist \"title\" { item \"…\" { … } }", &[]),
        Rule::check_item => of("item", "item \"title\" { … }` or `item \"title\" manual", &[]),
        Rule::request => of("a request", "check on TARGET $ COMMAND", REQUEST),
        Rule::call => of("a call", "action(arguments)", &[]),
        Rule::assert => of("assert", "assert EXPRESSION, \"message\"", &["a message"]),
        Rule::wait => of(
            "wait until",
            "wait until \"what\", within 10m, every 5s { … }",
            &["within", "every", "stable"],
        ),
        Rule::retry => of("retry", "retry 3 times, every 5s { … }", &["every"]),
        Rule::pause => of("pause", "pause 30s, \"why\"", &["a message"]),
        Rule::for_each => {
            of("for each", "for each NAME in LIST, 3 at a time { … }", &["at a time", "tolerating"])
        }
        Rule::together => of("together", "together { … }", &[]),
        Rule::on_failure => of("on failure", "on failure { … }", &[]),
        Rule::if_ | Rule::branch => of("if", "if EXPRESSION { … }", &[]),
        Rule::else_if => of("else if", "else if EXPRESSION { … }", &[]),
        Rule::else_ => of("else", "else { … }", &[]),
        Rule::attempt => of("attempt", "attempt { … } otherwise { … }", &[]),
        Rule::otherwise => of("otherwise", "otherwise { … }", &[]),
        Rule::finally => of("always", "always { … }", &[]),
        Rule::approve => of("approve", "approve \"what\", by 2", &["by", "within"]),
        Rule::manual => of("manual", "manual \"what to do\"", &[]),
        Rule::diagnose => of("diagnose", "diagnose EXPRESSION, cause \"…\", fix \"…\"", &["cause", "fix"]),
        Rule::note => of("note", "note \"text\"", &[]),
        Rule::fail => of("fail", "fail \"reason\"", &[]),
        Rule::return_ => of("return", "return EXPRESSION", &[]),
        Rule::undo => of("undo", "undo { … }", &[]),
        Rule::rehearses => of("rehearses", "rehearses \"../file.runbook\" with { … }", &[]),
        Rule::state => of("state", "state NAME = VALUE", &[]),
        Rule::handler => of("on", "on \"ADDRESS\" $ COMMAND {", &[]),
        Rule::always => of("always", "always \"what holds\" { … }", &[]),
        Rule::scenario => of("scenario", "scenario \"title\" { … }", &[]),
        Rule::given => of("given", "given PLACE = VALUE", &[]),
        Rule::with_clause => of("with", "with { … }", &[]),
        Rule::at => of("at", "at 10m { … }", &[]),
        Rule::answer => of("answer", "answer \"part of the question\" no", &[]),
        Rule::expect_end => of("expect", "expect failed in \"stage\"", &[]),
        Rule::expect_requests => of("expect", "expect never on \"ADDRESS\" $ COMMAND", &[]),
        Rule::expect_said => of("expect", "expect note \"text\"", &[]),
        Rule::expect_state => of("expect", "expect EXPRESSION", &[]),
        Rule::set => of("set", "set PLACE = VALUE", &[]),
        Rule::after => of("after", "after 8m { … }", &[]),
        Rule::reply => of(
            "reply",
            "reply \"output\", exit 1` or `reply status 200, json { … }",
            &["exit", "stderr", "status", "json", "body", "header", "after"],
        ),
        Rule::EOI
        | Rule::accept
        | Rule::accept_word
        | Rule::arguments
        | Rule::at_a_time
        | Rule::attempt_word
        | Rule::b
        | Rule::backend
        | Rule::backend_word
        | Rule::basic
        | Rule::because_text
        | Rule::blank
        | Rule::block
        | Rule::block_text
        | Rule::by_hand
        | Rule::call_text
        | Rule::checklist_block
        | Rule::clause
        | Rule::close
        | Rule::code
        | Rule::comma
        | Rule::command
        | Rule::commands_block
        | Rule::comment
        | Rule::done_when
        | Rule::each
        | Rule::effect
        | Rule::else_if_word
        | Rule::end
        | Rule::equals
        | Rule::expression
        | Rule::failures
        | Rule::field
        | Rule::file
        | Rule::file_pattern
        | Rule::file_verb
        | Rule::filter
        | Rule::finally_word
        | Rule::gap
        | Rule::get
        | Rule::group
        | Rule::guard_block
        | Rule::guard_on
        | Rule::handler_command
        | Rule::head_word
        | Rule::header
        | Rule::how_often
        | Rule::http
        | Rule::http_pattern
        | Rule::in_list
        | Rule::in_stage
        | Rule::infix
        | Rule::inside
        | Rule::int
        | Rule::item
        | Rule::item_head
        | Rule::keyed
        | Rule::keyed_word
        | Rule::line
        | Rule::load
        | Rule::matching
        | Rule::may_be_empty
        | Rule::message
        | Rule::method
        | Rule::name
        | Rule::number
        | Rule::odd
        | Rule::odd_clause
        | Rule::on_target
        | Rule::one_of
        | Rule::opaque
        | Rule::opening
        | Rule::operand
        | Rule::operation
        | Rule::operation_pattern
        | Rule::or_none
        | Rule::otherwise_word
        | Rule::params
        | Rule::path
        | Rule::pattern
        | Rule::percent
        | Rule::phrase
        | Rule::place
        | Rule::plain
        | Rule::plugin
        | Rule::prefix
        | Rule::primary
        | Rule::put
        | Rule::quoted
        | Rule::raw
        | Rule::record
        | Rule::repeat
        | Rule::reply_word
        | Rule::reserved
        | Rule::rest
        | Rule::s
        | Rule::said
        | Rule::scenario_block
        | Rule::scenario_part
        | Rule::script
        | Rule::secret_source
        | Rule::secret_word
        | Rule::sep
        | Rule::share
        | Rule::shell
        | Rule::stable
        | Rule::statement
        | Rule::stray
        | Rule::string
        | Rule::suffix
        | Rule::test
        | Rule::test_argument
        | Rule::texted
        | Rule::texted_word
        | Rule::times
        | Rule::to_brace
        | Rule::tolerating
        | Rule::type_expr
        | Rule::type_group
        | Rule::type_name
        | Rule::type_prefix
        | Rule::unknown
        | Rule::use_as
        | Rule::verdict
        | Rule::with_params
        | Rule::host_key
        | Rule::unchecked
        | Rule::yes_no => None,
    }
}
