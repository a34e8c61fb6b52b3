//! What flows through pipes: services, processes and names from one command to the next.

use super::tree::{Argument, Command, Expr, Step};
use super::values::{Kind, Objects, Val};
use super::walk::Walker;
use crate::shell::Word;

/// Verbs of commands that do nothing to what a pipe brings them.
const NEUTRAL: [&str; 24] = [
    "get",
    "test",
    "measure",
    "select",
    "format",
    "out",
    "where",
    "sort",
    "group",
    "convertto",
    "convertfrom",
    "compare",
    "write",
    "export",
    "join",
    "split",
    "resolve",
    "tee",
    "foreach",
    "show",
    "add",
    "wait",
    "find",
    "trace",
];

/// Whether a command takes what `Get-Service` or `Get-Process` gives.
pub(super) fn takes_fetched(meant: &str) -> bool {
    meant.ends_with("-service") || meant.ends_with("-process")
}

/// What a command puts out, as far as it is followed.
pub(super) fn produced(meant: &str, words: &[Word], flow: Option<&Val>) -> Val {
    match meant {
        "get-service" => Val::Objects(fetched(Kind::Service, words, flow)),
        "get-process" => Val::Objects(fetched(Kind::Process, words, flow)),
        "write-output" if words.len() > 1 => written(&words[1..]),
        "sort-object" | "get-unique" | "tee-object" => flow.cloned().unwrap_or(Val::Unknown),
        "select-object" => selected(&words[1..], flow),
        _ if takes_fetched(meant) && passes_thru(words) => match flow {
            Some(Val::Objects(objects)) => Val::Objects(objects.clone()),
            _ => Val::Unknown,
        },
        _ => Val::Unknown,
    }
}

fn passes_thru(words: &[Word]) -> bool {
    words.iter().any(|word| word.len() > 3 && "-passthru".starts_with(&word.to_lowercase()))
}

fn written(words: &[Word]) -> Val {
    let plain = words.iter().all(|word| word.known && !word.starts_with('-'));
    let items = words.iter().map(|word| word.text.clone()).collect();
    if plain { Val::List(items) } else { Val::Unknown }
}

/// What `Select-Object` leaves is some of what flows in, or a part of each.
fn selected(words: &[Word], flow: Option<&Val>) -> Val {
    let names = ["name", "servicename", "processname", "id"];
    let mut fine = true;
    let mut takes_name = false;
    for word in words {
        let lower = word.to_lowercase();
        takes_name |= lower.starts_with("-exp") && lower.len() > 3;
        let of_count =
            ["-first", "-last", "-skip", "-unique", "-index"].iter().any(|it| it.starts_with(&lower));
        let number = word.known && lower.chars().all(|c| c.is_ascii_digit());
        fine &=
            of_count || number || lower.starts_with("-exp") || takes_name && names.contains(&lower.as_str());
    }
    if fine { flow.cloned().unwrap_or(Val::Unknown) } else { Val::Unknown }
}

/// The services or processes that a command fetches.
fn fetched(kind: Kind, words: &[Word], flow: Option<&Val>) -> Objects {
    let mut chosen: Vec<Word> = Vec::new();
    let mut parameter = "-Name".to_owned();
    for word in &words[1..] {
        let lower = word.to_lowercase();
        if word.known && lower.starts_with('-') {
            let Some(full) = fetching(&lower) else { return Objects::some(kind) };
            parameter = full.to_owned();
        } else if parameter == "-Exclude" || parameter == "-Include" {
            parameter = "-Name".to_owned();
        } else {
            chosen.extend([Word::known(&parameter), word.clone()]);
            parameter = "-Name".to_owned();
        }
    }
    match flow {
        Some(flow) if chosen.is_empty() => chosen = named_by(kind, flow),
        Some(_) | None => {}
    }
    if chosen.is_empty() { Objects::all(kind) } else { Objects { kind, chosen } }
}

/// A parameter of `Get-Service` or `Get-Process` in full, where it is one that is followed.
fn fetching(name: &str) -> Option<&'static str> {
    const PARAMETERS: [&str; 6] = ["-Name", "-DisplayName", "-Id", "-Exclude", "-Include", "-InputObject"];
    const PLAIN: [&str; 4] = ["-erroraction", "-ea", "-fileversioninfo", "-module"];
    if name == "-servicename" || name == "-processname" {
        return Some("-Name");
    }
    if PLAIN.contains(&name) {
        return Some("-Exclude");
    }
    let mut found = PARAMETERS.into_iter().filter(|known| known.to_lowercase().starts_with(name));
    found.next().filter(|known| *known != "-InputObject")
}

/// What a pipe brings, as parameters that choose the same.
fn named_by(kind: Kind, flow: &Val) -> Vec<Word> {
    match flow {
        Val::Objects(objects) => objects.chosen.clone(),
        other => match other.items() {
            Some(items) => {
                items.into_iter().flat_map(|item| [Word::known("-Name"), Word::known(item)]).collect()
            }
            None => Objects::some(kind).chosen,
        },
    }
}

/// The words that a pipe adds to a command that acts on what it brings.
pub(super) fn brought(meant: &str, flow: Option<&Val>) -> Vec<Word> {
    let (Some(flow), true) = (flow, super::written::is_cmdlet(meant)) else { return Vec::new() };
    let verb = meant.split('-').next().unwrap_or(meant);
    if NEUTRAL.contains(&verb) && !meant.ends_with("-content") {
        return Vec::new();
    }
    match (flow, meant) {
        (flow, "stop-process") if !matches!(flow, Val::Objects(_)) => {
            vec![Word::known("-Name"), Word::expanded("$_")]
        }
        (flow, _) if takes_fetched(meant) => named_by(Kind::Service, flow),
        // What is written to a file is not what the file is called.
        (
            _,
            "set-content" | "add-content" | "export-csv" | "import-csv" | "invoke-restmethod"
            | "invoke-webrequest",
        ) => Vec::new(),
        (flow, _) => match flow.items() {
            Some(items) => items.into_iter().map(Word::known).collect(),
            None => vec![Word::expanded("$_")],
        },
    }
}

impl Walker {
    /// What `Where-Object` leaves of what flows in.
    pub(super) fn filtered(&mut self, command: &Command, flow: Option<&Val>) -> Val {
        let condition = match command.arguments.as_slice() {
            [Argument::Value(Expr::Block(block))]
            | [Argument::Parameter { .. }, Argument::Value(Expr::Block(block))] => {
                let rounds = [flow.map_or(Val::Unknown, one_of)];
                self.rounds("_", &rounds, block);
                in_block(block)
            }
            arguments => {
                let parts = self.parts(command);
                let known = |value: &Val| value.text().is_some() || matches!(value, Val::Block(_));
                if !parts
                    .iter()
                    .find(|(parameter, _)| parameter.is_none())
                    .is_some_and(|(_, value)| known(value))
                {
                    self.opaque("what `Where-Object` runs is only known on the host");
                }
                in_words(arguments)
            }
        };
        match (flow, condition) {
            (Some(Val::Objects(objects)), Some((property, operator, operand))) if objects.is_all() => {
                let chosen = self.chosen_by(&property, &operator, &operand);
                Val::Objects(
                    chosen.map_or_else(|| objects.clone(), |chosen| Objects { kind: objects.kind, chosen }),
                )
            }
            (Some(flow), _) => flow.clone(),
            (None, _) => Val::Unknown,
        }
    }

    fn chosen_by(&mut self, property: &str, operator: &str, operand: &Expr) -> Option<Vec<Word>> {
        let parameter = match property.to_lowercase().as_str() {
            "name" | "servicename" | "processname" => "-Name",
            "displayname" => "-DisplayName",
            _ => return None,
        };
        let items = self.value(operand).items()?;
        let items: Vec<String> = match operator {
            "-eq" | "-ieq" | "-ceq" if items.len() == 1 && !items[0].contains(['*', '?', '[']) => items,
            "-like" | "-ilike" | "-clike" if items.len() == 1 => items,
            "-in" | "-iin" | "-cin" => items,
            "-match" | "-imatch" if items.len() == 1 => vec![as_glob(&items[0])?],
            _ => return None,
        };
        Some(items.into_iter().flat_map(|item| [Word::known(parameter), Word::known(item)]).collect())
    }
}

/// What `$_` is for a filter or a loop over what flows.
pub(super) fn one_of(flow: &Val) -> Val {
    match flow {
        Val::Text(_) | Val::Number(_) | Val::Objects(_) => flow.clone(),
        Val::List(_) | Val::Hash(_) | Val::Block(_) | Val::Unknown => Val::Unknown,
    }
}

/// A regular expression of plain letters as a glob.
fn as_glob(pattern: &str) -> Option<String> {
    let (start, rest) = pattern.strip_prefix('^').map_or(("*", pattern), |rest| ("", rest));
    let (end, middle) = rest.strip_suffix('$').map_or(("*", rest), |middle| ("", middle));
    let plain = middle.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    plain.then(|| format!("{start}{middle}{end}"))
}

type Condition = (String, String, Expr);

/// `{ $_.Name -eq 'x' -and … }`: one of its conditions on a property.
fn in_block(block: &super::tree::Block) -> Option<Condition> {
    use super::tree::{Element, Statement};
    let [Statement::Pipelines(pipelines)] = block.body.as_slice() else { return None };
    let [pipeline] = pipelines.as_slice() else { return None };
    let [Element::Value { of: Expr::Operation { operands, operators }, .. }] = pipeline.elements.as_slice()
    else {
        return None;
    };
    if operators.iter().any(|operator| matches!(operator.as_str(), "-or" | "-xor" | "?" | "??")) {
        return None;
    }
    let mut start = 0;
    for end in 0..=operators.len() {
        if end < operators.len() && operators[end] != "-and" {
            continue;
        }
        let condition = condition(&operands[start..=end], &operators[start..end]);
        if condition.as_ref().is_some_and(|(property, ..)| property.to_lowercase().ends_with("name")) {
            return condition;
        }
        start = end + 1;
    }
    None
}

fn condition(operands: &[Expr], operators: &[String]) -> Option<Condition> {
    let (Expr::Postfix { of, steps }, rest) = operands.split_first()? else { return None };
    let (operator, commas) = operators.split_first()?;
    let [Step::Member(Expr::Text(property))] = steps.as_slice() else { return None };
    let current = matches!(&**of, Expr::Variable(name) if name == "_" || name == "psitem");
    if !current || commas.iter().any(|comma| comma != ",") {
        return None;
    }
    let operand = match rest {
        [one] => one.clone(),
        many => Expr::Operation { operands: many.to_vec(), operators: commas.to_vec() },
    };
    Some((property.clone(), operator.clone(), operand))
}

/// `Name -eq x`, `-Property Name -eq -Value x`
fn in_words(arguments: &[Argument]) -> Option<Condition> {
    let arguments = match arguments {
        [Argument::Parameter { name, value: None }, rest @ ..]
            if name.len() > 1 && "-property".starts_with(&name.to_lowercase()) =>
        {
            rest
        }
        other => other,
    };
    match arguments {
        [
            Argument::Value(Expr::Text(property)),
            Argument::Parameter { name, value: None },
            Argument::Value(operand),
        ] => Some((property.clone(), name.to_lowercase(), operand.clone())),
        _ => None,
    }
}
