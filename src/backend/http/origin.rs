//! Where a URL leads, as far as trust goes: scheme, host and port.

use reqwest::Url;

/// `https://host:port` of an HTTP address, the port only where it is not the scheme's own; none of what is no such address.
///
/// Read as it is when it is sent: `https://good.example@evil.example/` leads to `evil.example`.
#[must_use]
pub fn origin(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn it_is_scheme_host_and_port_as_they_are_sent() {
        for (address, wanted) in [
            ("https://a.example/x?y", Some("https://a.example")),
            ("HTTPS://A.Example:443/x", Some("https://a.example")),
            ("https://a.example:8443", Some("https://a.example:8443")),
            ("http://a.example:80", Some("http://a.example")),
            ("https://a.example@b.example/", Some("https://b.example")),
            (r"https://a.example\@b.example/", Some("https://a.example")),
            ("https://a.example.b.example", Some("https://a.example.b.example")),
            ("http://[::1]:8080/x", Some("http://[::1]:8080")),
            ("ftp://a.example", None),
            ("a.example", None),
            ("", None),
        ] {
            assert_eq!(origin(address).as_deref(), wanted, "{address}");
        }
    }
}
