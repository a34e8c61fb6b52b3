//! PostgreSQL, asked by psql: where it is stands in the environment, values go as psql's variables.

use std::io;
use std::process::Stdio;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::Semaphore;

/// How many connections kodiai has at most.
const CONNECTIONS: usize = 10;

/// A database, by its URL.
#[derive(Clone, Debug)]
pub struct Database {
    environment: Vec<(&'static str, String)>,
    connections: Arc<Semaphore>,
}

impl Database {
    /// `postgres://USER:PASSWORD@HOST:PORT/NAME`
    pub fn new(url: &str) -> Option<Database> {
        let (login, place) = url.strip_prefix("postgres://")?.split_once('@')?;
        let (user, password) = login.split_once(':')?;
        let (host, name) = place.split_once('/')?;
        let (host, port) = host.split_once(':')?;
        let variables = [
            ("PGUSER", user),
            ("PGPASSWORD", password),
            ("PGHOST", host),
            ("PGPORT", port),
            ("PGDATABASE", name),
            ("PGCONNECT_TIMEOUT", "3"),
        ];
        let environment = variables.map(|(name, value)| (name, value.to_owned())).to_vec();
        Some(Database { environment, connections: Arc::new(Semaphore::new(CONNECTIONS)) })
    }

    /// Carries out one or more statements, and gives the rows: fields parted by `|`, a line each.
    pub async fn sql(&self, text: &str, values: &[(&str, &str)]) -> io::Result<Vec<String>> {
        let _connection = self.connections.acquire().await.map_err(io::Error::other)?;
        let mut command = Command::new("psql");
        command.kill_on_drop(true).args(["-X", "-w", "-q", "-A", "-t", "--set=ON_ERROR_STOP=1"]);
        command.args(values.iter().map(|(name, value)| format!("--set={name}={value}")));
        command.envs(self.environment.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(text.as_bytes()).await?;
        }
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Database;

    #[test]
    fn a_url_becomes_an_environment() {
        let database = Database::new("postgres://kodiai:secret@db:5432/queue").unwrap();
        assert!(database.environment.contains(&("PGHOST", "db".to_owned())));
        assert!(database.environment.contains(&("PGDATABASE", "queue".to_owned())));
        assert!(Database::new("mysql://db").is_none());
    }
}
