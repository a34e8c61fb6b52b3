//! Commands of PowerShell that run blocks or text, or set names, taken off.

use std::rc::Rc;

use super::producers::one_of;
use super::tree::{Argument, Block, Command, Expr};
use super::values::{Kind, Objects, Val};
use super::walk::{Walker, is_sensitive};
use crate::shell::Word;

/// Commands that do no more than to run the blocks they are given, elsewhere or later.
const ELSEWHERE: [&str; 8] = [
    "start-job",
    "start-threadjob",
    "invoke-command",
    "register-objectevent",
    "register-engineevent",
    "register-wmievent",
    "register-cimindicationevent",
    "register-argumentcompleter",
];
/// All whose blocks are followed.
const OTHERS: [&str; 10] = [
    "foreach-object",
    "where-object",
    "measure-command",
    "invoke-expression",
    "start-process",
    "set-alias",
    "new-alias",
    "set-variable",
    "new-variable",
    "trace-command",
];
/// Properties that are common, and methods of nothing.
const PROPERTIES: [&str; 24] = [
    "name",
    "id",
    "status",
    "starttype",
    "displayname",
    "servicename",
    "processname",
    "fullname",
    "length",
    "count",
    "value",
    "key",
    "keys",
    "values",
    "path",
    "machinename",
    "message",
    "version",
    "lastwritetime",
    "basename",
    "extension",
    "line",
    "ipaddress",
    "state",
];

pub(super) fn is_carrier(name: &str) -> bool {
    ELSEWHERE.contains(&name) || OTHERS.contains(&name)
}

impl Walker {
    /// What a carrier puts out; none if the command is no carrier.
    pub(super) fn carried(&mut self, meant: &str, command: &Command, flow: Option<&Val>) -> Option<Val> {
        if command.arguments.iter().any(|argument| matches!(argument, Argument::Splat(_)))
            && is_carrier(meant)
        {
            self.parts(command);
            self.opaque(format!("what `{meant}` is given is not known"));
            return Some(Val::Unknown);
        }
        match meant {
            "foreach-object" => Some(self.foreach_object(command, flow)),
            "where-object" => Some(self.filtered(command, flow)),
            "invoke-expression" => self.expression(command, flow),
            "measure-command" | "trace-command" => Some(self.measured(command)),
            "powershell" | "pwsh" if has_block(command) => Some(self.started(command)),
            "start-process" => Some(self.process(command)),
            "set-alias" | "new-alias" => Some(self.alias(command)),
            "set-variable" | "new-variable" => Some(self.set_by_command(command)),
            _ if ELSEWHERE.contains(&meant) => Some(self.blocks_elsewhere(meant, command)),
            _ => None,
        }
    }

    fn foreach_object(&mut self, command: &Command, flow: Option<&Val>) -> Val {
        let mut blocks = Vec::new();
        for argument in &command.arguments {
            match argument {
                Argument::Parameter { name, value } => {
                    if let Some(Expr::Block(block)) = value {
                        blocks.push(block.clone());
                    } else if let Some(value) = value {
                        self.value(value);
                    }
                    if sets_input(name) {
                        self.opaque("what `-InputObject` brings can't be followed");
                    }
                }
                Argument::Value(Expr::Block(block)) => blocks.push(block.clone()),
                Argument::Value(value) => self.member_of_each(value, flow),
                Argument::Splat(_) | Argument::Verbatim(_) => self.opaque("what it runs is not known"),
            }
        }
        match blocks.is_empty() {
            true => flow.map_or(Val::Unknown, one_of),
            false => self.for_each(&blocks, flow),
        }
    }

    /// Blocks run for each of what flows.
    pub(super) fn for_each(&mut self, blocks: &[Rc<Block>], flow: Option<&Val>) -> Val {
        const MOST_ROUNDS: usize = 64;
        let rounds: Vec<Val> = match flow {
            Some(Val::List(items)) if (1..=MOST_ROUNDS).contains(&items.len()) => {
                items.iter().cloned().map(Val::Text).collect()
            }
            Some(flow) => vec![one_of(flow)],
            None => vec![Val::Unknown],
        };
        let mut values = Vec::new();
        for block in blocks {
            values = self.rounds("_", &rounds, block);
        }
        match values.as_slice() {
            [Val::Objects(objects)] if blocks.len() == 1 => Val::Objects(objects.clone()),
            _ => Val::Unknown,
        }
    }

    /// `% Name` takes a property, or calls a method; of which it is, the name alone tells.
    fn member_of_each(&mut self, name: &Expr, flow: Option<&Val>) {
        let value = self.value(name);
        if matches!(value, Val::Block(_)) {
            return;
        }
        let Some(name) = value.text().map(|name| name.to_lowercase()) else {
            return self.opaque("what `ForEach-Object` runs is only known on the host");
        };
        let number = name.chars().all(|c| c.is_ascii_digit());
        if let Some(Val::Objects(objects)) = flow
            && self.object_method(objects, &name)
        {
            return;
        }
        if !number && !PROPERTIES.contains(&name.as_str()) && !super::folded::is_listed("method", &name) {
            self.opaque(format!("what the method `{name}` does is not known"));
        }
    }

    /// `iex`: its text is run as if it stood here.
    fn expression(&mut self, command: &Command, flow: Option<&Val>) -> Option<Val> {
        let mut values: Vec<Val> = self.parts(command).into_iter().map(|(_, value)| value).collect();
        if let [Argument::Parameter { value: None, .. }, Argument::Value(_)] = command.arguments.as_slice() {
            values.remove(0);
        }
        let code = match (values.as_slice(), flow) {
            ([Val::Text(code)], None) => Some(vec![code.clone()]),
            ([], Some(flow)) => flow.items(),
            _ => None,
        };
        match code {
            Some(code) => code.iter().for_each(|code| self.code(code)),
            None => self.opaque("what `Invoke-Expression` runs is only known on the host"),
        }
        Some(Val::Unknown)
    }

    /// A block that is run here.
    fn measured(&mut self, command: &Command) -> Val {
        for argument in &command.arguments {
            match argument {
                Argument::Value(Expr::Block(block))
                | Argument::Parameter { value: Some(Expr::Block(block)), .. } => {
                    self.branches(&[], std::slice::from_ref(&**block));
                }
                Argument::Value(value) | Argument::Parameter { value: Some(value), .. } => {
                    self.value(value);
                }
                Argument::Parameter { value: None, .. } => {}
                Argument::Splat(_) | Argument::Verbatim(_) => self.opaque("what it runs is not known"),
            }
        }
        if !has_block(command) {
            self.opaque("which block it runs is only known on the host");
        }
        Val::Unknown
    }

    /// `powershell -NoProfile { … }`: another shell, with the same text.
    fn started(&mut self, command: &Command) -> Val {
        const PLAIN: [&str; 6] = ["-noprofile", "-nop", "-noninteractive", "-noni", "-nologo", "-command"];
        for argument in &command.arguments {
            match argument {
                Argument::Value(Expr::Block(block)) => self.elsewhere(block),
                Argument::Parameter { name, value: None }
                    if PLAIN.contains(&name.to_lowercase().as_str()) || name == "-c" => {}
                _ => self.opaque("what the other PowerShell is given is not known"),
            }
        }
        Val::Unknown
    }

    fn blocks_elsewhere(&mut self, meant: &str, command: &Command) -> Val {
        let parts = self.parts(command);
        let file = |name: &Option<String>| {
            name.as_ref().is_some_and(|name| {
                name.starts_with("-f") || name.starts_with("-def") || name.starts_with("-literalp")
            })
        };
        let event = meant.starts_with("register-");
        let blocks = parts.iter().any(|(_, value)| matches!(value, Val::Block(_)));
        if parts.iter().any(|(name, _)| file(name)) || !blocks && !event {
            self.opaque(format!("what `{meant}` runs is not known"));
        }
        let action = parts.iter().any(|(name, _)| name.as_ref().is_some_and(|name| name.starts_with("-a")));
        if event && action && !blocks {
            self.opaque(format!("what `{meant}` runs is not known"));
        }
        Val::Unknown
    }

    /// `Start-Process`, with its parameters in full: `FILE -ArgumentList a -ArgumentList b -Wait`.
    fn process(&mut self, command: &Command) -> Val {
        let mut words = vec![Word::known("Start-Process")];
        let mut file: Option<Word> = None;
        let mut parameter: Option<&'static str> = None;
        for argument in &command.arguments {
            let value = match argument {
                Argument::Parameter { name, value } => {
                    parameter = of_start_process(name);
                    match (parameter, value) {
                        (Some(_), Some(value)) => value,
                        (Some(_), None) => continue,
                        (None, Some(Expr::Variable(name))) if name == "false" => continue,
                        (None, _) => {
                            words.push(Word::known(name));
                            continue;
                        }
                    }
                }
                Argument::Value(value) => value,
                Argument::Splat(_) | Argument::Verbatim(_) => continue,
            };
            let positional = if file.is_none() { "-FilePath" } else { "-ArgumentList" };
            let parameter = parameter.take().unwrap_or(positional);
            let found = self.value(value);
            let unknown = vec![Word::expanded(super::values::spelled(value))];
            let items = found.items().map_or(unknown, |items| items.into_iter().map(Word::known).collect());
            match parameter {
                "-FilePath" => file = items.into_iter().next(),
                _ => words.extend(items.into_iter().flat_map(|item| [Word::known(parameter), item])),
            }
        }
        words.insert(1, file.unwrap_or_else(|| Word::expanded("$file")));
        self.words(words);
        Val::Objects(Objects::some(Kind::Process))
    }

    /// Another name for a command, where it can be followed.
    fn alias(&mut self, command: &Command) -> Val {
        let mut texts = Vec::new();
        let mut fine = self.unsure == 0;
        for (parameter, value) in self.parts(command) {
            match (parameter.as_deref(), value.text()) {
                (None, Some(text)) => texts.push(text),
                (Some("-name" | "-value" | "-force"), _) => {}
                (Some("-scope" | "-option" | "-description") | None, _) | (Some(_), _) => fine = false,
            }
        }
        let swapped = command.arguments.iter().find_map(|argument| match argument {
            Argument::Parameter { name, .. } => Some(name.to_lowercase() == "-value"),
            Argument::Value(_) | Argument::Splat(_) | Argument::Verbatim(_) => None,
        });
        match texts.as_slice() {
            [name, of]
                if fine && swapped != Some(true) && !super::written::is_well_known(&name.to_lowercase()) =>
            {
                let of = self.names.aliases.get(&of.to_lowercase()).unwrap_or(of).clone();
                self.names.aliases.insert(name.to_lowercase(), of);
            }
            _ => self.opaque("it gives a command another name"),
        }
        Val::Unknown
    }

    fn set_by_command(&mut self, command: &Command) -> Val {
        let parts = self.parts(command);
        let sensitive = |text: &str| is_sensitive(&text.to_lowercase()) || text.contains(['*', ':', '?']);
        let texts: Vec<Option<String>> =
            parts.iter().filter(|(name, _)| name.is_none()).map(|(_, value)| value.text()).collect();
        let named = texts.iter().any(|text| text.as_deref().is_none_or(sensitive));
        if named || texts.is_empty() {
            self.opaque("which variable it sets is only known on the host");
        }
        self.names.variables.clear();
        Val::Unknown
    }
}

fn sets_input(parameter: &str) -> bool {
    parameter.len() > 2 && "-inputobject".starts_with(&parameter.to_lowercase())
}

fn has_block(command: &Command) -> bool {
    command.arguments.iter().any(|argument| match argument {
        Argument::Value(Expr::Block(_)) | Argument::Parameter { value: Some(Expr::Block(_)), .. } => true,
        Argument::Value(_) | Argument::Parameter { .. } | Argument::Splat(_) | Argument::Verbatim(_) => false,
    })
}

/// A parameter of `Start-Process` that takes a value, in full.
fn of_start_process(name: &str) -> Option<&'static str> {
    const WITH_VALUE: [&str; 9] = [
        "-FilePath",
        "-ArgumentList",
        "-WorkingDirectory",
        "-Verb",
        "-WindowStyle",
        "-Credential",
        "-RedirectStandardOutput",
        "-RedirectStandardError",
        "-RedirectStandardInput",
    ];
    let lower = name.to_lowercase();
    match lower.as_str() {
        "-args" => Some("-ArgumentList"),
        "-path" | "-pspath" => Some("-FilePath"),
        _ => WITH_VALUE.into_iter().find(|known| lower.len() > 1 && known.to_lowercase().starts_with(&lower)),
    }
}
