//! Values in commands of sh and bash, against the shells themselves.
//!
//! Every shell of [`SHELLS`] must be there: `tests/all.sh` installs them. One process of a shell
//! takes many values. It can find no program but those of [`PROGRAMS`], works in an empty folder
//! and must say nothing on its standard error: so a value that started a command, wrote a file or
//! was expanded would show.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rutter::shell::{Place, quote};
use rutter::value::Shell;
use tempfile::TempDir;

use super::{filled, hard_values, pieces, pieces_of, placed, value};

const SHELLS: [(&str, &[&str], Shell); 4] = [
    ("dash", &[], Shell::Sh),
    ("bash", &[], Shell::Bash),
    ("bash", &["--posix"], Shell::Sh),
    ("busybox", &["sh"], Shell::Sh),
];
/// `record` writes its words down; it is printf by another name, so that no builtin is meant.
const PROGRAMS: [(&str, &str); 4] = [("record", "printf"), ("env", "env"), ("cat", "cat"), ("rm", "rm")];

/// Templates with `@` for the value; what each prints must be the value, then NUL. The shell does
/// all in them itself.
const INSIDE: &[&str] = &[
    "printf '%s\\0' @",
    "printf '%s\\0' \"@\"",
    "printf '%s\\0' '@'",
    "printf '%s\\0' ''@\"\"",
    "x='a\"@'; x='@'; printf '%s\\0' \"$x\"",
    "x=a@b; x=${x#a}; printf '%s\\0' \"${x%b}\"",
    "set -- a@b; x=${1#a}; printf '%s\\0' \"${x%b}\"",
    "set -- \"a@b\"; x=${1#a}; printf '%s\\0' \"${x%b}\"",
    "set -- 'a@b'; x=${1#a}; printf '%s\\0' \"${x%b}\"",
    "set -- a:@; printf '%s\\0' \"${1#a:}\"",
    "set -- --x=@; printf '%s\\0' \"${1#--x=}\"",
    "x=@; printf '%s\\0' \"$x\"",
    "x=\"@\"; printf '%s\\0' \"$x\"",
    "x='@' y=\"$x\"; printf '%s\\0' \"$y\"",
    "x=\"${y}@\"; printf '%s\\0' \"$x\"",
    "export X=@; printf '%s\\0' \"$X\"",
    "export X=\"@\"; printf '%s\\0' \"$X\"",
    "f() { local x='@'; printf '%s\\0' \"$x\"; }; f",
    "for x in @; do printf '%s\\0' \"$x\"; done",
    "for x in \"@\"; do printf '%s\\0' \"$x\"; done",
    "case @ in *) printf '%s\\0' @;; esac",
    "case \"@\" in '@') printf '%s\\0' @;; *) printf wrong;; esac",
    "case @ in \"@\") printf '%s\\0' '@';; *) printf wrong;; esac",
    "f() { printf '%s\\0' \"$1\"; }; f @",
    "f() { printf '%s\\0' @; }; f",
    "if true; then printf '%s\\0' @; fi",
    "while true; do printf '%s\\0' @; break; done",
    "{ printf '%s\\0' @; }",
    "true && printf '%s\\0' @ || false",
    "false || printf '%s\\0' '@'; true",
    "[ \"x@\" = x@ ] && printf '%s\\0' \"@\"",
    "set -- @; printf '%s\\0' \"$1\"; [ $# = 1 ] || printf wrong",
    "set -- \"@\" '@'; printf '%s\\0' \"$2\"; [ \"$1\" = \"$2\" ] || printf wrong",
    "command printf '%s\\0' @",
    "printf '%s\\0' @ # a comment",
    "printf '%s\\0' \\\n  @",
    "printf '%s\\0' @ < /dev/null 2> /dev/null",
    "printf %s \\\" '\"' \"\\\"\" > /dev/null; printf '%s\\0' \"@\"",
];
/// The same with a process for each value.
const BESIDE: &[&str] = &[
    "x=$(printf '%sx' @); printf '%s\\0' \"${x%x}\"",
    "x=\"$(printf '%sx' \"@\")\"; printf '%s\\0' \"${x%x}\"",
    "x=\"a$(printf '%sx' \"$(printf '%sx' '@')\")\"; x=${x#a}; printf '%s\\0' \"${x%xx}\"",
];
/// Templates that take all the values at once: what stands in `«…»` stands there for each of them,
/// with its number for `#` and the value for `¤`.
const ALL: &[&str] = &[
    "record '%s\\0'« ¤»",
    "record '%s\\0'« \"¤\"»",
    "record '%s\\0'« '¤'»",
    "(«printf '%s\\0' ¤; »:)",
    "{ «printf '%s\\0' '¤' && »:; } | cat",
    "printf '%s\\0'« ¤» | cat",
    "true && printf '%s\\0'« \"¤\"» | cat | cat",
    "«V#=¤ »sh -c 'printf \"%s\\0\"« \"$V#\"»'",
    "«V#=\"¤\" »sh -c 'printf \"%s\\0\"« \"$V#\"»'",
    "env« V#=¤» sh -c 'printf \"%s\\0\"« \"$V#\"»'",
    "env« \"V#=¤\"» sh -c 'printf \"%s\\0\"« \"$V#\"»'",
    "«export V#='¤'; »sh -c 'printf \"%s\\0\"« \"$V#\"»'",
    "sh -c 'printf \"%s\\0\" \"$@\"' _« ¤»",
    "sh -c 'printf \"%s\\0\" \"$@\"' _« \"¤\"»",
    "sh -c \"printf '%s\\\\0' \\\"\\$@\\\"\" _« '¤'»",
    "sh -c 'sh -c '\\''printf \"%s\\0\" \"$@\"'\\'' _ \"$@\"' _« ¤»",
    "sh -c 'sh -c \"printf \\\"%s\\\\0\\\" \\\"\\$@\\\"\" _ \"$@\"' _« \"¤\"»",
    "f() { (printf '%s\\0' \"$@\" | cat); }; f« ¤»",
    "for x in« ¤»; do printf '%s\\0' \"$x\"; done",
    "exec 3>&1; printf '%s\\0'« '¤'» >&3; exec 3>&-",
    "cat <<EOF | cat > /dev/null\n$(printf x)\nEOF\nrecord '%s\\0'« ¤»",
];
/// Templates of bash alone.
const BASH: &[&str] = &[
    "x=(@); printf '%s\\0' \"${x[*]}\"",
    "x=(a \"@\"); printf '%s\\0' \"${x[1]}\"",
    "[[ @ == \"@\" ]] && printf '%s\\0' @",
    "[[ \"x@\" != x ]] && printf '%s\\0' @ || printf '%s\\0' ''",
    "[[ -n x@ && '@' == @ ]] && printf '%s\\0' '@'",
    "declare x=@; printf '%s\\0' \"$x\"",
    "f() { local x=\"@\"; printf '%s\\0' \"$x\"; }; f",
    "function f { printf '%s\\0' \"$1\"; }; f @",
];
/// What is the same whatever the characters of a locale are.
const PLAIN: &[&str] = &[
    "printf '%s\\0' @",
    "printf '%s\\0' \"@\"",
    "printf '%s\\0' '@'",
    "x=\"@\"; printf '%s\\0' \"$x\"",
    "printf '%s\\0' a@b > /dev/null; printf '%s\\0' \"\"@",
];

/// A shell, what it may find, and where it works.
struct Lab {
    program: &'static str,
    arguments: &'static [&'static str],
    shell: Shell,
    folder: TempDir,
}

impl Lab {
    fn new((program, arguments, shell): (&'static str, &'static [&'static str], Shell)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("bin")).unwrap();
        let link = |name: &str, to: &Path| symlink(to, folder.path().join("bin").join(name)).unwrap();
        for (name, of) in PROGRAMS {
            link(name, &found(of));
        }
        link("sh", &found(program));
        Self { program, arguments, shell, folder }
    }

    fn locales(&self) -> PathBuf {
        self.folder.path().join("locales")
    }

    /// What a script prints. That it says nothing else and leaves nothing behind is checked.
    fn run(&self, script: &str, locale: &str) -> Vec<u8> {
        let (file, work) = (self.folder.path().join("script"), self.folder.path().join("work"));
        std::fs::create_dir_all(&work).unwrap();
        std::fs::write(&file, script).unwrap();
        let output = Command::new(found(self.program))
            .args(self.arguments)
            .arg(&file)
            .env_clear()
            .env("PATH", self.folder.path().join("bin"))
            .env("LOCPATH", self.locales())
            .env("LC_ALL", locale)
            .current_dir(&work)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.is_empty() && output.status.success(), "{}: {said}\n{}", self.name(), script);
        let left: Vec<_> = std::fs::read_dir(&work).unwrap().collect();
        assert!(left.is_empty(), "{} left {left:?}", self.name());
        output.stdout
    }

    fn name(&self) -> String {
        format!("{} {}", self.program, self.arguments.join(" "))
    }

    /// Each value, in each of the contexts, arrives as it is.
    fn check(&self, contexts: &[&str], values: &[String], locale: &str) {
        for context in contexts {
            let pieces = pieces(context);
            let places = placed(&pieces, self.shell);
            let fill = |value: &String| filled(&pieces, &places, &[value], self.shell) + "\n";
            let script: String = values.iter().map(fill).collect();
            let printed = self.run(&script, locale);
            self.compare(&printed, values, &format!("{context} in {locale}"));
        }
    }

    /// Each value arrives as it is in every context there is.
    fn check_all(&self, values: &[String]) {
        self.check(INSIDE, values, "C.UTF-8");
        self.check(BESIDE, values, "C.UTF-8");
        if self.shell == Shell::Bash {
            self.check(BASH, values, "C.UTF-8");
        }
        self.check_together(values);
    }

    fn check_together(&self, values: &[String]) {
        let texts: Vec<&str> = values.iter().map(String::as_str).collect();
        for context in ALL {
            let template = repeated(context, values.len());
            let pieces = pieces_of(&template, '¤');
            let script = filled(&pieces, &placed(&pieces, self.shell), &texts, self.shell);
            let printed = self.run(&script, "C.UTF-8");
            self.compare(&printed, values, context);
        }
    }

    fn compare(&self, printed: &[u8], values: &[String], context: &str) {
        let mut arrived = printed.split(|byte| *byte == 0);
        for value in values {
            let found = String::from_utf8_lossy(arrived.next().unwrap_or_default());
            assert_eq!(found, *value, "{}: {context}", self.name());
        }
        assert_eq!(arrived.collect::<Vec<_>>(), [b""], "{}: {context}", self.name());
    }
}

/// Where a program is; that there is none is a failure.
fn found(program: &str) -> PathBuf {
    let folders = ["/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin"];
    let paths = folders.iter().map(|folder| Path::new(folder).join(program));
    let path = paths.into_iter().find(|path| path.exists());
    path.unwrap_or_else(|| panic!("`{program}` is not installed; `tests/all.sh` installs it"))
}

/// A template of [`ALL`] for so many values.
fn repeated(context: &str, count: usize) -> String {
    let mut text = String::new();
    for (at, part) in context.split(['\u{ab}', '\u{bb}']).enumerate() {
        match at % 2 {
            0 => text.push_str(part),
            _ => text.extend((0..count).map(|number| part.replace('#', &number.to_string()))),
        }
    }
    text
}

/// Does something with every shell, all at once.
fn with_each(work: impl Fn(&Lab) + Sync) {
    std::thread::scope(|scope| {
        for shell in SHELLS {
            let work = &work;
            scope.spawn(move || work(&Lab::new(shell)));
        }
    });
}

#[test]
fn hard_values_arrive_as_they_are() {
    let values = hard_values();
    assert!(values.len() > 400);
    with_each(|lab| lab.check_all(&values));
}

#[test]
fn long_values_arrive_as_they_are() {
    let values = [8_192, 24_000, 131_072]
        .map(|length| ["x", "'", "\"", "\u{20ac} "].map(|text| text.repeat(length / 3)));
    with_each(|lab| lab.check(PLAIN, values.as_flattened(), "C.UTF-8"));
}

#[test]
fn any_value_arrives_as_it_is() {
    let values = prop::collection::vec(value(), 60);
    with_each(|lab| {
        let config =
            Config { cases: 2, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
        let run = TestRunner::new(config).run(&values, |values| {
            lab.check_all(&values);
            Ok(())
        });
        run.unwrap();
    });
}

/// In some locales a backslash may be the second half of a character that began before it.
#[test]
fn the_locale_of_the_host_changes_nothing() {
    let locales = [("GBK", "zh_CN"), ("BIG5", "zh_TW"), ("SHIFT_JIS", "ja_JP")];
    let folder = tempfile::tempdir().unwrap();
    for (charmap, language) in locales {
        let path = folder.path().join(charmap);
        let made =
            Command::new("localedef").args(["-f", charmap, "-i", language]).arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(path.exists(), "`tests/all.sh` installs the locales: {said}");
    }
    let values = hard_values();
    with_each(|lab| {
        symlink(folder.path(), lab.locales()).unwrap();
        for (charmap, _) in locales {
            lab.check(PLAIN, &values, charmap);
        }
        lab.check(PLAIN, &values, "C");
    });
}

/// Items of a list are words of their own, however many.
#[test]
fn a_list_arrives_as_its_items() {
    let values = hard_values();
    let contexts = ["record '%s\\0' @", "for x in @; do printf '%s\\0' \"$x\"; done"];
    with_each(|lab| {
        for context in contexts {
            let place = placed(&pieces(context), lab.shell)[0];
            assert_eq!(place, Place::Bare { alone: true });
            let words = values.iter().map(|value| quote(value, place, lab.shell).unwrap());
            let script = context.replace('@', &words.collect::<Vec<_>>().join(" "));
            lab.compare(&lab.run(&script, "C.UTF-8"), &values, context);
        }
    });
}

/// A value that names a file: it is that file which is written and read.
#[test]
fn a_redirection_goes_to_the_file_that_is_named() {
    let names: BTreeSet<String> = hard_values().into_iter().filter(|name| is_file_name(name)).collect();
    let contexts = [
        "echo x > @; read y < @; printf %s \"$y\"",
        "echo x >> \"@\"; read y < \"@\"; printf %s \"$y\"",
        "> '@' echo x; < '@' read y; printf %s \"$y\"",
        "echo x > ./@; read y < ./@; printf %s \"$y\"",
    ];
    with_each(|lab| {
        for context in contexts {
            let pieces = pieces(context);
            let places = placed(&pieces, lab.shell);
            let line = |name: &String| filled(&pieces, &places, &[name], lab.shell) + "\n";
            let lines: String = names.iter().map(line).collect();
            let end = "set -- *; printf '\\0%s' \"$@\"; set -- .[!.]*; printf '\\0%s' \"$@\"; rm -r ../work/* ../work/.[!.]*\n";
            let printed = lab.run(&(lines + end), "C.UTF-8");
            let mut found = printed.split(|byte| *byte == 0);
            assert_eq!(found.next().map(<[u8]>::len), Some(names.len()), "{}: {context}", lab.name());
            let found: BTreeSet<_> = found.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
            assert_eq!(found, names, "{}: {context}", lab.name());
        }
    });
}

fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('/') && name != "." && name != ".." && name.len() < 200
}
