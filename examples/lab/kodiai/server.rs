//! kodiai's PostgreSQL: a real server with a cluster of its own, on its host.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::parts;
use crate::place::KODIAI_DATABASE;
use crate::system::{Result, output, run};

const TABLES: &str = "\
CREATE TABLE webhook_queue (id bigserial PRIMARY KEY, source text NOT NULL, delivery_id text NOT NULL, \
status text NOT NULL DEFAULT 'pending', queued_at timestamptz NOT NULL DEFAULT now(), processed_at timestamptz); \
CREATE TABLE reviews (job text NOT NULL, done boolean NOT NULL DEFAULT false); \
CREATE TABLE dispatched (delivery_id text NOT NULL, how text NOT NULL, at timestamptz NOT NULL DEFAULT now());";

/// Starts the server, unless it runs; the first time with kodiai's database.
pub fn up() -> Result {
    let data = folder().join("data");
    let fresh = !data.exists();
    if fresh {
        fs::create_dir_all(folder())?;
        run("chown", &["postgres:", &folder().display().to_string()])?;
        let words = ["--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--pgdata"];
        output(as_postgres(&program("initdb")?).args(words).arg(&data))?;
        let allowed = "local all all trust\nhost all all 10.77.0.0/24 scram-sha-256\n";
        fs::write(data.join("pg_hba.conf"), allowed)?;
    }
    let (data, sockets) = (data.display().to_string(), folder().display().to_string());
    let server = program("postgres")?.display().to_string();
    let words = ["runuser", "-u", "postgres", "--", &server, "-D", &data, "-k", &sockets, "-h", "*"];
    parts::program("postgres", KODIAI_DATABASE, &words)?;
    parts::await_port("postgres", 5432, Duration::from_secs(30))?;
    if fresh {
        tell("postgres", "CREATE ROLE kodiai LOGIN PASSWORD 'queue-of-the-lab'")?;
        tell("postgres", "CREATE DATABASE kodiai OWNER kodiai")?;
        tell("kodiai", &format!("SET ROLE kodiai; {TABLES}"))?;
    }
    Ok(())
}

/// Forgets all webhooks.
pub fn empty() -> Result {
    ask("TRUNCATE webhook_queue, reviews, dispatched").map(drop)
}

/// What kodiai's database answers: fields parted by `|`, a line for each row.
pub fn ask(sql: &str) -> Result<String> {
    tell("kodiai", sql)
}

fn tell(database: &str, sql: &str) -> Result<String> {
    let mut command = as_postgres(&PathBuf::from("psql"));
    command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql, "-h"]);
    output(command.arg(folder()))
}

fn as_postgres(program: &PathBuf) -> Command {
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
    command
}

/// A program of the newest PostgreSQL that is installed.
fn program(name: &str) -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin").join(name)).collect();
    found.retain(|program| program.exists());
    found.sort();
    found.pop().ok_or_else(|| "the lab needs: apt-get install postgresql".into())
}

fn folder() -> PathBuf {
    KODIAI_DATABASE.folder().join("postgres")
}
