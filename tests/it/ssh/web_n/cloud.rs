//! Stands in for Azure, Azure DevOps, Cloudflare and the tenants' pages: a proxy that answers itself,
//! over TLS, whatever host it is asked for.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::ssh::lab::{Lab, output, program};

/// What the runbook asks over HTTP, from the state that the stand-ins on the hosts share.
#[derive(Clone)]
pub struct Cloud {
    pub state: PathBuf,
    /// Tunnels and the tenants that they lead to.
    pub tunnels: Vec<(String, String)>,
}

/// Makes an authority `cloud-ca.pem` and a certificate by it for `names`.
fn certify(lab: &Lab, names: &[&str]) {
    let alternatives: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
    let script = format!(
        "set -e\n\
         openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout cloud-ca.key -out cloud-ca.pem \
         -subj /CN=lab -days 2\n\
         openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout cloud.key -out cloud.csr -subj /CN=cloud\n\
         printf 'subjectAltName={}\\nbasicConstraints=CA:FALSE\\n' >cloud.ext\n\
         openssl x509 -req -in cloud.csr -CA cloud-ca.pem -CAkey cloud-ca.key -days 2 -out cloud.pem -extfile cloud.ext\n",
        alternatives.join(",")
    );
    output(program("sh").args(["-c", &script]).current_dir(lab.folder()));
}

/// Starts it; gives the address of the proxy. The authority to trust is `cloud-ca.pem` in the lab.
pub fn start(lab: &Lab, names: &[&str], cloud: Cloud) -> String {
    certify(lab, names);
    let chain = CertificateDer::pem_file_iter(lab.path("cloud.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(lab.path("cloud.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (cloud, config) = (cloud.clone(), Arc::clone(&config));
            std::thread::spawn(move || cloud.serve(stream.unwrap(), config));
        }
    });
    format!("http://{address}")
}

/// The first line of a request's head, and how long its body is.
fn head(stream: &mut impl BufRead) -> Option<(String, usize)> {
    let (mut first, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            return Some((first, length));
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if first.is_empty() {
            first = line.to_owned();
        }
    }
}

impl Cloud {
    /// One connection: `CONNECT host:443`, then requests over TLS.
    fn serve(&self, stream: TcpStream, config: Arc<ServerConfig>) -> Option<()> {
        let mut plain = BufReader::new(stream);
        let (connect, _) = head(&mut plain)?;
        let host = connect.split_whitespace().nth(1)?.trim_end_matches(":443").to_owned();
        let mut stream = plain.into_inner();
        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
        let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config).ok()?, stream));
        loop {
            let (first, length) = head(&mut stream)?;
            let mut body = vec![0; length];
            stream.read_exact(&mut body).ok()?;
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            let (status, answer) = self.answer(&host, &first, &body);
            let text = answer.to_string();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                text.len()
            );
            stream.get_mut().write_all((head + &text).as_bytes()).ok()?;
        }
    }

    fn answer(&self, host: &str, first: &str, body: &Value) -> (u16, Value) {
        let words: Vec<&str> = first.split_whitespace().collect();
        let (method, path) = (words[0], words[1].split('?').next().unwrap());
        match host {
            "management.azure.com" => self.azure(method, path),
            "dev.azure.com" => self.devops(method, path, body),
            "api.cloudflare.com" => self.connections(path),
            tenant => self.page(tenant.split('.').next().unwrap()),
        }
    }

    fn azure(&self, method: &str, path: &str) -> (u16, Value) {
        if method == "POST" && path.ends_with("/THB-P-WEB1-WIN/restart") {
            self.reboot();
            return (202, Value::Null);
        }
        assert!(path.ends_with("/instanceView"), "{path}");
        (200, json!({"statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]}))
    }

    /// The update that was staged is applied.
    fn reboot(&self) {
        let vm = |name: &str| self.state.join("vm").join(name);
        let number = |name: &str| fs::read_to_string(vm(name)).unwrap().trim().parse::<u32>().unwrap();
        fs::write(vm("ubr"), (number("ubr") + 1).to_string()).unwrap();
        fs::write(vm("pending"), "False").unwrap();
        fs::write(vm("boots"), (number("boots") + 1).to_string()).unwrap();
    }

    /// Pipeline 11 deploys the web stack, pipeline 12 the task service.
    fn devops(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        if path.ends_with("/_apis/pipelines") {
            let named = |id: u32, name: &str| json!({"id": id, "name": format!("{name} Production Release")});
            return (200, json!({"value": [named(11, "WebApp"), named(12, "InterfaceTaskService")]}));
        }
        if method == "POST" && body["previewRun"] != json!(true) {
            let asked = &body["templateParameters"];
            let pair = asked["deploymentVm"].as_str().unwrap_or("THB-P-WEB1").replace("THB-P-", "");
            let tenant = asked["tenant"].as_str().unwrap();
            match path.contains("/11/") {
                true => deploy(&self.web_stack(&pair, tenant), &["webapp", "caddy", "cloudflared"]),
                false => deploy(&self.state.join(pair).join(tenant), &["tasks"]),
            }
        }
        (200, json!({"id": 7001, "state": "completed", "result": "succeeded", "finalYaml": "stages: []"}))
    }

    fn web_stack(&self, pair: &str, tenant: &str) -> PathBuf {
        self.state.join(pair).join(format!("{tenant}-prod-webappcaddy-stack"))
    }

    fn held(&self, pair: &str, tenant: &str) -> usize {
        let replicas = fs::read_to_string(self.web_stack(pair, tenant).join("cloudflared"));
        if replicas.is_ok_and(|text| text.trim() == "1/1") { 4 } else { 0 }
    }

    fn connections(&self, path: &str) -> (u16, Value) {
        let tunnel = path.split('/').rev().nth(1).unwrap();
        let (_, tenant) = self.tunnels.iter().find(|(known, _)| known == tunnel).unwrap();
        let held = ["WEB1", "WEB8"].map(|pair| json!({"conns": vec![0; self.held(pair, tenant)]}));
        (200, json!({"success": true, "errors": [], "result": held}))
    }

    fn page(&self, tenant: &str) -> (u16, Value) {
        match self.held("WEB1", tenant) + self.held("WEB8", tenant) {
            0 => (502, Value::Null),
            _ => (200, json!({"version": "9f3c1ab"})),
        }
    }
}

/// A stack whose services all run.
pub fn deploy(stack: &Path, services: &[&str]) {
    // Not seen by anybody before it is whole.
    let making = stack.with_file_name(format!(".{}", stack.file_name().unwrap().to_str().unwrap()));
    fs::create_dir_all(&making).unwrap();
    for service in services {
        fs::write(making.join(service), "1/1").unwrap();
    }
    let _ = fs::remove_dir_all(stack);
    fs::rename(making, stack).unwrap();
}
