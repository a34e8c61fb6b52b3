//! The clouds: Azure Resource Manager, Azure DevOps and Cloudflare's API, told apart by the name that
//! they are asked by.

pub mod arm;
pub mod cloudflare;
pub mod compute;
pub mod devops;

use std::sync::Arc;
use std::{fmt, io};

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use ring::rand::{SecureRandom, SystemRandom};

use crate::hop::say;
use crate::web::{self, Tls};

/// The tokens that the clouds take, by the variables that runbooks read them from.
pub const TOKENS: [(&str, &str); 3] = [
    ("AZURE_TOKEN", "eyJ0eXAiOiJKV1Qi.bGFi.d2h5bm90"),
    ("ADO_TOKEN", "q7vgk3zjx5w2m4hd6tnb"),
    ("CLOUDFLARE_TOKEN", "Zr8-yP3mV_kX1tQ6sD9w"),
];

/// The value of one of [`TOKENS`].
pub fn token(variable: &str) -> &'static str {
    TOKENS.iter().find(|(name, _)| *name == variable).map_or("", |(_, value)| value)
}

/// Serves the clouds of a scene until it is ended.
pub async fn run(args: Tls, clouds: Clouds) -> io::Result<()> {
    web::tls(443, clouds.router(), &args.certificate, &args.key).await
}

/// Several APIs behind one address.
#[derive(Clone, Default)]
pub struct Clouds(Vec<(&'static str, Router)>);

impl Clouds {
    /// Answers for this host with `router`.
    pub fn host(mut self, name: &'static str, router: Router) -> Clouds {
        self.0.push((name, router));
        self
    }

    /// One router for all, by the name that was asked.
    pub fn router(self) -> Router {
        let clouds = Arc::new(self);
        Router::new().fallback(move |request: Request| {
            let clouds = Arc::clone(&clouds);
            async move { clouds.answer(request).await }
        })
    }

    async fn answer(&self, request: Request) -> Response {
        let name = asked(&request);
        let what = format!("{} {name}{}", request.method(), request.uri().path());
        let answer = match self.0.iter().find(|(host, _)| *host == name) {
            Some((_, router)) => TowerToHyperService::new(router.clone()).call(request).await.into_response(),
            None => (StatusCode::MISDIRECTED_REQUEST, "no such host\n").into_response(),
        };
        say(format_args!("{} {what}", answer.status().as_u16()));
        answer
    }
}

impl fmt::Debug for Clouds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The name in the address or in `Host`, without a port.
fn asked(request: &Request) -> String {
    let by_header = || request.headers().get(header::HOST)?.to_str().ok().map(str::to_owned);
    let name = request.uri().authority().map(|authority| authority.as_str().to_owned()).or_else(by_header);
    let name = name.unwrap_or_default();
    name.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

/// A new name for something that the vendors number with GUIDs.
pub fn guid() -> String {
    let mut bytes = [0; 16];
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;

    use super::*;

    #[tokio::test]
    async fn each_host_answers_for_itself() {
        let says = |status: StatusCode| Router::new().route("/", get(async move || status));
        let clouds = Clouds::default();
        let clouds = clouds.host("a.com", says(StatusCode::OK)).host("b.com", says(StatusCode::ACCEPTED));
        for (uri, host, status) in [
            ("/", Some("a.com:443"), 200),
            ("/", Some("B.com"), 202),
            ("https://b.com/", None, 202),
            ("/x", Some("a.com"), 404),
            ("/", Some("c.com"), 421),
            ("/", None, 421),
        ] {
            let mut request = Request::builder().uri(uri);
            if let Some(host) = host {
                request = request.header("host", host);
            }
            let answer = clouds.answer(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status().as_u16(), status, "{uri} {host:?}");
        }
    }

    #[test]
    fn guids_look_like_guids_and_differ() {
        let (one, other) = (guid(), guid());
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_ne!(one, other);
    }
}
