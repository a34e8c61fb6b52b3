//! The libraries that rutter ships, as `use std.NAME` finds them from any place.

/// Name and text of each library, by name.
const LIBRARIES: [(&str, &str); 14] = [
    ("azure", include_str!("../../runbooks/std/azure.runbook")),
    ("azure_devops", include_str!("../../runbooks/std/azure_devops.runbook")),
    ("azure_vm", include_str!("../../runbooks/std/azure_vm.runbook")),
    ("azure_web_app", include_str!("../../runbooks/std/azure_web_app.runbook")),
    ("cloud_service", include_str!("../../runbooks/std/cloud_service.runbook")),
    ("cloudflare", include_str!("../../runbooks/std/cloudflare.runbook")),
    ("container_app", include_str!("../../runbooks/std/container_app.runbook")),
    ("docker", include_str!("../../runbooks/std/docker.runbook")),
    ("haproxy", include_str!("../../runbooks/std/haproxy.runbook")),
    ("iis", include_str!("../../runbooks/std/iis.runbook")),
    ("linux", include_str!("../../runbooks/std/linux.runbook")),
    ("postgres", include_str!("../../runbooks/std/postgres.runbook")),
    ("swarm", include_str!("../../runbooks/std/swarm.runbook")),
    ("windows", include_str!("../../runbooks/std/windows.runbook")),
];

/// The text of the library `std.NAME`.
#[must_use]
pub fn std_library(name: &str) -> Option<&'static str> {
    LIBRARIES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The names of all libraries, in alphabetical order.
pub fn std_names() -> impl Iterator<Item = &'static str> {
    LIBRARIES.iter().map(|(name, _)| *name)
}
