//! Who is told what: addresses on the web get a message from UNICORE, mail comes from the batch system.

use super::draft::Draft;
use crate::json::{In, Kind, Member, Out, Value, written_out};
use pelago_job::Text;
use pelago_job::description::{Notice, Occasion};

/// What a message on the web tells of unless it is said.
const WEB: [Occasion; 3] = [Occasion::Start, Occasion::Success, Occasion::Failure];
/// What batch systems send mail about.
const MAIL: [Occasion; 2] = [Occasion::Success, Occasion::Failure];

/// States of a job that are told, as `NotificationSettings` names them.
const STATES: [(&str, Occasion); 6] = [
    ("STAGINGIN", Occasion::Preparing),
    ("QUEUED", Occasion::Queued),
    ("RUNNING", Occasion::Start),
    ("STAGINGOUT", Occasion::Finishing),
    ("SUCCESSFUL", Occasion::Success),
    ("FAILED", Occasion::Failure),
];

/// Reads `NotificationSettings`, `Notification` and `User email`.
pub fn read(cx: &mut In<'_>, member: &Member, draft: &mut Draft) {
    let notices = &mut draft.job.policy.notices;
    let is_web = |notice: &Notice| notice.to.iter().any(|to| written_out(to).contains("://"));
    match member.name.as_str() {
        "User email" => {
            let to = cx.text(member).into_iter().collect();
            notices.push(Notice { on: MAIL.to_vec(), to });
        }
        "Notification" if notices.iter().any(is_web) => {
            let message = "this is not used, since `NotificationSettings` names an address";
            cx.diagnostics.warning(member.name_span.clone(), message);
        }
        "Notification" => {
            let Some(url) = cx.filled("Notification", &member.value) else { return };
            check_url(cx, &url, &member.value);
            notices.insert(0, Notice { on: WEB.to_vec(), to: vec![Text::literal(url)] });
        }
        _ => read_settings(cx, member, notices),
    }
}

fn check_url(cx: &mut In<'_>, url: &str, value: &Value) {
    if !url.contains("://") && !url.contains("${") {
        let message = format!("`{url}` is no URL; UNICORE sends a message by HTTP to it");
        cx.diagnostics.warning(value.span.clone(), message).help("for mail there is `User email`");
    }
}

fn read_settings(cx: &mut In<'_>, member: &Member, notices: &mut Vec<Notice>) {
    let Some(members) = cx.object("NotificationSettings", &member.value) else { return };
    let find = |name: &str| members.iter().find(|m| m.name == name);
    let states = find("status").map(|status| cx.strings("status", &status.value));
    let occasion = |state: &String| STATES.iter().find(|(name, _)| name == state).map(|(_, occasion)| *occasion);
    let known: Option<Vec<Occasion>> = states.as_ref().map_or(Some(WEB.to_vec()), |s| s.iter().map(occasion).collect());
    if let Some(states) = &states {
        for state in states.iter().filter(|state| occasion(state).is_none() && *state != "READY") {
            let near = crate::spelling::nearest(state, STATES.iter().map(|(name, _)| *name));
            cx.diagnostics
                .warning(member.value.span.clone(), format!("`{state}` is no state of a job"))
                .did_you_mean(near);
        }
    }
    let simple = members.iter().all(|m| ["URL", "status"].contains(&m.name.as_str()));
    match (find("URL").and_then(|url| url.value.as_text()), known) {
        (Some(url), Some(on)) if simple && url.contains("://") => {
            let notice = Notice { on, to: vec![Text::literal(url)] };
            notices.insert(0, notice);
        }
        // Batch systems' own states, or none that is known: as it is.
        _ => cx.keep_as(cx.language, "NotificationSettings", &member.value, false),
    }
}

/// Takes what can be said of all notices: at most one on the web and one by mail.
fn plan(out: &mut Out<'_>, draft: &mut Draft) {
    let notices = &mut draft.job.policy.notices;
    if notices.is_empty() {
        return;
    }
    let address = |notice: &Notice| notice.to.first().map(written_out).unwrap_or_default();
    let web = notices.iter().find(|notice| address(notice).contains("://")).map(|notice| {
        let on = notice.on.iter().filter(|on| STATES.iter().any(|(_, known)| known == *on)).copied().collect();
        Notice { on, to: notice.to.iter().take(1).cloned().collect() }
    });
    let mail = notices.iter().find(|notice| !address(notice).contains("://") && !address(notice).is_empty());
    let mail = mail.map(|notice| Notice { on: MAIL.to_vec(), to: notice.to.iter().take(1).cloned().collect() });
    let said: Vec<Notice> = web.into_iter().chain(mail).collect();
    if said != *notices {
        let why = "UNICORE sends messages to one URL, and the batch system mail to one address when it chooses to";
        out.changed("policy/notices", &said, why);
    }
    *notices = said;
}

/// Prints a message on the web.
pub fn print_settings(out: &mut Out<'_>, draft: &mut Draft) -> Option<Value> {
    plan(out, draft);
    let notices = &mut draft.job.policy.notices;
    let web = notices.iter().position(|n| n.to.first().is_some_and(|to| written_out(to).contains("://")));
    let Some(notice) = web.map(|position| notices.remove(position)) else {
        return out.take("NotificationSettings");
    };
    let url = notice.to.first().map(written_out).unwrap_or_default();
    let state = |on: &Occasion| STATES.iter().find(|(_, known)| known == on).map(|(name, _)| name.to_string());
    let mut members = vec![Member::new("URL", Value::text(url))];
    if notice.on != WEB {
        members.push(Member::new("status", Value::texts(notice.on.iter().filter_map(state))));
    }
    Some(Kind::Object(members).into())
}

/// Prints the address for mail.
pub fn print_email(draft: &mut Draft) -> Option<Value> {
    let notices = std::mem::take(&mut draft.job.policy.notices);
    notices.first().and_then(|notice| notice.to.first()).map(|to| Value::text(written_out(to)))
}
