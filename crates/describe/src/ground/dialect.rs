//! What some languages leave to the site: names in texts that only the machine can fill, and words that say where files
//! come from and go to without naming them.

use super::jobs::Steps;
use super::process::literal;
use super::work::{JobWork, Work};
use crate::Language;
use pelago_job::description::Texts;
use pelago_job::{OnError, Piece, Place, Step, Template};

/// Moves files that are neither directories nor named to a directory of their own.
const NEW_FILES: &str = "mkdir -p .pelago-new; for file in *; do [ -f \"$file\" ] || continue; old=; \
                         for name in \"$@\"; do [ \"$file\" = \"$name\" ] && old=1; done; \
                         [ \"$old\" ] || mv -- \"$file\" .pelago-new/; done";

impl Work<'_> {
    /// Fills the names that the language knows and this machine has values for.
    pub(super) fn site_names(&mut self, job: &mut JobWork) {
        let offer = self.ground.offer;
        let home = offer.home.as_ref().map(|home| home.to_string_lossy().into_owned()).unwrap_or_default();
        let temporary = offer.temporary.to_string_lossy().into_owned();
        let names: Vec<(&str, String)> = match self.ground.language {
            Some(Language::Gt4) => vec![
                ("${GLOBUS_USER_HOME}", home),
                ("${GLOBUS_USER_NAME}", offer.user.clone()),
                ("${GLOBUS_SCRATCH_DIR}", temporary),
            ],
            Some(Language::Rsl | Language::Infogram) => vec![("$(HOME)", home), ("$(LOGNAME)", offer.user.clone())],
            _ => return,
        };
        job.left.texts(&mut |text| {
            for piece in &mut text.0.0 {
                let Piece::Text(literal) = piece else { continue };
                for (name, value) in &names {
                    if literal.contains(name) {
                        *literal = literal.replace(name, value);
                    }
                }
            }
        });
        // RSL says which names in texts are variables.
        let known = |name: &str| names.iter().any(|(known, _)| known.trim_matches(['$', '(', ')']) == name);
        for extension in &mut job.left.extensions {
            if extension.name == "variable" && extension.text.split_whitespace().all(known) {
                *extension = pelago_job::Extension::default();
            }
        }
    }

    /// Condor's words on the transfer of files. Gives whether the job runs where its files are.
    pub(super) fn transfer(&mut self, job: &mut JobWork) -> bool {
        let mut shared = false;
        for extension in &mut job.left.extensions {
            let yes = !matches!(extension.text.trim().to_ascii_uppercase().as_str(), "NO" | "NEVER" | "FALSE");
            match extension.name.as_str() {
                "should_transfer_files" if !yes => shared = true,
                // The program is where it is named, and copied only from beside the document.
                "should_transfer_files" | "transfer_executable" => {}
                "transfer_output_files" if extension.text.trim().trim_matches('"').is_empty() => job.keeps_files = true,
                _ => continue,
            }
            *extension = pelago_job::Extension::default();
        }
        job.keeps_files |= shared || job.left.staging.iter().any(|staging| staging.target.is_some());
        shared
    }

    /// Condor brings every new file home when nothing says which.
    pub(super) fn new_files(&mut self, job: &JobWork, steps: &mut Steps) {
        let sandboxed = matches!(self.ground.language, Some(Language::Submit | Language::Dag));
        if !sandboxed || job.keeps_files || job.within.is_some() || job.idle {
            return;
        }
        let mut argv = ["/bin/sh", "-c", NEW_FILES, "sh"].map(literal).to_vec();
        argv.extend(job.brought.iter().map(|name| literal(name)));
        argv.extend(job.group.inputs.iter().map(|input| input.as_name.clone().unwrap_or_else(|| input.name.clone())));
        for step in steps.run.iter().chain(&steps.bring) {
            match step {
                Step::Redirect { target: Some((name, _)), .. } => argv.push(name.clone()),
                // The program came along because it stands beside the document.
                Step::Exec { argv: words, .. } => argv.extend(words.iter().filter(|w| self.look(w).is_some()).cloned()),
                _ => {}
            }
        }
        let mut seen: Vec<Template> = Vec::new();
        argv.retain(|word| {
            let new = !seen.contains(word);
            seen.push(word.clone());
            new
        });
        let program = literal("/bin/sh");
        steps.home.push(Step::Exec { program, argv, search_path: false, at: Place::Node });
        let mut to = job.base.clone().unwrap_or_default();
        to.push_text("/");
        let absolute = matches!(to.0.first(), Some(Piece::Text(text)) if text.starts_with('/') && job.base.is_some());
        let to = if job.base.is_none() { Template::default() } else { to };
        let place = if absolute { Place::Machine } else { Place::Root };
        // There may be none.
        steps.home.push(Step::OnError(OnError::Ignore));
        let source = literal(".pelago-new/*");
        steps.home.push(Step::Copy { from: Place::Node, source, to: vec![(place, to)], dynamic: false });
        steps.home.push(Step::OnError(OnError::Fail));
    }
}
