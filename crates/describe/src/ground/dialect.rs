//! What some languages leave to the site: names in texts that only the machine can fill, and words that say where files
//! come from and go to without naming them.

use super::jobs::Steps;
use super::process::literal;
use super::work::{JobWork, Work};
use crate::Language;
use pelago_job::Text;
use pelago_job::description::{Stdio, Texts};
use pelago_job::{OnError, Piece, Place, Setting, Step, Template};

/// Moves files that are neither directories nor among the names to a directory of their own. The names are one word, a
/// line each, so that none of them is taken for a file that the command reads.
const NEW_FILES: &str = "mkdir -p .pelago-new; line='\n'; known=$1$(cat .pelago-known 2>/dev/null)$line; for file in *; do [ -f \"$file\" ] || continue; \
                         case \"$known\" in *\"$line$file$line\"*) ;; *) mv -- \"$file\" .pelago-new/;; esac; done";

impl Work<'_> {
    /// Whether files go home also from a job that failed, where the document does not say when: JSDL and gLite send
    /// them when the job has ended, Globus does not know how it ended, Condor sends them when it exits (`ON_EXIT`).
    pub(super) fn files_anyhow(&self, job: &JobWork) -> bool {
        !job.only_good && self.sends_anyhow()
    }

    fn sends_anyhow(&self) -> bool {
        use Language::{Dag, Gt4, Infogram, Jdl, Jsdl, Rsl, Submit};
        self.ground.language.is_some_and(|of| matches!(of, Jsdl | Submit | Dag | Rsl | Infogram | Gt4 | Jdl))
    }

    /// The same for its streams, which ARC also has for whoever submitted.
    pub(super) fn streams_anyhow(&self) -> bool {
        self.sends_anyhow() || matches!(self.ground.language, Some(Language::Xrsl | Language::Adl))
    }

    /// UNICORE's workflows pass files by a storage of their own (`wf:`), which is the directory of the document here.
    pub(super) fn shared_storage(&mut self) {
        if self.ground.language != Some(Language::UnicoreWorkflow) {
            return;
        }
        for entry in self.left.jobs.iter_mut().flat_map(|job| &mut job.staging) {
            for end in [&mut entry.source, &mut entry.target].into_iter().flatten() {
                let first = end.uri.as_mut().and_then(|uri| uri.0.0.first_mut());
                if let Some(Piece::Text(text)) = first
                    && let Some(path) = text.strip_prefix("wf:")
                {
                    *text = path.trim_start_matches('/').to_string();
                }
            }
        }
    }

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

    /// Fills the signs in the names of a script's files that the batch system fills in. Numbers are those of its variables:
    /// the first job, and for each task of an array one of its own.
    pub(super) fn stream_signs(&mut self, job: &mut JobWork) {
        let offer = self.ground.offer;
        let host = offer.hosts.first().cloned().unwrap_or_default();
        let home = offer.home.as_ref().map(|home| home.to_string_lossy().into_owned()).unwrap_or_default();
        let text = |text: &str| Piece::Text(text.to_string());
        let signs = match self.ground.language {
            Some(Language::Slurm) => vec![
                ("%j", Piece::JobIndex),
                ("%A", text("1")),
                ("%x", text(&job.group.name)),
                ("%u", text(&offer.user)),
                ("%N", text(&host)),
            ],
            Some(Language::GridEngine) => vec![
                ("$JOB_ID", text("1")),
                ("$JOB_NAME", text(&job.group.name)),
                ("$USER", text(&offer.user)),
                ("$HOSTNAME", text(&host)),
                ("$HOME", text(&home)),
            ],
            _ => return,
        };
        for command in &mut job.left.application.commands {
            for stream in [&mut command.input, &mut command.output, &mut command.error].into_iter().flatten() {
                let Some(path) = &mut stream.path else { continue };
                for (sign, value) in &signs {
                    fill(path, sign, value);
                }
            }
        }
    }

    /// What a batch system tells a script in its variables, as far as it is true here.
    pub(super) fn batch_variables(&mut self, job: &mut JobWork, processes: u64) -> Vec<Setting> {
        let offer = self.ground.offer;
        let here = self.ground.directory.to_string_lossy().into_owned();
        let host = offer.hosts.first().cloned().unwrap_or_default();
        let home = offer.home.as_ref().map(|home| home.to_string_lossy().into_owned()).unwrap_or_default();
        let (name, count) = (job.group.name.clone(), processes.to_string());
        let names: Vec<(&str, String)> = match self.ground.language {
            Some(Language::Slurm) => vec![
                ("SLURM_SUBMIT_DIR", here),
                ("SLURM_SUBMIT_HOST", host.clone()),
                ("SLURM_JOB_NAME", name),
                ("SLURM_JOB_NODELIST", host.clone()),
                ("SLURM_NODELIST", host.clone()),
                ("SLURMD_NODENAME", host),
                ("SLURM_JOB_NUM_NODES", "1".into()),
                ("SLURM_NNODES", "1".into()),
                ("SLURM_NTASKS", count.clone()),
                ("SLURM_NPROCS", count),
                ("SLURM_CPUS_ON_NODE", offer.cpus.to_string()),
                ("SLURM_PROCID", "0".into()),
                ("SLURM_LOCALID", "0".into()),
                ("SLURM_NODEID", "0".into()),
            ],
            Some(Language::Pbs) => vec![
                ("PBS_O_WORKDIR", here),
                ("PBS_O_HOST", host),
                ("PBS_O_HOME", home),
                ("PBS_O_LOGNAME", offer.user.clone()),
                ("PBS_JOBNAME", name),
                ("PBS_ENVIRONMENT", "PBS_BATCH".into()),
                ("PBS_NUM_NODES", "1".into()),
                ("PBS_NP", count.clone()),
                ("NCPUS", count),
            ],
            Some(Language::GridEngine) => vec![
                ("SGE_O_WORKDIR", here),
                ("SGE_O_HOST", host.clone()),
                ("SGE_O_HOME", home),
                ("SGE_O_LOGNAME", offer.user.clone()),
                ("JOB_NAME", name),
                ("NHOSTS", "1".into()),
                ("NSLOTS", count),
                ("HOSTNAME", host),
            ],
            _ => return Vec::new(),
        };
        let set = |(name, value): (&str, String)| {
            let (name, value) = (literal(name), Some(literal(&value)));
            Setting::Variable { name, value }
        };
        let mut settings: Vec<Setting> = names.into_iter().map(set).collect();
        // A number for each task, as every batch system gives one.
        let number = match self.ground.language {
            Some(Language::Slurm) => "SLURM_JOB_ID",
            Some(Language::Pbs) => "PBS_JOBID",
            _ => "JOB_ID",
        };
        let value = Some(Template(vec![Piece::JobIndex]));
        settings.push(Setting::Variable { name: literal(number), value });
        settings
    }

    /// In UNICORE a job's streams are the files `stdout` and `stderr` where nothing else is said: used if they go anywhere.
    pub(super) fn default_streams(&mut self, job: &mut JobWork) {
        if !matches!(self.ground.language, Some(Language::Unicore | Language::UnicoreWorkflow)) {
            return;
        }
        let goes = |name: &str| {
            let file = |file: &Text| file.as_literal().as_deref() == Some(name);
            job.left.staging.iter().any(|entry| entry.target.is_some() && entry.file.as_ref().is_some_and(file))
        };
        let stream = |name: &str| Some(Stdio { path: Some(Text::literal(name)), ..Stdio::default() });
        let (out, err) = (goes("stdout"), goes("stderr"));
        let Some(command) = job.left.application.commands.first_mut() else { return };
        if out && command.output.is_none() {
            command.output = stream("stdout");
        }
        if err && command.error.is_none() {
            command.error = stream("stderr");
        }
    }

    /// One file for both streams of a batch script, where an option says so.
    pub(super) fn joined_streams(&mut self, job: &mut JobWork) {
        for extension in &mut job.left.extensions {
            let joins = extension.name == "-j"
                && matches!(extension.text.trim().to_ascii_lowercase().as_str(), "y" | "yes" | "oe" | "eo");
            if !joins {
                continue;
            }
            *extension = pelago_job::Extension::default();
            if let Some(command) = job.left.application.commands.first_mut() {
                command.error.clone_from(&command.output);
            }
        }
    }

    /// Condor's words on the transfer of files. Gives whether the job runs where its files are.
    pub(super) fn transfer(&mut self, job: &mut JobWork) -> bool {
        let mut shared = false;
        let lists = job.left.staging.iter().any(|staging| staging.target.is_some());
        for extension in &mut job.left.extensions {
            let yes = !matches!(extension.text.trim().to_ascii_uppercase().as_str(), "NO" | "NEVER" | "FALSE");
            match extension.name.as_str() {
                "should_transfer_files" if !yes => shared = true,
                // The program is where it is named, and copied only from beside the document.
                "should_transfer_files" | "transfer_executable" => {}
                // Nothing is evicted here.
                "when_to_transfer_output" if extension.text.trim().eq_ignore_ascii_case("ON_EXIT_OR_EVICT") => {}
                "when_to_transfer_output" if extension.text.trim().eq_ignore_ascii_case("ON_SUCCESS") => {
                    job.only_good = true;
                }
                // Of files that are not listed: all that are new.
                "transfer_output_remaps" if !lists && crate::submit::renamed(&extension.text).is_some() => {
                    job.renamed = crate::submit::renamed(&extension.text).unwrap_or_default();
                }
                "transfer_output_files" if extension.text.trim().trim_matches('"').is_empty() => job.keeps_files = true,
                _ => continue,
            }
            *extension = pelago_job::Extension::default();
        }
        job.keeps_files |= shared || job.left.staging.iter().any(|staging| staging.target.is_some());
        shared
    }

    /// Condor brings every new file home when nothing says which.
    pub(super) fn new_files(&mut self, job: &mut JobWork, steps: &mut Steps) {
        let sandboxed = matches!(self.ground.language, Some(Language::Submit | Language::Dag));
        if !sandboxed || job.keeps_files || job.within.is_some() || job.idle {
            return;
        }
        let mut names: Vec<Template> = job.brought.iter().map(|name| literal(name)).collect();
        names.extend(job.group.inputs.iter().map(|input| input.as_name.clone().unwrap_or_else(|| input.name.clone())));
        for step in steps.first.iter().chain(&steps.bring).chain(&steps.run).chain(&steps.last) {
            match step {
                Step::Redirect { target: Some((name, _)), .. } => names.push(name.clone()),
                // Files that came along because they stand beside the document.
                Step::Exec { argv, .. } => names.extend(argv.iter().filter(|w| self.look(w).is_some()).map(plain)),
                _ => {}
            }
        }
        let mut known = literal("\n");
        let mut seen: Vec<Template> = Vec::new();
        for name in names {
            if !seen.contains(&name) {
                known.0.extend(name.0.iter().cloned());
                known.push_text("\n");
                seen.push(name);
            }
        }
        let home = if job.only_good { &mut steps.home } else { &mut steps.anyhow };
        let mut argv = ["/bin/sh", "-c", NEW_FILES, "sh"].map(literal).to_vec();
        argv.push(super::process::joined(known));
        let program = literal("/bin/sh");
        home.push(Step::Exec { program, argv, search_path: false, at: Place::Node });
        let mut to = job.base.clone().unwrap_or_default();
        to.push_text("/");
        let absolute = matches!(to.0.first(), Some(Piece::Text(text)) if text.starts_with('/') && job.base.is_some());
        let to = if job.base.is_none() { Template::default() } else { to };
        let place = if absolute { Place::Machine } else { Place::Root };
        // There may be none.
        home.push(Step::OnError(OnError::Ignore));
        for (old, new) in std::mem::take(&mut job.renamed) {
            let source = literal(&format!(".pelago-new/{old}"));
            let remove = super::files::program(["rm", "-f", "--"].map(literal).into_iter().chain([source.clone()]));
            let mut target = if new.starts_with('/') { Template::default() } else { to.clone() };
            target.push_text(&new);
            let place = if new.starts_with('/') { Place::Machine } else { place };
            home.push(Step::Copy { from: Place::Node, source, to: vec![(place, target)], dynamic: false });
            home.push(remove);
        }
        let source = literal(".pelago-new/*");
        home.push(Step::Copy { from: Place::Node, source, to: vec![(place, to)], dynamic: false });
        home.push(Step::OnError(OnError::Fail));
    }
}

/// Puts a piece in the place of a sign.
fn fill(path: &mut Text, sign: &str, value: &Piece) {
    let mut out = Template::default();
    for piece in std::mem::take(&mut path.0.0) {
        let Piece::Text(text) = piece else {
            out.0.push(piece);
            continue;
        };
        for (number, part) in text.split(sign).enumerate() {
            match value {
                _ if number == 0 => {}
                Piece::Text(value) => out.push_text(value),
                other => out.0.push(other.clone()),
            }
            out.push_text(part);
        }
    }
    path.0 = out;
}

/// A word without `./` before it.
fn plain(word: &Template) -> Template {
    let text = word.as_literal().unwrap_or_default();
    literal(text.strip_prefix("./").unwrap_or(&text))
}
