//! The clouds: Azure Resource Manager, Azure DevOps and Cloudflare's API, told apart by the name that
//! they are asked by.

pub mod arm;
pub mod compute;

use ring::rand::{SecureRandom, SystemRandom};

/// The tokens that the clouds take, by the variables that runbooks read them from.
pub const TOKENS: [(&str, &str); 3] = [
    ("AZURE_TOKEN", "azure-Zaunkoenig"),
    ("ADO_TOKEN", "ado-Zaunkoenig"),
    ("CLOUDFLARE_TOKEN", "cloudflare-Zaunkoenig"),
];

/// The value of one of [`TOKENS`].
pub fn token(variable: &str) -> &'static str {
    TOKENS.iter().find(|(name, _)| *name == variable).map_or("", |(_, value)| value)
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
