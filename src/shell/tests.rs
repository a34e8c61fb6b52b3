#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// A template with `@` for each hole.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for (at, literal) in template.split('@').enumerate() {
        if at > 0 {
            pieces.push(Piece::Hole);
        }
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

fn placed(template: &str, shell: Shell) -> String {
    match places(&pieces(template), shell) {
        Ok(found) => found.iter().map(|place| format!("{place:?} ")).collect::<String>().trim().to_owned(),
        Err(refused) => format!("refused {}: {}", refused.hole, refused.why),
    }
}

#[track_caller]
fn accepts(shell: Shell, rows: &[(&str, &str)]) {
    for (template, wanted) in rows {
        let wanted = wanted
            .split(' ')
            .map(|short| match short {
                "alone" => "Bare { alone: true }",
                "bare" => "Bare { alone: false }",
                "single" => "Single",
                "double" => "Double",
                "here" => "Here",
                other => other,
            })
            .collect::<Vec<_>>()
            .join(" ");
        assert_eq!(placed(template, shell), wanted, "{template}");
    }
}

#[track_caller]
fn refuses(shell: Shell, rows: &[(&str, &str)]) {
    for (template, why) in rows {
        let found = placed(template, shell);
        assert!(found.starts_with("refused") && found.contains(why), "{template}: {found}");
    }
}

#[test]
fn holes_of_sh_get_their_places() {
    accepts(
        Shell::Sh,
        &[
            ("docker stack rm @", "alone"),
            ("docker service scale @_cloudflared=0", "bare"),
            ("echo '@' \"@\" a@b", "single double bare"),
            ("X=@ cmd @", "bare alone"),
            ("cmd > @ < \"@\"", "bare double"),
            ("echo $(cat @) | grep -- '@'", "alone single"),
            ("echo \"$(cat \"@\")\"", "double"),
            ("for x in @ a@; do echo \"$x\" @; done", "alone bare alone"),
            ("case @ in a) echo @;; *) rm @;; esac", "bare alone alone"),
            ("if test -e @; then cat @; fi", "alone alone"),
            ("sudo -n -u root env A=1 docker rm @", "alone"),
            ("sh -c 'echo \"$1\"' _ @", "alone"),
            ("f() { cat @; }; f @", "alone alone"),
            ("cat <<EOF\nhello $x\nEOF\necho @", "alone"),
            ("cat @ # a comment", "alone"),
            ("(cd @ && ls)", "alone"),
            ("echo ${x:-y} \"${x}@\"", "double"),
            ("! grep @ f", "alone"),
            ("docker ps --filter name=@_ --format '{{.Name}}'", "bare"),
            ("set -- @", "alone"),
            ("time -p grep @ f", "alone"),
            ("docker exec web sh -c 'echo \"$1\"' _ @", "alone"),
            ("export A=@", "bare"),
            ("echo @ | bash -c 'cat'", "alone"),
            ("echo a | sh; echo @", "alone"),
            ("awk -v x=@ '{ print x }' @", "bare alone"),
            ("awk -F @ -f prog.awk @", "alone alone"),
            ("sed -n 5p @", "alone"),
            ("sed -e 5p -e 6p @", "alone"),
            ("echo cmd @", "alone"),
            ("scp x.bat @:", "bare"),
        ],
    );
    accepts(
        Shell::Bash,
        &[
            ("a=(@ x@ '@'); echo \"${a[@]}\"", "alone bare single refused"),
            ("[[ -e @ && @ == \"@\" ]]", "bare bare double"),
            ("cat <(sort @)", "alone"),
            ("echo $'a\\'b' @", "alone"),
            ("cat &> @", "bare"),
        ][1..],
    );
}

#[test]
fn holes_of_sh_that_no_quoting_can_fill_are_refused() {
    refuses(
        Shell::Sh,
        &[
            ("@ restart", "program"),
            ("sudo @ restart", "program"),
            ("sudo -u @ -- ls; timeout 5 @", "program"),
            ("/opt/@/bin/x", "program"),
            ("true && @", "program"),
            ("> out @", "program"),
            ("@=x cmd", "program"),
            ("echo x # @", "comment"),
            ("echo ${x:-@}", "`${…}`"),
            ("echo \"${x:-@}\"", "`${…}`"),
            ("echo `cat @`", "backticks"),
            ("echo $((@ + 1))", "arithmetic"),
            ("echo $@", "after a `$`"),
            ("echo \"$@\"", "after a `$`"),
            ("echo \\@", "backslash"),
            ("echo \"\\@\"", "backslash"),
            ("echo $x@", "joined to `$x`"),
            ("echo \"$x@\"", "joined to `$x`"),
            ("cat <<EOF\n@\nEOF", "here-document"),
            ("cat <<'EOF'\n@\nEOF", "here-document"),
            ("cat <<@\nEOF", "here-document"),
            ("eval \"@\"", "evaluates"),
            ("echo '@", "not closed"),
            ("echo \"@", "not closed"),
            ("echo $(cat @", "not closed"),
            ("sh -c 'echo @'", "second time"),
            ("sudo bash -lc \"echo @\"", "second time"),
            ("su -c \"echo @\" root", "second time"),
            ("ssh host \"echo @\"", "evaluates"),
            ("ssh @ uptime", "evaluates"),
            ("find . -exec sh -c 'rm @' \\;", "second time"),
            ("python3 -c 'print(@)'", "second time"),
            ("docker exec web sh -c 'echo @'", "second time"),
            ("kubectl exec x -- /bin/bash -lc \"echo @\"", "second time"),
            ("docker exec web python -c 'print(@)'", "second time"),
            ("time -p @", "program"),
            ("time { @; }", "may run"),
            ("time { x; } && time { y; @; }", "program"),
            ("builtin eval @", "evaluates"),
            ("\\eval @", "evaluates"),
            ("echo x | xargs @", "program"),
            ("parallel echo ::: @", "evaluates"),
            ("sudo --odd @ ls", "may run"),
            ("echo @>file", "redirection"),
            ("echo 1@\\\n>file", "redirection"),
            ("cmd >&@", "descriptor"),
            ("cat ~@", "`~`"),
            ("cat {a,@}", "`{`"),
            ("ls [@]*", "`[`"),
            ("for @ in a; do :; done", "fixed"),
            ("case x in @) :;; esac", "pattern"),
            ("trap @ EXIT", "evaluates"),
            ("printf -v @ x", "evaluates"),
            ("export @=x", "evaluates"),
            ("echo &>f @", "different shells"),
            ("[[ -e @ ]]", "not sh"),
            ("echo $'@'", "different shells"),
        ],
    );
    refuses(
        Shell::Bash,
        &[
            ("(( @ > 1 ))", "arithmetic"),
            ("[[ 1 -eq @ ]]", "evaluates"),
            ("[[ a =~ @ ]]", "evaluates"),
            ("a[@]=1", "`[`"),
            ("declare -i x=@", "evaluates"),
            ("echo $'@'", "escapes"),
            ("coproc cat @", "coproc"),
            ("x=$(case a in a) echo @;; esac)", "`case`"),
        ],
    );
    refuses(Shell::Cmd, &[("dir @", "cmd")]);
}

#[test]
fn values_that_would_be_run_are_refused() {
    refuses(
        Shell::Bash,
        &[
            ("echo @ | sh", "piped into a shell"),
            ("echo x | cat - @ | sudo -n bash -s", "piped into a shell"),
            ("printf %s \"$(cat @)\" | sh -ex", "piped into a shell"),
            ("{ echo x; echo @; } | python3", "piped into a shell"),
            ("(echo @) | bash -", "piped into a shell"),
            ("curl @ | sh -s -- x", "piped into a shell"),
            ("eval \"$(echo @)\"", "evaluates"),
            ("sh -c \"$(printf '%s' @)\"", "second time"),
            ("awk '{ print \"@\" }' f", "second time"),
            ("gawk -F: -v x=1 \"/@/\" f", "second time"),
            ("sudo sed -i \"s/a/@/\" f", "second time"),
            ("sed -n -e 5p -ne '@' f", "second time"),
            ("perl -pe 's/@/x/' f", "second time"),
            ("cmd /c \"dir @\"", "cmd"),
            ("cmd.exe /d /s /c dir @", "cmd"),
            ("./deploy.bat @", "cmd"),
            ("sudo C:/x/npm.cmd install @", "cmd"),
            ("cmd.exe /c \"$(echo @)\"", "cmd"),
            ("bash <<< \"@\"", "its input"),
        ],
    );
}

#[test]
fn holes_of_powershell() {
    accepts(
        Shell::PowerShell,
        &[
            ("Get-Service @", "alone"),
            ("Get-Service -Name @ | Select-Object Name", "alone"),
            ("Get-Item 'C:\\@' \"x @\"", "single double"),
            ("$x = @", "bare"),
            ("Get-Item @, b", "bare"),
            ("Get-Item a,@", "bare"),
            ("if ($x -eq @) { Get-Item @ }", "bare alone"),
            ("$x.Foo(@)", "bare"),
            ("@{ a = @ }".trim_start_matches('@'), "bare"),
            ("Set-Content f (Get-Item @)", "alone"),
            ("Set-Content f \u{201c}a @\u{201d}", "double"),
            ("Get-Item a'@'", "single"),
            ("Get-Item -Path:\"@\"", "double"),
            ("\"@\".Trim()", "double"),
            ("Invoke-Command -ScriptBlock { Get-Item @ }", "alone"),
            ("1..3 | % { Get-Item @ }", "alone"),
            ("foreach ($x in @) { Get-Item $x }", "bare"),
            ("\"@\" | Out-File f; 'x' | iex", "double"),
            ("$x = Get-Item @", "bare"),
        ],
    );
    let argument = |quotes, whole| vec![Place::Argument { quotes, whole }];
    for (template, place) in [
        ("docker ps @", argument(Quotes::None, true)),
        ("docker ps \"@\"", argument(Quotes::Double, true)),
        ("docker ps \"--x=@\"", argument(Quotes::Double, false)),
        ("$x = docker ps '@'", argument(Quotes::Single, true)),
        ("& 'C:\\x y\\z.exe' @", argument(Quotes::None, false)),
        ("if (docker ps @) { }", argument(Quotes::None, true)),
    ] {
        assert_eq!(places(&pieces(template), Shell::Pwsh), Ok(place), "{template}");
    }
    let here = [Piece::Literal("Set-Content f @'\nx "), Piece::Hole, Piece::Literal("\n'@")];
    assert_eq!(places(&here, Shell::Pwsh), Ok(vec![Place::Here]));
    for text in ["x\n'", "x\n' "] {
        let here = [
            Piece::Literal("Set-Content f @'\n"),
            Piece::Literal(text),
            Piece::Hole,
            Piece::Literal("@\n'@"),
        ];
        assert_eq!(places(&here, Shell::Pwsh).is_ok(), text.ends_with(' '));
    }
}

#[test]
fn holes_of_powershell_that_no_quoting_can_fill_are_refused() {
    refuses(
        Shell::PowerShell,
        &[
            ("@", "program"),
            ("& @ x", "program"),
            (". @", "script"),
            ("Get-Item a@", "joined"),
            ("Get-Item @b", "joined"),
            ("Get-Item 'a'@", "joined"),
            ("Get-Item -Name:@", "joined"),
            ("Get-Item \"$x@\"", "lengthen"),
            ("Get-Item \"$(Get-Item @)\"", "inside a string"),
            ("Get-Item $(Get-Item @)", "`$(…)`"),
            ("Get-Item `@", "backtick"),
            ("Get-Item \"`@\"", "backtick"),
            ("iex \"Get-Item @\"", "may run"),
            ("powershell -Command \"@\"", "may run"),
            ("cmd /c @", "may run"),
            ("docker exec web powershell -c \"@\"", "may run"),
            ("cmd.exe /c @", "may run"),
            ("icacls --% @", "--%"),
            ("Get-Item x # @", "comment"),
            ("Get-Item x <# @ #>", "comment"),
            ("Get-Item '@", "not closed"),
            ("Get-Item (@", "missing"),
            ("function @ { }", "fixed"),
            ("Get-Item > x@", "joined"),
            ("$x[@]", "joined"),
            ("Get-Item 'a@'b", "joined"),
            ("Get-Item $x'@'", "joined"),
            ("Get-Item ('a')'@'", "joined"),
            ("iex ('Get-Item ' + '@')", "may run"),
            ("$x = iex \"@\"", "may run"),
            ("return iex \"@\"", "may run"),
            ("\"Get-Item @\" | iex", "piped"),
            ("('Get-Item @') | Invoke-Expression", "piped"),
            ("Write-Output @ | cmd", "piped"),
            ("& ([scriptblock]::Create(\"Get-Item @\"))", "may run"),
            ("[Diagnostics.Process]::Start(@)", "may run"),
            ("$ExecutionContext.InvokeCommand.InvokeScript('@')", "may run"),
            ("Get-Process | ForEach-Object @", "may run"),
            ("cmd /c { dir @ }", "may run"),
            ("Start-Process x -ArgumentList ('a', '@')", "may run"),
            ("python -c \"print('@')\"", "code"),
            (".\\deploy.bat @", "cmd"),
            ("& 'C:\\x y\\npm.cmd' install \"@\"", "cmd"),
            ("$x = npm.cmd install @", "cmd"),
            ("Get-Item $x#' @ '", "joined"),
            ("Get-Item 'a'# @", "joined to a word"),
            ("Get-Item a\u{feff}@", "invisible"),
            ("Get-Item x # a\rGet-Item @", "carriage return"),
            ("Get-Item x\rGet-Item @", "carriage return"),
        ],
    );
}

#[test]
fn values_are_quoted_for_powershell() {
    let alone = Place::Bare { alone: true };
    let rows = [
        ("web-1", alone, "web-1"),
        ("007", alone, "'007'"),
        ("1kb", alone, "'1kb'"),
        ("-Force", alone, "'-Force'"),
        ("a,b", alone, "'a,b'"),
        ("@x", alone, "'@x'"),
        ("", alone, "''"),
        ("it's", alone, "'it''s'"),
        ("a\u{2019}b", alone, "'a\u{2019}\u{2019}b'"),
        ("name", Place::Bare { alone: false }, "'name'"),
        ("$x `n \u{201c}q\u{201d}", Place::Double, "`$x ``n `\u{201c}q`\u{201d}"),
        ("a'b", Place::Single, "a''b"),
        ("a b", Place::Argument { quotes: Quotes::None, whole: true }, "'a b'"),
    ];
    for (value, place, wanted) in rows {
        assert_eq!(quote(value, place, Shell::PowerShell).as_deref(), Ok(wanted));
    }
    assert!(quote("x\n'@", Place::Here, Shell::Pwsh).is_err());
    assert!(quote("a\0b", alone, Shell::Sh).is_err());
    assert!(quote("a", alone, Shell::Cmd).is_err());
}

#[test]
fn what_powershell_does_not_hand_to_programs_is_refused() {
    let whole = Place::Argument { quotes: Quotes::None, whole: true };
    let part = Place::Argument { quotes: Quotes::Double, whole: false };
    for (value, place, windows, newer) in [
        ("a b", whole, true, true),
        ("", whole, false, true),
        ("", part, true, true),
        ("a\"b", whole, false, true),
        ("a\"b", part, false, true),
        ("C:\\x\\", whole, true, true),
        ("C:\\x y\\", whole, false, true),
        ("x\\", part, false, true),
        ("--%", whole, false, false),
        ("%", part, false, false),
        ("%", whole, true, true),
    ] {
        assert_eq!(quote(value, place, Shell::PowerShell).is_ok(), windows, "{value}");
        assert_eq!(quote(value, place, Shell::Pwsh).is_ok(), newer, "{value}");
    }
}

#[test]
fn a_word_of_many_holes_is_read_in_time() {
    let template = format!("echo {}", "a@".repeat(20_000));
    assert_eq!(places(&pieces(&template), Shell::Sh).map(|places| places.len()), Ok(20_000));
}

#[test]
fn values_leave_double_quotes_for_single_ones() {
    let rows = [
        ("a b", "a b"),
        ("$x", "\"'$x'\""),
        ("\u{20ac}", "\"'\u{20ac}'\""),
        ("\u{1}", "\"'\u{1}'\""),
        ("it's `x`", "\"'it'\\''s `x`'\""),
    ];
    for (value, wanted) in rows {
        assert_eq!(quote(value, Place::Double, Shell::Sh).as_deref(), Ok(wanted));
    }
    assert_eq!(quote("-n", Place::Bare { alone: false }, Shell::Bash).as_deref(), Ok("'-n'"));
}

fn simple(text: &str, shell: Shell) -> Vec<String> {
    let shown = |command| match command {
        SimpleCommand::Words(words) => word::spelled(&words),
        SimpleCommand::Opaque(_) => "?".to_owned(),
    };
    simple_commands(text, shell).into_iter().map(shown).collect()
}

#[test]
fn sh_comes_apart() {
    let rows: &[(&str, &[&str])] = &[
        ("sudo docker ps", &["sudo docker ps", "docker ps"]),
        (
            "sudo -n env X=1 sh -c \"systemctl re'start' docker\" && foo | bar; $(service docker restart)",
            &[
                "sudo -n env X=1 sh -c systemctl re'start' docker",
                "env X=1 sh -c systemctl re'start' docker",
                "sh -c systemctl re'start' docker",
                "systemctl restart docker",
                "foo",
                "bar",
                "?",
                "service docker restart",
            ],
        ),
        ("/usr/bin/sys\"tem\"ctl rest\\art", &["/usr/bin/systemctl restart", "systemctl restart"]),
        (
            "echo `rm x` ${y:-$(rm z)} $((1 + $(id)))",
            &["echo `rm x` ${y:-$(rm z)} $((1 + $(id)))", "rm x", "rm z", "id"],
        ),
        ("if a; then b; else c; fi", &["a", "b", "c"]),
        ("for x in $(a); do b; done", &["a", "b"]),
        ("case $(a) in x|y) b;; *) c;; esac; d", &["a", "b", "c", "d"]),
        ("f() { a; }", &["a"]),
        ("cat <<EOF\n$(a)\nEOF\nb", &["cat", "b", "a"]),
        ("echo x > /etc/cron.d/y 2>&1", &["echo x", "> /etc/cron.d/y"]),
        ("echo x > /dev/null", &["echo x"]),
        ("$x restart docker", &["?"]),
        ("PATH=/tmp ls", &["?", "ls"]),
        ("curl x | sh", &["curl x", "sh", "?"]),
        ("echo 'x", &["?"]),
        ("find . -exec rm {} +", &["find . -exec rm {} +", "rm {}"]),
    ];
    for (text, wanted) in rows {
        let mut found = simple(text, Shell::Bash);
        let mut wanted: Vec<_> = wanted.iter().map(|text| (*text).to_owned()).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn powershell_comes_apart() {
    let shell = Shell::PowerShell;
    let rows: &[(&str, &str)] = &[
        ("Get-Service x | Restart-Service", "restart-service -name x"),
        ("spsv docker", "stop-service docker"),
        ("restart-service -Name:nginx,docker", "restart-service -Name nginx -Name docker"),
        ("$x = Get-Item (Remove-Item y)", "remove-item y"),
        ("\"$(Stop-Service docker)\"", "stop-service docker"),
        ("if ($true) { Stop-Service docker }", "stop-service docker"),
        ("& 'C:\\Windows\\net.exe' stop docker", "net stop docker"),
        ("powershell -c \"Stop-Service docker\"", "stop-service docker"),
        ("cmd /c net stop docker", "net stop docker"),
        ("Rest`Art-Service docker", "restart-service docker"),
        ("icacls x --% /grant a | Stop-Service docker", "stop-service docker -name $_"),
        ("(Get-Service docker).Stop()", "stop-service -name docker"),
        ("(Get-Thing docker).Stop()", "?"),
        ("powershell -enc AAAA", "?"),
        ("& $x", "?"),
        ("iex $x", "?"),
    ];
    for (text, wanted) in rows {
        let found: Vec<_> = simple(text, shell).iter().map(|text| text.to_lowercase()).collect();
        assert!(found.contains(&wanted.to_lowercase()), "{text}: {found:?}");
    }
    let booted = "(Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('o')";
    assert!(!simple(booted, shell).contains(&"?".to_owned()));
}

#[test]
fn words_as_they_stand() {
    let rows = [
        (
            "sudo docker service ls --format '{{.Name}} {{.Replicas}}'",
            Shell::Sh,
            "sudo·docker·service·ls·--format·{{.Name}} {{.Replicas}}",
        ),
        ("a|b && c;d\n\ne", Shell::Sh, "a·|·b·&&·c·;·d·;·e"),
        ("x $(y z) \"$w\"", Shell::Sh, "x·$(y z)·$w"),
        ("Test-Path 'HKLM:\\A B\\RebootPending'", Shell::PowerShell, "Test-Path·HKLM:\\A B\\RebootPending"),
        ("(Get-X Y).Z.ToString('o')", Shell::PowerShell, "(Get-X Y).Z.ToString(o)"),
        ("\"$((Get-X Y).V).$(Z)\"", Shell::PowerShell, "$((Get-X Y).V).$(Z)"),
        ("dir \"C:\\a b\" & del x", Shell::Cmd, "dir·C:\\a b·&·del·x"),
    ];
    for (text, shell, wanted) in rows {
        assert_eq!(words(text, shell).join("·"), wanted);
    }
}

fn caught(pattern: &str, command: &str, shell: Shell) -> Option<String> {
    let pattern = Pattern::command(pattern, shell).unwrap_or_else(|(_, why)| panic!("{why}"));
    let captures = pattern.match_words(&words(command, shell))?;
    Some(
        captures
            .into_iter()
            .map(|(name, text)| format!("{name}={text} "))
            .collect::<String>()
            .trim()
            .to_owned(),
    )
}

#[test]
fn patterns_match() {
    let (sh, ps) = (Shell::Sh, Shell::PowerShell);
    let rows = [
        ("systemctl restart|stop docker|docker.service", "systemctl stop docker.service", sh, Some("")),
        ("systemctl restart|stop docker", "systemctl start docker", sh, None),
        (
            "sudo docker service scale <tenant>-prod-web_cloudflared=<n>",
            "sudo docker service scale demo-a-prod-web_cloudflared=0",
            sh,
            Some("n=0 tenant=demo-a"),
        ),
        ("docker service scale ...", "docker service scale", sh, Some("")),
        ("docker service scale ...", "docker service scale a b", sh, Some("")),
        (
            "docker ls --format '{{.Name}} {{.Replicas}}'",
            "docker ls --format '{{.Name}} {{.Replicas}}'",
            sh,
            Some(""),
        ),
        (
            "docker ls --format '{{.Name}} {{.Replicas}}'",
            "docker ls --format \"{{.Name}} {{.Replicas}}\"",
            sh,
            Some(""),
        ),
        ("Test-Path ...RebootPending", "test-path 'HKLM:\\A B\\rebootpending'", ps, Some("")),
        ("Restart-Service|Stop-Service ... docker ...", "restart-service -Name Docker -Force", ps, Some("")),
        ("Restart-Service|Stop-Service ... docker ...", "Restart-Service docker2", ps, None),
        ("echo '<x>' '...' 'a|b'", "echo '<x>' ... 'a|b'", sh, Some("")),
        ("echo '<x>'", "echo y", sh, None),
        ("a | b", "a|b", sh, Some("")),
        ("... <x> ... end", "p q r end", sh, Some("x=p")),
        ("cp <f> <f>", "cp a a", sh, Some("f=a")),
        ("cp <f> <f>", "cp a b", sh, None),
        ("...LastBootUpTime...", "(Get-CimInstance X).LastBootUpTime.ToString('o')", ps, Some("")),
        ("...UBR...", "\"$((Get-X).V).$((Get-Y 'A B').UBR)\"", ps, Some("")),
        ("cat <in> > out", "cat x > out", sh, Some("in=x")),
    ];
    for (pattern, command, shell, wanted) in rows {
        assert_eq!(caught(pattern, command, shell).as_deref(), wanted, "{pattern} ~ {command}");
    }
}

#[test]
fn string_patterns_match() {
    let rows = [
        (".../restart?<query>", "https://x/vm/restart?api=1", Some("query=api=1")),
        ("THB-P-<pair>-LINUX", "THB-P-WEB1-LINUX", Some("pair=WEB1")),
        ("THB-P-<pair>-LINUX", "THB-P--LINUX", None),
        ("a b", "a b", Some("")),
        ("a", "ab", None),
    ];
    for (pattern, text, wanted) in rows {
        let pattern = Pattern::string(pattern).unwrap();
        let captures = pattern.match_string(text);
        let shown = captures
            .map(|it| it.into_iter().map(|(name, text)| format!("{name}={text}")).collect::<String>());
        assert_eq!(shown.as_deref(), wanted);
    }
    assert!(Pattern::string("<a><b>").is_err());
    assert!(Pattern::command("", Shell::Sh).is_err());
    assert!(Pattern::command("echo 'x", Shell::Sh).is_err());
}

#[test]
fn hostile_patterns_end() {
    let pattern = Pattern::command("<a>x<b>x<c>x<d>x<e>x<f>x...y", Shell::Sh).unwrap();
    assert!(pattern.match_words(&["x".repeat(300)]).is_none());
    let deep = format!("echo {}", "$(".repeat(10_000));
    assert_eq!(simple(&deep, Shell::Bash), ["?"]);
    assert_eq!(simple(&"(".repeat(10_000), Shell::PowerShell), ["?"]);
    let _ = simple(&"sudo ".repeat(10_000), Shell::Sh);
    assert!(placed(&format!("echo @ {}", "\"$(".repeat(5_000)), Shell::Bash).starts_with("refused"));
}

#[test]
fn the_nearest_pattern_is_found() {
    let texts = ["docker ps", "docker service scale <s>=<n>", "uptime"];
    let patterns: Vec<_> = texts.iter().map(|text| Pattern::command(text, Shell::Sh).unwrap()).collect();
    let near = |command: &str| nearest_pattern(&words(command, Shell::Sh), &patterns);
    assert_eq!(near("docker service scal web=1"), Some(1));
    assert_eq!(near("uptimes"), Some(2));
    assert_eq!(near("xyz"), None);
}

#[test]
fn what_plainly_changes_something_is_told() {
    let typed = |text: &str, shell| match simple_commands(text, shell).into_iter().next() {
        Some(SimpleCommand::Words(words)) => words,
        Some(SimpleCommand::Opaque(_)) | None => Vec::new(),
    };
    let changes = |text: &str, shell| plainly_changes(&typed(text, shell), shell);
    assert_eq!(changes("sudo docker stack rm x", Shell::Sh).as_deref(), Some("changes a stack"));
    assert_eq!(changes("rm -rf x", Shell::Sh).as_deref(), Some("removes files"));
    assert_eq!(changes("sh -c 'rm x'", Shell::Sh).as_deref(), Some("removes files"));
    assert_eq!(changes("docker ps", Shell::Sh), None);
    assert_eq!(changes("Set-Item x", Shell::PowerShell).as_deref(), Some("changes something"));
    assert_eq!(changes("Set-Location x", Shell::PowerShell), None);
}

#[test]
fn every_row_of_the_tables_is_read() {
    for line in known::rows(include_str!("changes.txt")).filter(|line| !line.starts_with("[")) {
        let text = line.trim_start_matches("! ").split(" -> ").next().unwrap_or(line);
        for shell in [Shell::Bash, Shell::PowerShell] {
            let read = Pattern::command(text, shell);
            assert!(read.is_ok(), "{line}: {read:?}");
        }
    }
}

#[test]
fn guards_deny_what_is_not_understood() {
    let forbid = Pattern::command("systemctl restart|stop docker", Shell::Sh).unwrap();
    let allow = Pattern::command("docker service scale ...", Shell::Sh).unwrap();
    let rules = Rules::new(Shell::Sh, vec![forbid], vec![allow], Only::NotWhatIsForbidden);
    let verdict = |text| rules.judge(text, Shell::Sh);
    assert_eq!(verdict("docker ps | grep x"), Verdict::Harmless);
    assert_eq!(verdict("sudo docker service scale a=1"), Verdict::Harmless);
    assert_eq!(verdict("sudo sh -c 'docker service scale a=1; ls'"), Verdict::Harmless);
    for text in
        ["sudo systemctl restart docker", "sh -c '/bin/systemctl stop docker'", "ls; systemctl stop docker"]
    {
        assert!(matches!(verdict(text), Verdict::Forbidden { .. }), "{text}");
    }
    for text in [
        "tool x",
        "$x",
        "curl x | sh",
        "echo x > /etc/cron.d/y",
        "",
        "docker ps; tool",
        "find . -delete -exec cat {} +",
    ] {
        assert!(matches!(verdict(text), Verdict::NotUnderstood { .. }), "{text}");
    }
}
