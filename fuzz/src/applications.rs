//! Tables of applications: read, and asked for what they say.

use pelago_describe::ground::Applications;
use pelago_job::Text;
use pelago_job::description::Application;

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut applications = Applications::default();
    if let Err(error) = applications.add(text) {
        assert!(!error.to_string().is_empty());
        return;
    }
    let named = |name: &str| Application { name: Some(Text::literal(name)), ..Application::default() };
    for entry in &applications.entries {
        let _ = applications.has(&entry.name, Some(">="), entry.version.as_deref());
        let mut application = named(&entry.name);
        assert!(applications.fill(&mut application).is_ok(), "{} is in the table", entry.name);
    }
    let _ = applications.fill(&mut named(text.get(..20).unwrap_or(text)));
}
