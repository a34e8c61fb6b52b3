//! The commands in a line of cmd, or in several.

use std::collections::HashMap;

use crate::shell::units::DEEPEST;
use crate::shell::{SimpleCommand, Word};

/// More commands than this, nobody means.
const MOST_COMMANDS: usize = 2_000;
/// Files that are scripts of some kind.
const SCRIPTS: [&str; 11] =
    [".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh", ".msc", ".hta"];
/// Commands of cmd itself, after whose name no blank is needed.
const OWN: [&str; 22] = [
    "echo", "cd", "chdir", "dir", "del", "erase", "md", "mkdir", "rd", "rmdir", "type", "copy", "move",
    "ren", "rename", "pushd", "popd", "cls", "ver", "vol", "title", "rem",
];

/// Each command that the text runs.
pub(in crate::shell) fn simple_commands(text: &str) -> Vec<SimpleCommand> {
    let chars: Vec<char> = text.replace("\r\n", "\n").chars().collect();
    // Some code pages have them for blanks, others not.
    if chars.iter().any(|c| matches!(c, '\r' | '\u{b}' | '\u{c}' | '\u{a0}' | '\u{1a}' | '\0')) {
        return vec![SimpleCommand::Opaque("a character may or may not end a word".to_owned())];
    }
    let mut reader = Reader {
        chars,
        at: 0,
        found: Vec::new(),
        loops: HashMap::new(),
        depth: 0,
        brackets: 0,
        reads: 0,
        risky: false,
    };
    if let Err(why) = reader.lines(Ends::Nowhere) {
        reader.found.push(SimpleCommand::Opaque(why));
    } else if reader.at < reader.chars.len() {
        reader.found.push(SimpleCommand::Opaque("a `)` closes nothing".to_owned()));
    }
    reader.found
}

type Reading<T> = Result<T, String>;

/// Where a list of commands ends.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    Nowhere,
    AtBracket,
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    found: Vec<SimpleCommand>,
    /// What the variables of `for` hold, if that is known.
    loops: HashMap<char, Option<String>>,
    depth: usize,
    /// How many `(` are open.
    brackets: usize,
    reads: usize,
    /// A variable was set to what cmd would read as more commands.
    risky: bool,
}

/// A word as it is read.
#[derive(Default)]
struct Typed {
    text: String,
    known: bool,
    quoted: bool,
}

impl Typed {
    fn word(self) -> Word {
        Word { text: self.text, known: self.known }
    }
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') || self.at_joined_line() {
            self.at += if self.peek() == Some('^') { 2 } else { 1 };
        }
    }

    fn at_joined_line(&self) -> bool {
        self.peek() == Some('^') && self.peek_at(1) == Some('\n')
    }

    /// Commands with `&`, `&&`, `||`, `|` or line ends between them.
    fn lines(&mut self, ends: Ends) -> Reading<()> {
        loop {
            while self.peek().is_some_and(|c| c.is_whitespace() || ",;=@&|".contains(c)) {
                self.at += 1;
            }
            match self.peek() {
                None if ends == Ends::AtBracket => return Err("a `)` is missing".to_owned()),
                None => return Ok(()),
                Some(')') => return Ok(()),
                Some(_) => self.command()?,
            }
        }
    }

    fn command(&mut self) -> Reading<()> {
        self.reads += 1;
        if self.depth >= DEEPEST || self.reads > MOST_COMMANDS {
            return Err("it is too long, or nested too deep, to follow".to_owned());
        }
        self.depth += 1;
        let read = self.command_here();
        self.depth -= 1;
        read
    }

    fn command_here(&mut self) -> Reading<()> {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t' || ",;=@".contains(c))
            || self.at_joined_line()
        {
            self.at += if self.peek() == Some('^') { 2 } else { 1 };
        }
        if self.take('(') {
            return self.block();
        }
        let start = self.at;
        let Some(first) = self.word()? else { return self.simple() };
        match first.text.to_lowercase().as_str() {
            "if" if !first.quoted => self.condition(),
            "for" if !first.quoted => self.repeated(),
            "else" if !first.quoted => self.command(),
            "call" if !first.quoted => self.called(),
            _ => {
                self.at = start;
                self.simple()
            }
        }
    }

    /// What stands in brackets, and where its output goes.
    fn block(&mut self) -> Reading<()> {
        self.brackets += 1;
        self.lines(Ends::AtBracket)?;
        self.brackets -= 1;
        if !self.take(')') {
            return Err("a `)` is missing".to_owned());
        }
        loop {
            self.skip_blanks();
            self.at += usize::from(self.numbered());
            if !matches!(self.peek(), Some('<' | '>')) {
                return Ok(());
            }
            let path = self.redirection()?;
            self.found.extend(path.map(|path| SimpleCommand::Words(vec![Word::known(">"), path])));
        }
    }

    /// Whether the number of a stream comes next.
    fn numbered(&self) -> bool {
        matches!(self.peek(), Some('0'..='9')) && matches!(self.peek_at(1), Some('<' | '>'))
    }

    /// What `call` runs is read twice.
    fn called(&mut self) -> Reading<()> {
        self.skip_blanks();
        let start = self.at;
        let before = self.found.len();
        self.simple()?;
        let text: String = self.chars[start..self.at].iter().collect();
        let label = text.trim_start().starts_with(':');
        if text.contains(['%', '^', '!']) || label || self.found.len() == before {
            self.found.push(SimpleCommand::Opaque("what `call` runs can't be followed".to_owned()));
        }
        Ok(())
    }

    /// `if [/i] [not] CONDITION command [else command]`
    fn condition(&mut self) -> Reading<()> {
        let mut word = self.needed()?;
        while word == "/i" || word == "not" {
            word = self.needed()?;
        }
        match word.as_str() {
            "exist" | "defined" | "errorlevel" | "cmdextversion" => {
                self.needed()?;
            }
            _ if word.ends_with("==") => {
                self.needed()?;
            }
            _ if word.contains("==") => {}
            _ => {
                let operator = self.needed()?;
                let compares = ["equ", "neq", "lss", "leq", "gtr", "geq", "=="].contains(&operator.as_str());
                match (compares, operator.strip_prefix("==")) {
                    (true, _) => {
                        self.needed()?;
                    }
                    (false, Some(_)) => {}
                    (false, None) => return Err("an `if` can't be read".to_owned()),
                }
            }
        }
        self.command()?;
        let start = self.at;
        self.skip_blanks();
        let goes_on = self.word()?.is_some_and(|word| word.text.eq_ignore_ascii_case("else"));
        if goes_on {
            return self.command();
        }
        self.at = start;
        Ok(())
    }

    fn needed(&mut self) -> Reading<String> {
        let word = self.word()?.ok_or("a word of the command is missing")?;
        Ok(word.text.to_lowercase())
    }

    /// `for [/d|/r|/l|/f] %v in (…) do command`
    fn repeated(&mut self) -> Reading<()> {
        let (mut options, mut variable) = (String::new(), None);
        while variable.is_none() {
            self.skip_blanks();
            if self.peek() == Some('%') {
                while self.take('%') {}
                variable = self.peek();
                self.at += 1;
            } else {
                options.push_str(&self.needed()?);
            }
        }
        let variable = variable.ok_or("a `for` can't be read")?;
        self.skip_blanks();
        if self.needed()? != "in" {
            return Err("a `for` can't be read".to_owned());
        }
        self.skip_blanks();
        let over = self.bracketed()?;
        if self.needed()? != "do" {
            return Err("a `for` can't be read".to_owned());
        }
        let values = self.values(&options, over.trim());
        self.rounds(variable, values)
    }

    fn bracketed(&mut self) -> Reading<String> {
        if !self.take('(') {
            return Err("a `(` is missing".to_owned());
        }
        let start = self.at;
        let mut quoted = false;
        while let Some(c) = self.peek() {
            match c {
                '"' | '\'' | '`' => quoted = !quoted,
                ')' if !quoted => {
                    self.at += 1;
                    return Ok(self.chars[start..self.at - 1].iter().collect());
                }
                _ => {}
            }
            self.at += 1;
        }
        Err("a `)` is missing".to_owned())
    }

    /// What a variable of `for` goes through, as far as it is known; commands in it are run.
    fn values(&mut self, options: &str, over: &str) -> Vec<Option<String>> {
        let unquoted = |quote: char| over.strip_prefix(quote).and_then(|over| over.strip_suffix(quote));
        if let Some(code) = unquoted('\'').or_else(|| unquoted('`')) {
            self.found.extend(simple_commands(&code.replace('^', "")));
            if code.contains('^') {
                self.found.push(SimpleCommand::Opaque("what `for /f` runs can't be followed".to_owned()));
            }
            return vec![None];
        }
        if !options.is_empty() || over.contains(['%', '*', '?', '!', '^', '\'', '`']) {
            return vec![None];
        }
        let words = over.split([' ', '\t', '\n', ',', ';', '=']).filter(|word| !word.is_empty());
        let values: Vec<_> = words.map(|word| Some(word.trim_matches('"').to_owned())).collect();
        if values.is_empty() || over.matches('"').count() > 0 && over.contains(' ') {
            vec![None]
        } else {
            values
        }
    }

    fn rounds(&mut self, variable: char, values: Vec<Option<String>>) -> Reading<()> {
        let start = self.at;
        let before = self.loops.get(&variable).cloned();
        for value in values {
            self.at = start;
            self.loops.insert(variable, value);
            self.command()?;
        }
        match before {
            Some(before) => self.loops.insert(variable, before),
            None => self.loops.remove(&variable),
        };
        Ok(())
    }

    /// A program with its words, up to an operator.
    fn simple(&mut self) -> Reading<()> {
        let start = self.at;
        let (mut words, mut writes) = (Vec::new(), Vec::new());
        loop {
            self.skip_blanks();
            match self.peek() {
                None | Some('&' | '|' | '\n') => break,
                Some(')') if self.brackets > 0 => break,
                Some('<' | '>') => writes.extend(self.redirection()?),
                Some(_) if self.numbered() => {
                    self.at += 1;
                    writes.extend(self.redirection()?);
                }
                Some(_) => match self.word()? {
                    Some(word) if words.is_empty() => words.extend(program(word)?),
                    Some(word) if word.quoted && is_title(&words) => words.push(Word::known("")),
                    Some(word) => words.push(word.word()),
                    None => break,
                },
            }
        }
        let typed: String = self.chars[start..self.at].iter().collect();
        self.emit(words, &typed);
        self.found.extend(writes.into_iter().map(|path| SimpleCommand::Words(vec![Word::known(">"), path])));
        Ok(())
    }

    fn emit(&mut self, words: Vec<Word>, typed: &str) {
        let Some(program) = words.first() else { return };
        self.risky |= program.eq_ignore_ascii_case("set")
            && words.iter().any(|word| word.contains(['&', '|', '<', '>', '"']));
        let piped = self.peek() == Some('|') && self.peek_at(1) != Some('|') || self.follows_pipe(typed);
        if let Some(why) = refused(program, &words, typed, piped) {
            return self.found.push(SimpleCommand::Opaque(why));
        }
        // A label does nothing.
        let words = if program.starts_with(':') { vec![Word::known("rem")] } else { words };
        self.found.push(SimpleCommand::Words(words));
    }

    fn follows_pipe(&self, typed: &str) -> bool {
        let start = self.at.saturating_sub(typed.chars().count());
        let before = self.chars[..start].iter().rev().find(|c| !c.is_whitespace());
        before == Some(&'|')
    }

    /// A redirection, and the file that it writes.
    fn redirection(&mut self) -> Reading<Option<Word>> {
        let reads = self.take('<');
        while self.take('>') {}
        if self.take('&') {
            self.at += usize::from(self.peek().is_some_and(|c| c.is_ascii_digit()));
            return Ok(None);
        }
        self.skip_blanks();
        let path = self.word()?.ok_or("a redirection has no file")?;
        Ok(Some(path.word()).filter(|_| !reads))
    }

    /// A word with its quotes and carets taken out; none before an operator.
    fn word(&mut self) -> Reading<Option<Typed>> {
        self.skip_blanks();
        let mut word = Typed { known: true, ..Typed::default() };
        // cmd counts each quote; programs do not count one after a backslash.
        let (mut quoted, mut held, mut begun) = (false, false, false);
        while let Some(c) = self.peek() {
            match c {
                '\n' => break,
                ' ' | '\t' if !held => break,
                '&' | '|' | '<' | '>' if !quoted => break,
                ')' if !quoted && self.brackets > 0 => break,
                '^' if !quoted => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') => {}
                        Some(c) => word.text.push(c),
                        None => return Err("the command ends with a caret".to_owned()),
                    }
                }
                '"' if word.text.ends_with('\\') && held => {
                    word.text.pop();
                    word.text.push('"');
                    quoted = !quoted;
                }
                '"' => {
                    (quoted, held, word.quoted) = (!quoted, !held, true);
                }
                '%' | '!' if self.expands(&mut word) => {
                    begun = true;
                    continue;
                }
                _ => word.text.push(c),
            }
            self.at += 1;
            begun = true;
        }
        Ok(Some(word).filter(|_| begun))
    }

    /// A variable: what it holds is put into the word, if that is known.
    fn expands(&mut self, word: &mut Typed) -> bool {
        let sign = self.peek().unwrap_or('%');
        if let Some((name, length)) = self.named(sign) {
            self.at += length;
            match well_known(&name).filter(|_| sign == '%') {
                Some(value) => word.text.push_str(value),
                None => {
                    word.text.push_str(&format!("${name}"));
                    word.known = false;
                    self.check_risk();
                }
            }
            return true;
        }
        sign == '%' && self.loop_variable(word)
    }

    fn check_risk(&mut self) {
        if self.risky {
            self.found.push(SimpleCommand::Opaque("a variable may hold more commands".to_owned()));
        }
    }

    /// `%NAME%`: its name and how long it is, signs counted.
    fn named(&self, sign: char) -> Option<(String, usize)> {
        let rest = self.chars.get(self.at + 1..)?;
        let end = rest.iter().take(300).position(|c| *c == sign)?;
        let inner: String = rest[..end].iter().collect();
        let name = inner.split(':').next().unwrap_or_default();
        let plain = |c: char| c.is_alphanumeric() || "_()-.".contains(c);
        let named = !name.is_empty() && name.chars().all(plain);
        named.then(|| (inner.to_lowercase(), end + 2))
    }

    /// `%v`, `%%v`, `%~nxv`, `%1`, `%*`
    fn loop_variable(&mut self, word: &mut Typed) -> bool {
        let start = self.at;
        let _doubled = self.take('%') && self.take('%');
        let changed = self.take('~');
        let variable = self.peek();
        let value = variable.and_then(|variable| self.loops.get(&variable)).cloned();
        match (variable, value) {
            (Some(_), Some(Some(value))) if !changed => word.text.push_str(&value),
            (Some(c), _) if c.is_alphanumeric() || c == '*' => {
                word.text.push('$');
                word.known = false;
                if changed {
                    while self.peek_at(1).is_some_and(char::is_alphanumeric) {
                        self.at += 1;
                    }
                }
            }
            _ => {
                self.at = start;
                return false;
            }
        }
        self.at += 1;
        true
    }
}

/// The first word of a command, parted where cmd parts it: `cd\x`, `echo.`, `dir/b`.
fn program(word: Typed) -> Reading<Vec<Word>> {
    if !word.known {
        return Ok(vec![word.word()]);
    }
    let lower = word.text.to_lowercase();
    let own = OWN.iter().find(|own| {
        lower
            .strip_prefix(**own)
            .is_some_and(|rest| rest.starts_with(['.', '\\', '/', ':', '(', '+', '[', ']', ',', ';', '=']))
    });
    if let (Some(own), false) = (own, word.quoted) {
        let rest = &word.text[own.len()..];
        return Ok(vec![Word::known(*own), Word::known(rest)]);
    }
    if let Some((name, rest)) = lower
        .split_once('/')
        .filter(|(name, _)| !word.quoted && !name.is_empty() && !name.contains(['\\', ':']))
    {
        return Ok(vec![Word::known(name), Word::known(format!("/{rest}"))]);
    }
    if lower.contains([',', ';', '=']) && !word.quoted {
        return Err("where the name of the program ends can't be followed".to_owned());
    }
    Ok(vec![word.word()])
}

/// Whether the next word, if it is in quotes, is the title of a window rather than a program.
fn is_title(words: &[Word]) -> bool {
    let Some((program, options)) = words.split_first() else { return false };
    let starts = program.eq_ignore_ascii_case("start") && program.known;
    starts && options.iter().all(|word| word.starts_with('/') && !word.eq_ignore_ascii_case("/d"))
}

/// Why a command can't be followed, if it can't.
fn refused(program: &Word, words: &[Word], typed: &str, piped: bool) -> Option<String> {
    let lower = program.to_lowercase();
    if !program.known {
        return Some("which program it runs is only known on the host".to_owned());
    }
    if SCRIPTS.iter().any(|end| lower.trim_end_matches(['.', ' ']).ends_with(end)) {
        return Some(format!("what the script `{program}` does is not known"));
    }
    // Both sides of a pipe are read once more.
    if piped && typed.contains(['^', '!']) {
        return Some("what a caret escapes beside a pipe can't be followed".to_owned());
    }
    if lower == "set" && words.len() > 1 && !sets_plainly(words) {
        return Some(format!("what `{}` sets may change what commands do", words[1]));
    }
    None
}

/// `set NAME=value` of a name that changes nothing by itself, as long as nothing is made of it.
fn sets_plainly(words: &[Word]) -> bool {
    const SENSITIVE: [&str; 8] =
        ["path", "pathext", "comspec", "systemroot", "windir", "psmodulepath", "prompt", "dircmd"];
    let (Some(program), Some(set)) = (words.first(), words.get(1)) else { return false };
    let lower = set.to_lowercase();
    let Some((name, _)) = lower.split_once('=') else { return false };
    program.eq_ignore_ascii_case("set")
        && set.known
        && !name.starts_with('/')
        && !SENSITIVE.contains(&name.trim())
}

/// Variables that every Windows has.
fn well_known(name: &str) -> Option<&'static str> {
    Some(match name {
        "systemroot" | "windir" => "C:\\Windows",
        "comspec" => "C:\\Windows\\System32\\cmd.exe",
        "systemdrive" | "homedrive" => "C:",
        "programfiles" => "C:\\Program Files",
        "programdata" | "allusersprofile" => "C:\\ProgramData",
        _ => return None,
    })
}
