//! What runs tasks on this machine and owns its local store.
//!
//! An [`Agent`] takes [`pelago_wire::order::Order`]s, runs them on its lanes (one thread and one spawner a slot), and
//! tells what happened as [`Told`]. Files come to rest only when the owner says so, after it has recorded the outcome:
//! [`Agent::collect`] and [`Agent::deliver`] name outputs, [`Agent::discard`] and [`Agent::condemn`] remove what nobody needs.
//! All of them may be repeated, so that an owner that was killed can perform its recorded actions again.
//!
//! ```text
//! Agent::new(Config) -> Result<Agent, AgentError>          cleans what a killed owner left running; starts the lanes
//! agent.survey() -> Result<Survey, AgentError>             attempts, stored files, kept failures, by their names
//! agent.room() -> usize                                    orders that may be given now (two a slot ahead)
//! agent.give(Order) -> Result<(), Box<Order>>              never blocks; gives the order back when there is no room
//! agent.give_back(|&Order| bool) -> Vec<(TaskRef, u32)>    unstarted orders leave the queue; no report comes for them
//! agent.cancel(TaskRef, u32)                               its report then says Cancelled
//! agent.stop(now: bool) -> Vec<(TaskRef, u32)>             nothing more starts; `now`: the rest ends as Interrupted
//! agent.collect(TaskRef, u32, output: u16, &Made) -> Result<PathBuf, _>       set-aside output -> store
//! agent.deliver(Source, root: &Path, path: &str, &Made, earlier: &[Digest]) -> Result<Delivery, _>   -> home
//! agent.discard(TaskRef, u32), agent.condemn(FileRef), agent.drop_failed(label, u32), agent.keep_logs_only(label, u32)
//! agent.path_of(FileRef) -> PathBuf, agent.failed_dir(label, u32) -> PathBuf
//! read_log(state: &Path, LogSpan, Stream, skip, most) -> Result<Vec<u8>, _>   also without an owner
//! ```

mod told;

pub use told::{Config, Found, Freed, Survey, Told};
