//! The kinds of mistakes that are made in the shipped runbooks.
//!
//! A regex finds where one can be made, a function says what stands there then.

use regex::{Captures, Regex};

/// What becomes of a runbook with such a mistake.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Run {
    /// It can't run rightly.
    Wrong,
    /// It runs, and looks less often or less carefully.
    Otherwise,
}

/// Where a finding of it should be.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// On the line that was changed.
    Line,
    /// Where the name is used that is not there any more: the finding names it.
    Uses,
    /// In the shape of the file: any mistake of syntax.
    Shape,
}

pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) run: Run,
    pub(super) place: Place,
    /// Its first group is what is replaced.
    pub(super) at: &'static str,
    pub(super) by: fn(&Captures<'_>) -> String,
}

const fn kind(name: &'static str, place: Place, at: &'static str, by: fn(&Captures<'_>) -> String) -> Kind {
    Kind { name, run: Run::Wrong, place, at, by }
}

fn misspelled(found: &Captures<'_>) -> String {
    format!("{}x", &found[1])
}

fn gone(_: &Captures<'_>) -> String {
    String::new()
}

fn of_another_type(found: &Captures<'_>) -> String {
    if &found[1] == "int" { "list of string".to_owned() } else { "int".to_owned() }
}

fn another_effect(found: &Captures<'_>) -> String {
    if &found[1] == "check" { "once".to_owned() } else { "check".to_owned() }
}

fn swapped(found: &Captures<'_>) -> String {
    format!("{}, {}", &found[3], &found[2])
}

fn another_literal(found: &Captures<'_>) -> String {
    if found[1].starts_with('"') { "7".to_owned() } else { "\"x\"".to_owned() }
}

fn lower(found: &Captures<'_>) -> String {
    found[1].to_lowercase()
}

fn quoted(found: &Captures<'_>) -> String {
    format!("\"{}\"", &found[1])
}

fn twice(found: &Captures<'_>) -> String {
    found[1].repeat(2)
}

/// Two lines change places if the second uses what the first names.
fn below_its_use(found: &Captures<'_>) -> String {
    let used = Regex::new(&format!(r"\b{}\b", &found[3])).unwrap().is_match(&found[4]);
    if used { format!("{}{}", &found[4], &found[2]) } else { found[1].to_owned() }
}

pub(super) const KINDS: &[Kind] = &[
    kind("a name in a text is misspelled", Place::Line, r"\{\{ (\w+)", misspelled),
    kind("a name in a loop is misspelled", Place::Line, r" in (\w+) \{", misspelled),
    kind("a target is misspelled", Place::Line, r"(?:check|run|once) on (\w+)", misspelled),
    kind("an action is misspelled", Place::Line, r"(?m)^\s+(?:\w+\.)?(\w+)\([^)\n]*\)$", misspelled),
    kind("a filter is misspelled", Place::Line, r"\| (\w+)", misspelled),
    kind("a field is misspelled", Place::Line, r"\.(text|stdout|lines|json|status)\b", misspelled),
    kind("a clause is misspelled", Place::Line, r", (within|every|stable|done when) ", misspelled),
    kind("a keyword is misspelled", Place::Line, r"(?m)^ +(assert|note|approve|for|wait|let) ", misspelled),
    kind("a param is renamed", Place::Uses, r"(?m)^param (\w+)", misspelled),
    kind("a `let` is renamed", Place::Uses, r"(?m)^\s+let (\w+) =", misspelled),
    kind("a target is renamed", Place::Uses, r"(?m)^target (\w+)", misspelled),
    kind("a library is not used", Place::Uses, r"(?m)^(use std\.(\w+)\n)", gone),
    kind("a type is another", Place::Line, r": +(string|int|duration|bool)\b", of_another_type),
    kind(
        "two arguments are swapped",
        Place::Line,
        r"(?m)^\s+(?:\w+\.)?\w+\((([^(),\n]+), ([^(),\n]+))[^()\n]*\)$",
        swapped,
    ),
    kind("an argument is missing", Place::Line, r"(?m)^\s+(?:\w+\.)?\w+\(([^(),\n]+, )[^()\n]*\)$", gone),
    kind("it is compared with another type", Place::Line, r#"[<>!=]= ?(\d+|"[^"\n]*")"#, another_literal),
    kind("an effect is another", Place::Line, r"(?m)^\s+(check|run|once) on", another_effect),
    kind("a guard has no target", Place::Line, r#"(?m)^guard "[^"]*" (on \w+) \{"#, gone),
    kind("a wait has no limit", Place::Line, r"wait until[^{\n]*?(, within [^,{\n]+)", gone),
    kind("a quote is missing", Place::Shape, r#"(")"#, gone),
    kind("a brace is missing", Place::Shape, r"(?m)^\s*(\}\n)", gone),
    // Names.
    kind("a library's name is misspelled", Place::Line, r"(?m)^use std\.(\w+)", misspelled),
    kind("a library is misspelled in a call", Place::Line, r"(?m)^ +(?:let \w+ = )?(\w+)\.\w+\(", misspelled),
    kind(
        "an action is misspelled right of `let`",
        Place::Line,
        r"(?m)^ +let \w+ = (?:\w+\.)?(\w+)\([^)\n]*\)$",
        misspelled,
    ),
    kind(
        "an argument is misspelled",
        Place::Line,
        r"(?m)^ +(?:let \w+ = )?(?:\w+\.)?\w+\((\w+)[,)]",
        misspelled,
    ),
    kind(
        "a name in a condition is misspelled",
        Place::Line,
        r"(?m)^ +(?:assert|if|diagnose) (\w+)",
        misspelled,
    ),
    kind(
        "a field of a record is misspelled",
        Place::Line,
        r"(?:\{\{ |assert |if )\w+\.(\w+)[^(\w]",
        misspelled,
    ),
    kind("a field of a param is renamed", Place::Uses, r"(?m)^  (\w+): +string", misspelled),
    kind("a loop's name is renamed", Place::Uses, r"for each (\w+) in", misspelled),
    kind("a guard's commands are misspelled", Place::Line, r"forbid \w+\.(\w+)", misspelled),
    kind("a test is misspelled", Place::Line, r" is (?:not )?(\w+)\(", misspelled),
    kind(
        "a word of `one of` is misspelled",
        Place::Line,
        r#"(?:if|assert) (?:mode|way|utilisation_from) [!=]= "(\w+)""#,
        misspelled,
    ),
    kind("a method is misspelled", Place::Line, r"on \w+ (GET|POST|PUT|PATCH|DELETE) ", misspelled),
    kind("a method is lower case", Place::Line, r"on \w+ (GET|POST|PUT|PATCH|DELETE) ", lower),
    kind("an effect is misspelled", Place::Line, r"(?m)^ +(check|run|once) on", misspelled),
    kind(
        "an item is misspelled",
        Place::Line,
        r"(?m)^(param|target|stage|guard|invariant|lock|secret|checklist|action) ",
        misspelled,
    ),
    kind("a type is misspelled", Place::Line, r": +(string|int|duration|bool)\b", misspelled),
    // Operators and punctuation.
    kind("`=` stands for `==`", Place::Line, r#"(?:assert|if|diagnose) [^"\n]* (==) "#, |_| "=".to_owned()),
    kind("`&&` stands for `and`", Place::Line, r"(?:assert|if|diagnose) [^\n]* (and) ", |_| "&&".to_owned()),
    kind("`||` stands for `or`", Place::Line, r"(?:assert|if|diagnose) [^\n]* (or) ", |_| "||".to_owned()),
    kind("`!` stands for `not`", Place::Line, r#"(?m)^ +(?:assert|if) [^"'\n]*(not )"#, |_| "!".to_owned()),
    kind("a hole lacks both braces at its end", Place::Line, r"\{\{ [^{}\n]+( \}\})", gone),
    kind("a hole lacks a brace at its end", Place::Line, r"\{\{ [^{}\n]+ (\}\})", |_| "}".to_owned()),
    kind("a hole lacks a brace at its start", Place::Line, r"(\{\{) [^{}\n]+ \}\}", |_| "{".to_owned()),
    kind("a hole lacks both braces at its start", Place::Line, r"(\{\{ )[^{}\n]+ \}\}", gone),
    kind(
        "a parenthesis of a call is missing",
        Place::Shape,
        r"(?m)^ +(?:let \w+ = )?\w+\.\w+\([^()\n]*(\))$",
        gone,
    ),
    kind(
        "a bracket is missing",
        Place::Shape,
        r#"(?m)^ +(?:let|assert|if|for) [^"$\n]*\[[^\[\]\n]*(\])"#,
        gone,
    ),
    kind("a comma of a record is missing", Place::Line, r#"\{"\w+": [^,{}\n]+(,) ""#, gone),
    kind(
        "a comma between arguments is missing",
        Place::Line,
        r"(?m)^ +(?:let \w+ = )?\w+\.\w+\([^(),\n]*(,) [^()\n]*\)$",
        gone,
    ),
    kind("a comma before a clause is missing", Place::Line, r"(,) (?:within|every|stable) ", gone),
    kind("`each` is missing", Place::Line, r"for (each )", gone),
    kind("`of` stands for `in`", Place::Line, r"for each \w+ (in) ", |_| "of".to_owned()),
    kind("`return` is missing", Place::Line, r"(?m)^ +(return )", gone),
    kind("`let` is missing", Place::Line, r"(?m)^ +(let )", gone),
    kind("`on TARGET` is missing", Place::Line, r"(?m)^ +(?:let \w+ = )?(?:check|run|once)( on \w+)", gone),
    // Values and types.
    kind("a duration has no unit", Place::Line, r"(?:within|every) (\d+[smh])\b", |found| {
        found[1][..found[1].len() - 1].to_owned()
    }),
    kind("a duration has a wrong unit", Place::Line, r"(?:within|every) (\d+[smh])\b", misspelled),
    kind("a duration is in words", Place::Line, r"(?:within|every) (\d+m)\b", |found| {
        format!("{}inutes", found[1].replace('m', " m"))
    }),
    kind("a duration is quoted", Place::Line, r"(?:within|every) (\d+[smh])\b", quoted),
    kind("a number is quoted", Place::Line, r#"(?:assert|if) [^"\n]*[<>=] (\d+)\b"#, quoted),
    kind("a string has no quotes", Place::Line, r#"[!=]= ("\w+")"#, |found| found[1].replace('"', "")),
    kind(
        "a default is of another type",
        Place::Line,
        r"(?m)^param \w+: +(?:int|string|duration|bool)[^=\n]*= ([^\n]+)$",
        another_literal,
    ),
    kind("an argument too many", Place::Line, r"(?m)^ +(?:let \w+ = )?\w+\.\w+\([^()\n]+(\))", |_| {
        ", 1)".to_owned()
    }),
    kind("an argument is a number", Place::Line, r"(?m)^ +(?:let \w+ = )?\w+\.\w+\(([^(),\n]+)[,)]", |_| {
        "7".to_owned()
    }),
    kind(
        "a filter has no argument",
        Place::Line,
        r"\| (?:selectattr|rejectattr|map|matching|containing|regex_replace|default)(\([^()\n]*\))",
        gone,
    ),
    kind(
        "a filter's argument is of another type",
        Place::Line,
        r#"\| (?:selectattr|rejectattr|matching|containing|regex_replace)\(("[^"\n]*")"#,
        |_| "7".to_owned(),
    ),
    kind("a filter is missing", Place::Line, r"( \| (?:length|int|join\([^()\n]*\)))", gone),
    kind("a command is asked for a status", Place::Line, r"\.(text|stdout|lines|exit)\b", |_| {
        "status".to_owned()
    }),
    kind("an answer is asked for an exit code", Place::Line, r"\.(status|json)\b", |_| "exit".to_owned()),
    kind("`accept` is of the other kind", Place::Line, r"accept (status|exit) ", |found| {
        if &found[1] == "exit" { "status" } else { "exit" }.to_owned()
    }),
    kind("an http target is an ssh target", Place::Line, r"(?m)^target \w+ += (http)\b", |_| {
        "ssh".to_owned()
    }),
    kind("an ssh target is an http target", Place::Uses, r"(?m)^target ((\w+) += ssh\b)", |found| {
        found[1].replace("ssh", "http")
    }),
    kind("`null` stands for `none`", Place::Line, r#"(?m)^[^#"\n]*\b(none)\b"#, |_| "null".to_owned()),
    kind("a regex lacks a bracket", Place::Line, r#"matching[( ]"[^"\n]*(\])"#, gone),
    kind("a secret is shown", Place::Line, r#"(?m)^ +note "()"#, |_| "{{ azure_token }} ".to_owned()),
    kind("an address has no scheme", Place::Line, r#"(?m)^target \w+ += http "(https?://)"#, gone),
    // Order and structure.
    kind(
        "a `let` stands below its use",
        Place::Line,
        r"(?m)^(( +let (\w+) = [^\n{]+\n)( +[^\n{}]+[^\n{},]\n))",
        below_its_use,
    ),
    kind("a `let` stands twice", Place::Line, r#"(?m)^( +let \w+ = [^\n{"]+\n)"#, twice),
    kind("a param stands twice", Place::Line, r"(?m)^(param [^\n{\[(]+\n)", twice),
    kind("a clause stands twice", Place::Line, r"(, within \w+)", twice),
    kind(
        "a stage's title stands twice",
        Place::Line,
        r#"(?s)stage "([^"]+)" \{.*?\nstage "([^"]+)""#,
        |found| found[2].to_owned(),
    ),
    kind("`done when` is empty", Place::Line, r"done when (\{[^{}]*\})", |_| "{}".to_owned()),
    kind("a wait is empty", Place::Line, r"(?m)^  wait until[^\n]*(\{\n(?:    .*\n|\n)*  \}\n)", |_| {
        "{\n  }\n".to_owned()
    }),
    kind("`stable` has no count", Place::Line, r"stable (\d+ times)", gone),
    // Commands.
    kind(
        "a command has no `$`",
        Place::Line,
        r#"(?m)^ +(?:let \w+ = )?(?:check|run|once) on [^$\n"]*(\$ )"#,
        gone,
    ),
    kind(
        "a quote in a command is missing",
        Place::Line,
        r#"(?m)(?:check|run|once) on [^$\n]*\$ [^\n]*?(['"])[^"\n]"#,
        gone,
    ),
    kind(
        "a parenthesis in a command is missing",
        Place::Line,
        r"(?m)(?:check|run|once) on [^$\n]*\$ [^\n]*(\))",
        gone,
    ),
    kind(
        "a brace in a command is missing",
        Place::Line,
        r"(?m)(?:check|run|once) on [^$\n]*\$ [^\n]*[^}\n](\})[^}]",
        gone,
    ),
    kind(
        "a command ends with a pipe",
        Place::Line,
        r#"(?m)(?:check|run|once) on [^$\n]*\$ [^\n"]+()$"#,
        |_| " |".to_owned(),
    ),
    kind(
        "a command ends with `&&`",
        Place::Line,
        r#"(?m)(?:check|run|once) on [^$\n]*\$ [^\n"]+()$"#,
        |_| " &&".to_owned(),
    ),
    kind("`fi` is missing in a command", Place::Line, r"\$ if [^\n]*(; fi)\n", gone),
    kind("a keyword in a script is missing", Place::Line, r"(?m)^ +((?:done|fi|then|do)\n)", gone),
    Kind {
        run: Run::Otherwise,
        ..kind("a comparison is turned round", Place::Line, r#"(?:assert|if) [^"\n]* (<|>)=? "#, |found| {
            if &found[1] == "<" { ">" } else { "<" }.to_owned()
        })
    },
    Kind {
        run: Run::Otherwise,
        ..kind("a wait looks at other times", Place::Line, r"(, (?:every|stable) [^,{\n]+?)(?: ?\{|,)", gone)
    },
    Kind {
        run: Run::Otherwise,
        ..kind("a wait is missing", Place::Line, r"(?m)^(  wait until[^\n]*\{\n(?:    .*\n|\n)*  \}\n)", gone)
    },
    Kind {
        run: Run::Otherwise,
        ..kind("a call that waits is missing", Place::Line, r"(?m)^( +\w+\.wait_\w+\([^\n]*\)\n)", gone)
    },
];
