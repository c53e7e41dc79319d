//! All texts of a job, whatever they are about: to fill holes, renumber parameters, look for a parameter.

use super::*;

/// Something with texts in it.
pub trait Texts {
    /// Calls `each` with every text, in the order of the fields.
    fn texts(&mut self, each: &mut dyn FnMut(&mut Text));
}

impl Texts for Text {
    fn texts(&mut self, each: &mut dyn FnMut(&mut Text)) {
        each(self);
    }
}

/// Names beside texts.
impl Texts for String {
    fn texts(&mut self, _: &mut dyn FnMut(&mut Text)) {}
}

impl<T: Texts> Texts for Option<T> {
    fn texts(&mut self, each: &mut dyn FnMut(&mut Text)) {
        self.iter_mut().for_each(|item| item.texts(each));
    }
}

impl<T: Texts> Texts for Vec<T> {
    fn texts(&mut self, each: &mut dyn FnMut(&mut Text)) {
        self.iter_mut().for_each(|item| item.texts(each));
    }
}

impl<A: Texts, B: Texts> Texts for (A, B) {
    fn texts(&mut self, each: &mut dyn FnMut(&mut Text)) {
        self.0.texts(each);
        self.1.texts(each);
    }
}

/// The fields of a type that hold texts.
macro_rules! texts {
    ($type:ident : $($field:ident),+) => {
        impl Texts for $type {
            fn texts(&mut self, each: &mut dyn FnMut(&mut Text)) {
                $(self.$field.texts(each);)+
            }
        }
    };
}

texts! { Job : name, description, annotations, projects, organisation, application, resources, staging, policy, node }
texts! { Application : name, version, description, parameters, before, commands, after, script, parallel, launcher, environment, library_path, user, user_group }
texts! { Command : executable, arguments, shell, input, output, error, directory, environment, image }
texts! { Path : text }
texts! { Stdio : path }
texts! { Variable : name, value }
texts! { Parallel : processes, per_host, threads, options }
texts! { Mount : path, source }
texts! { Launcher : main_class, class_path, options, image, mounts }
texts! { Resources : candidate_hosts, excluded_hosts, filesystems, operating_systems, architectures, accelerators, software, queue, batch_system, reservation, quality_of_service, features, network, requirements, rank, others }
texts! { FileSystem : description, mount_point, mount_source }
texts! { OperatingSystem : name, version, description }
texts! { Accelerator : kind, model }
texts! { Software : name, version, options }
texts! { Staging : description, file, source, target, checksum, prefix, credential }
texts! { Location : uri, alternatives, content, options, credential }
texts! { Policy : retry_until, priority, not_before, deadline, schedule, periodic_hold, periodic_release, periodic_remove, on_exit_hold, on_exit_remove, leave_in_queue, kill_signal, checkpoint, concurrency_limits, after_jobs, notices, event_log, credential, readers }
texts! { Notice : to }
texts! { Credential : subject, secret, details }
texts! { Edge : condition }
texts! { Node : reference, scripts }
texts! { Reference : file, directory, macros, overrides }
texts! { Script : command, debug }
texts! { Query : keywords, quality, performance, filter, format, others }
