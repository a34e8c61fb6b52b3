//! A simple command: its words, what it sets, what it writes and what it reads.

use brush_parser::ast;

use super::expand::As;
use super::state::{names, tells};
use super::walk::{Input, Walker};
use crate::shell::wrappers::{self, Inside};
use crate::shell::{Word, interpreters};
use crate::value::Shell;

/// The parts of a simple command, read in order.
#[derive(Default)]
struct Gathered<'a> {
    assignments: Vec<&'a ast::Assignment>,
    words: Vec<Word>,
    input: Option<Input>,
    prints_elsewhere: bool,
}

impl Walker {
    /// Walks a simple command and gives what it surely prints.
    pub(super) fn simple(&mut self, command: &ast::SimpleCommand, input: Input) -> Option<String> {
        let gathered = self.gather(command);
        let input = gathered.input.unwrap_or(input);
        self.assignments(&gathered.assignments, gathered.words.is_empty());
        let first = gathered.words.first()?;
        if !first.known {
            let why = format!("which program `{first}` is, is only known on the host");
            self.opaque(why);
            self.state.forget_all();
            return None;
        }
        let printed = printed(&gathered.words, &input).filter(|_| !gathered.prints_elsewhere);
        self.run(gathered.words, &input);
        printed
    }

    fn gather<'a>(&mut self, command: &'a ast::SimpleCommand) -> Gathered<'a> {
        let mut gathered = Gathered::default();
        for item in command.prefix.iter().flat_map(|prefix| &prefix.0) {
            match item {
                ast::CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => {
                    gathered.assignments.push(assignment);
                }
                _ => self.item(item, &mut gathered),
            }
        }
        if let Some(word) = &command.word_or_name {
            gathered.words.extend(self.fields(&word.value));
        }
        for item in command.suffix.iter().flat_map(|suffix| &suffix.0) {
            self.item(item, &mut gathered);
        }
        gathered
    }

    fn item(&mut self, item: &ast::CommandPrefixOrSuffixItem, gathered: &mut Gathered<'_>) {
        use ast::CommandPrefixOrSuffixItem as Item;
        match item {
            Item::IoRedirect(redirect) => {
                let input = self.redirect(redirect);
                gathered.prints_elsewhere |= input.is_none();
                gathered.input = input.or(gathered.input.take());
            }
            Item::Word(word) | Item::AssignmentWord(_, word) => {
                gathered.words.extend(self.fields(&word.value));
            }
            Item::ProcessSubstitution(_, subshell) => {
                self.subshell(subshell);
                gathered.words.push(Word::expanded("<(…)"));
            }
        }
    }

    /// Walks a redirection; what it gives to read, if it is one of the standard input.
    pub(super) fn redirect(&mut self, redirect: &ast::IoRedirect) -> Option<Input> {
        match redirect {
            ast::IoRedirect::File(fd, kind, target) => return self.file(*fd, kind, target),
            ast::IoRedirect::OutputAndError(word, _) => self.written(&word.value),
            ast::IoRedirect::HereString(fd, word) => {
                let text = self.value(&word.value, As::Value);
                return fd.is_none_or(|fd| fd == 0).then(|| read(text));
            }
            ast::IoRedirect::HereDocument(fd, document) => {
                let text = self.here_document(document);
                return fd.is_none_or(|fd| fd == 0).then(|| read(text));
            }
        }
        None
    }

    fn here_document(&mut self, document: &ast::IoHereDocument) -> Word {
        let raw = &document.doc.value;
        let untabbed: String = raw.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect();
        let text = if document.remove_tabs { &untabbed } else { raw };
        if document.requires_expansion { self.body(text) } else { Word::known(text.as_str()) }
    }

    fn file(
        &mut self,
        fd: Option<ast::IoFd>,
        kind: &ast::IoFileRedirectKind,
        target: &ast::IoFileRedirectTarget,
    ) -> Option<Input> {
        use ast::{IoFileRedirectKind as Kind, IoFileRedirectTarget as Target};
        let reads = matches!(kind, Kind::Read | Kind::DuplicateInput | Kind::ReadAndWrite);
        match target {
            Target::Filename(word) if matches!(kind, Kind::Read) => {
                self.fields(&word.value);
            }
            Target::Filename(word) => self.written(&word.value),
            Target::ProcessSubstitution(_, subshell) => self.subshell(subshell),
            Target::Fd(_) => {}
            Target::Duplicate(word) => {
                let digits = |text: &str| text.trim_end_matches('-').chars().all(|c| c.is_ascii_digit());
                if !digits(&word.value) {
                    self.written(&word.value);
                }
            }
        }
        (reads && fd.is_none_or(|fd| fd == 0)).then_some(Input::Unknown)
    }

    /// The pseudo-command `> FILE` of a redirection that writes a file.
    fn written(&mut self, raw: &str) {
        let path = self.value(raw, As::Words);
        let harmless = path.known && matches!(&*path, "/dev/null" | "/dev/stdout" | "/dev/stderr");
        if !harmless {
            self.emit(vec![Word::known(">"), path]);
        }
    }

    fn assignments(&mut self, assignments: &[&ast::Assignment], stay: bool) {
        for assignment in assignments {
            let name = match &assignment.name {
                ast::AssignmentName::VariableName(name) => name,
                ast::AssignmentName::ArrayElementName(name, subscript) => {
                    self.value(&format!("\"{subscript}\""), As::Value);
                    self.arithmetic(subscript);
                    name
                }
            };
            if tells(name) {
                self.opaque(format!("it sets `{name}`, which changes what commands do"));
            }
            let value = self.assigned(assignment).filter(|_| stay && !assignment.append);
            self.assign(name, value);
        }
    }

    fn assigned(&mut self, assignment: &ast::Assignment) -> Option<String> {
        let plain = matches!(assignment.name, ast::AssignmentName::VariableName(_));
        match &assignment.value {
            ast::AssignmentValue::Scalar(word) => {
                let value = self.value(&word.value, As::Value);
                (plain && value.known).then_some(value.text)
            }
            ast::AssignmentValue::Array(items) => {
                for (key, value) in items {
                    key.iter().for_each(|key| {
                        self.value(&key.value, As::Value);
                    });
                    self.fields(&value.value);
                }
                None
            }
        }
    }

    /// Follows what a command does to the script itself, and notes it.
    fn run(&mut self, words: Vec<Word>, input: &Input) {
        let inner = words.iter().position(|word| !matches!(&**word, "command" | "builtin" | "-p" | "--"));
        let rest = &words[inner.unwrap_or(0)..];
        let name = rest.first().map(|word| word.text.clone()).unwrap_or_default();
        let arguments: Vec<Word> = rest.iter().skip(1).cloned().collect();
        match name.as_str() {
            "eval" => return self.eval(&arguments, words),
            "trap" => return self.set_trap(&arguments, words),
            "set" => self.set(&arguments),
            "shift" => self.shift(&arguments),
            "export" | "readonly" | "declare" | "typeset" | "local" => self.declare(&name, &arguments),
            "read" | "mapfile" | "readarray" | "unset" | "getopts" | "let" => self.sets(&arguments),
            "printf" | "wait" | "test" | "[" if arguments.iter().any(|word| word.starts_with('-')) => {
                self.sets_by_option(&arguments);
            }
            _ => {}
        }
        let known = arguments.iter().all(|word| word.known);
        let texts = known.then(|| arguments.into_iter().map(|word| word.text).collect());
        if inner == Some(0) && self.call(&name, texts) {
            return;
        }
        let words = self.reading(&words, input).unwrap_or(words);
        self.emit(words);
    }

    fn eval(&mut self, arguments: &[Word], words: Vec<Word>) {
        if arguments.iter().any(|word| !word.known) {
            self.state.forget_all();
            return self.opaque("`eval` runs a text that is only known on the host");
        }
        let texts: Vec<&str> = arguments.iter().map(|word| &**word).collect();
        if texts.is_empty() {
            return self.emit(words);
        }
        self.script(&texts.join(" "));
    }

    fn set_trap(&mut self, arguments: &[Word], words: Vec<Word>) {
        let after = usize::from(arguments.first().is_some_and(|word| word == "--"));
        match &arguments[after..] {
            [script, ..] if script.starts_with('-') || script.is_empty() => {
                if script.known {
                    self.emit(vec![words[0].clone()]);
                } else {
                    self.opaque("`trap` runs a text that is only known on the host");
                }
            }
            [script, _, ..] if script.known => self.trap(&script.text.clone()),
            [] => self.emit(words),
            _ => self.opaque("`trap` runs a text that is only known on the host"),
        }
    }

    /// `set -- a b`.
    fn set(&mut self, arguments: &[Word]) {
        let changes = arguments.iter().position(|word| word == "--" || !word.starts_with(['-', '+']));
        let options = &arguments[..changes.unwrap_or(arguments.len())];
        if options.iter().any(|word| word.contains(['k', 'a']) || !word.known) {
            self.state.forget_all();
            self.opaque("`set` changes how the rest is read");
        }
        let Some(at) = changes else { return };
        let named = options.last().is_some_and(|word| word.ends_with('o')) && arguments[at] != *"--";
        let from = at + usize::from(named || arguments[at] == *"--");
        let new = &arguments[from..];
        if named && new.is_empty() {
            return;
        }
        let known = !named && new.iter().all(|word| word.known);
        self.state.arguments = known.then(|| new.iter().map(|word| word.text.clone()).collect());
    }

    fn shift(&mut self, arguments: &[Word]) {
        let count = match arguments {
            [] => Some(1),
            [count] if count.known => count.parse().ok(),
            _ => None,
        };
        let left = self.state.arguments.take().zip(count);
        self.state.arguments = left.and_then(|(them, count)| them.get(count..).map(<[String]>::to_vec));
    }

    fn declare(&mut self, name: &str, arguments: &[Word]) {
        let settles = name == "export" && !arguments.iter().any(|word| word.starts_with(['-', '+']));
        self.computes |= !settles;
        let refers =
            |word: &Word| word.starts_with('-') && word.contains('n') || !word.known && word.starts_with('$');
        if !matches!(name, "export" | "readonly") && arguments.iter().any(refers) {
            self.opaque(format!("a variable that `{name}` makes may stand for another"));
        }
        for word in arguments.iter().filter(|word| !word.starts_with(['-', '+'])) {
            let (variable, value) = word.split_once('=').map_or((&**word, None), |(n, v)| (n, Some(v)));
            let plain = !variable.is_empty() && names(variable).next() == Some(variable);
            if !plain {
                self.state.forget_all();
                self.opaque(format!("which variable `{name}` sets is only known on the host"));
            } else if value.is_some() && tells(variable) {
                self.opaque(format!("it sets `{variable}`, which changes what commands do"));
            } else if !settles {
                self.unsettle(variable);
            } else if let Some(value) = value {
                self.assign(variable, word.known.then(|| value.to_owned()));
            }
        }
    }

    fn sets(&mut self, arguments: &[Word]) {
        self.computes = true;
        if arguments.iter().any(|word| !word.known) {
            self.state.forget_all();
            return self.opaque("which variable it sets is only known on the host");
        }
        for word in arguments {
            let attached = word.get(2..).filter(|_| word.starts_with('-')).unwrap_or_default();
            for name in names(word).chain(names(attached)) {
                if tells(name) {
                    self.opaque(format!("it sets `{name}`, which changes what commands do"));
                }
                self.assign(name, None);
            }
        }
    }

    fn sets_by_option(&mut self, arguments: &[Word]) {
        let option = |word: &Word| ["-v", "-p", "-R"].iter().any(|option| word.starts_with(option));
        if arguments.iter().any(option) {
            self.sets(arguments);
        }
    }

    /// The command with what it reads put into it: `echo 'ls' | sh -s` is `sh -c 'ls'`.
    fn reading(&self, words: &[Word], input: &Input) -> Option<Vec<Word>> {
        let Input::Text(text) = input else { return None };
        let shell = if self.bash { Shell::Bash } else { Shell::Sh };
        let mut at = 0;
        loop {
            let program = words.get(at)?;
            let name = wrappers::base_name(program, shell);
            let rest = &words[at + 1..];
            if wrappers::is_shell(&name) {
                let reads = rest.iter().all(|word| word.known && interpreters::reads_input(word));
                let code = [Word::known("-c"), Word::known(text.as_str())];
                return reads.then(|| words[..=at].iter().cloned().chain(code).collect());
            }
            match wrappers::inside(&words[at..], shell) {
                Inside::Command(skip) if name == "xargs" => {
                    let plain = rest[..skip - 1].iter().all(|word| matches!(&**word, "-r" | "-t" | "--"));
                    let simple = !text.contains(['\'', '"', '\\']);
                    let brought = text.split_whitespace().map(Word::known);
                    let inner = words[..at].iter().chain(&words[at + skip..]).cloned();
                    return (plain && simple).then(|| inner.chain(brought).collect());
                }
                Inside::Command(skip) => at += skip,
                Inside::Nothing
                | Inside::Code { .. }
                | Inside::Words(_)
                | Inside::Text { .. }
                | Inside::Opaque(_) => return None,
            }
        }
    }
}

fn read(text: Word) -> Input {
    if text.known { Input::Text(text.text) } else { Input::Unknown }
}

/// What `echo`, `printf` or `cat` surely print.
fn printed(words: &[Word], input: &Input) -> Option<String> {
    let texts: Option<Vec<&str>> = words.iter().map(|word| word.known.then_some(&**word)).collect();
    let texts = texts?;
    let plain = |text: &&str| !text.contains(['\\', '%']) && !text.starts_with('-');
    match texts.as_slice() {
        ["cat"] => match input {
            Input::Text(text) => Some(text.clone()),
            Input::Inherited | Input::Unknown => None,
        },
        ["echo", rest @ ..] if rest.iter().all(plain) => Some(rest.join(" ") + "\n"),
        ["printf", "%s" | "%s\\n", text] => Some(format!("{text}\n")),
        ["printf", text] if plain(&text.strip_suffix("\\n").unwrap_or(text)) => {
            Some(text.strip_suffix("\\n").unwrap_or(text).to_owned() + "\n")
        }
        _ => None,
    }
}
