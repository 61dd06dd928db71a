//! What may leave this machine, and in which form.

use codecompass_core::redact::{Redacted, redact};
use codecompass_ollama::{address::Address, pool::Chosen};

use crate::config::settings::PrivacySettings;

/// Whether what is sent to a model leaves this machine: its host is another one, or only passes it on to Ollama's cloud.
///
/// A tunnel that begins on this machine cannot be seen from here.
pub fn leaves(host: &Address, in_cloud: bool) -> bool {
    in_cloud || !host.is_loopback()
}

/// Whether what is sent to this model leaves this machine.
pub fn leaves_with(chosen: &Chosen) -> bool {
    leaves(chosen.host.address(), chosen.model.cloud)
}

/// A text in the form in which it may be sent: without its secrets if it leaves this machine, unless the user wants them in.
pub fn redact_for<'t>(leaves: bool, privacy: &PrivacySettings, text: &'t str) -> Redacted<'t> {
    if leaves && privacy.redact_secrets { redact(text) } else { Redacted::unchanged(text) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn secrets_stay_on_this_machine() {
        let text = format!("key = {}{}", "ghp_", "Zx81kQ0vB7nM3cT5yU2wE9rA6sD4fG1hJ8lK");
        let privacy = PrivacySettings::default();
        let sent = |address: &str, cloud, privacy: &PrivacySettings| {
            let leaves = leaves(&Address::parse(address).unwrap().0, cloud);
            redact_for(leaves, privacy, &text).found.len()
        };
        assert_eq!(sent("https://gpu", false, &privacy), 1);
        assert_eq!(sent("localhost", false, &privacy), 0);
        assert_eq!(sent("localhost", true, &privacy), 1);
        assert_eq!(sent("https://gpu", false, &PrivacySettings { redact_secrets: false, ..privacy.clone() }), 0);
    }
}
