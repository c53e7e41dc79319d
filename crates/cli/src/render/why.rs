//! An explanation as text: how it stands, all that is in the way, what happened, what to do next.

use super::style::Style;
use super::words::{clean, moment};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pelago_wire::view::WhyView;

/// The text of an explanation.
pub fn text(view: &WhyView, now: Timestamp, zone: &TimeZone, style: Style) -> String {
    let mut out = format!("{} {}\n", style.strong(&format!("{}:", clean(&view.id))), clean(&view.summary));
    if !view.blockers.is_empty() {
        out.push_str(&format!("\n{}\n", style.strong("In the way now:")));
        for blocker in &view.blockers {
            out.push_str(&format!("  - {}\n", clean(&blocker.reason)));
            if !blocker.change.is_empty() {
                out.push_str(&format!("    it ends when: {}\n", clean(&blocker.change)));
            }
            let review = blocker.review.as_deref().map(|at| format!("looked at again at {}", moment(at, now, zone)));
            let owner = (!blocker.owner.is_empty()).then(|| format!("up to: {}", clean(&blocker.owner)));
            let rest: Vec<String> = owner.into_iter().chain(review).collect();
            if !rest.is_empty() {
                out.push_str(&format!("    {}\n", style.faint(&rest.join("; "))));
            }
        }
    }
    if !view.history.is_empty() {
        out.push_str(&format!("\n{}\n", style.strong("So far:")));
        let times: Vec<String> = view.history.iter().map(|step| moment(&step.at, now, zone)).collect();
        let width = times.iter().map(|time| time.chars().count()).max().unwrap_or(0);
        for (step, time) in view.history.iter().zip(&times) {
            out.push_str(&format!("  {}  {}\n", style.faint(&format!("{time:width$}")), clean(&step.text)));
        }
    }
    if let Some(next) = &view.next {
        out.push_str(&format!("\n{} {}\n", style.strong("Next:"), clean(next)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use pelago_wire::view::{Blocker, Step};

    #[test]
    fn all_parts() {
        let view = WhyView {
            id: "1.17".into(),
            summary: "waiting: 2 things are in the way".into(),
            blockers: vec![
                Blocker {
                    reason: "disk: asks 3.0 MB, 1.2 MB of the quota of 200.0 MB are free".into(),
                    owner: "the site".into(),
                    change: "a chain frees its state, or --quota 202MB".into(),
                    review: Some("2026-03-01T09:30:05Z".into()),
                },
                Blocker { reason: "needs 1.16".into(), owner: String::new(), change: String::new(), review: None },
            ],
            history: vec![Step { at: "2026-03-01T09:30:00Z".into(), text: "submitted".into() }],
            next: Some("pelago why 1.16".into()),
        };
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        let expect = "\
1.17: waiting: 2 things are in the way

In the way now:
  - disk: asks 3.0 MB, 1.2 MB of the quota of 200.0 MB are free
    it ends when: a chain frees its state, or --quota 202MB
    up to: the site; looked at again at 09:30:05
  - needs 1.16

So far:
  09:30:00  submitted

Next: pelago why 1.16
";
        assert_eq!(text(&view, now, &TimeZone::UTC, Style::PLAIN), expect);
    }
}
