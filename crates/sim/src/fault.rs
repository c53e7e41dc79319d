//! Faults: what can go wrong in the virtual world, how often, and how often it did.

use crate::rng::Rng;
use std::collections::{BTreeMap, BTreeSet};

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The owner is killed between two steps.
    CrashIdle,
    /// The owner is killed before a group is written.
    CrashBeforeWrite,
    /// The owner is killed when a group is durable and nobody has been told.
    CrashAfterSync,
    /// The owner is killed between two actions of a step.
    CrashBetweenActions,
    /// Half of a group is written.
    TornWrite,
    /// A sync fails, and it is not known whether the group is durable.
    SyncFailed,
    /// A group is durable, and the answer says that it is not.
    LostAnswer,
    /// The journal has no room.
    JournalFull,
    /// An owner that was thought dead wakes up after another one has taken over.
    Zombie,
    /// An agent dies with its attempt.
    AgentDied,
    /// An agent hangs for long and returns.
    AgentHung,
    /// A report arrives after the next owner has begun.
    ReportLate,
    /// A report arrives twice.
    ReportDoubled,
    /// Reports arrive in another order.
    ReportsReordered,
    /// A command exits with a code that is not 0.
    Exit,
    /// A command is ended by a signal.
    Signal,
    /// Memory runs out.
    OutOfMemory,
    /// The walltime is over.
    Walltime,
    /// A command cannot be started.
    CannotStart,
    /// A declared output is not made.
    OutputMissing,
    /// The disk is full under an attempt.
    DiskFull,
    /// An attempt outgrows its reservation.
    Outgrown,
    /// A file of the store vanishes.
    FileVanished,
    /// A result vanishes on its way home.
    ResultVanished,
    /// A delivery takes long.
    DeliverySlow,
    /// A deletion takes long.
    DeletionSlow,
    /// A task makes something else each time it runs.
    Varies,
    /// The wall clock jumps.
    WallJump,
    /// An answer of the prover arrives twice.
    AnswerDoubled,
    /// A confirmation arrives twice.
    ConfirmationDoubled,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Fault; 30] = [
        Fault::CrashIdle,
        Fault::CrashBeforeWrite,
        Fault::CrashAfterSync,
        Fault::CrashBetweenActions,
        Fault::TornWrite,
        Fault::SyncFailed,
        Fault::LostAnswer,
        Fault::JournalFull,
        Fault::Zombie,
        Fault::AgentDied,
        Fault::AgentHung,
        Fault::ReportLate,
        Fault::ReportDoubled,
        Fault::ReportsReordered,
        Fault::Exit,
        Fault::Signal,
        Fault::OutOfMemory,
        Fault::Walltime,
        Fault::CannotStart,
        Fault::OutputMissing,
        Fault::DiskFull,
        Fault::Outgrown,
        Fault::FileVanished,
        Fault::ResultVanished,
        Fault::DeliverySlow,
        Fault::DeletionSlow,
        Fault::Varies,
        Fault::WallJump,
        Fault::AnswerDoubled,
        Fault::ConfirmationDoubled,
    ];
}

/// Which faults can happen in one run, and which did.
#[derive(Clone, Debug)]
pub struct Faults {
    rng: Rng,
    rates: BTreeMap<Fault, u64>,
    left: u64,
    counts: BTreeMap<Fault, u64>,
}

impl Faults {
    /// Draws the kinds and rates of one run. Kinds in `without` never happen; drawing is not disturbed by leaving some out.
    pub fn draw(seed: u64, without: &BTreeSet<Fault>) -> Self {
        let mut rng = Rng::new(seed, "faults");
        let kinds = [0, 1, 2, 3, 5, 8, 30][rng.below(7) as usize];
        let mut rates = BTreeMap::new();
        for _ in 0..kinds {
            let kind = Fault::ALL[rng.below(Fault::ALL.len() as u64) as usize];
            rates.insert(kind, [5, 20, 60, 200][rng.below(4) as usize]);
        }
        // Late word matters when there is a later owner.
        if rates.contains_key(&Fault::ReportLate) {
            rates.entry(Fault::CrashIdle).or_insert(20);
        }
        rates.retain(|kind, _| !without.contains(kind));
        let left = rng.log_uniform(60);
        Self { rng, rates, left, counts: BTreeMap::new() }
    }

    /// Whether a fault of this kind happens at this opportunity. It counts only once [`Faults::fired`] is told.
    pub fn strikes(&mut self, kind: Fault) -> bool {
        match self.rates.get(&kind) {
            Some(rate) if self.left > 0 && self.rng.chance(*rate) => {
                self.left -= 1;
                true
            }
            _ => false,
        }
    }

    /// A fault had an effect.
    pub fn fired(&mut self, kind: Fault) {
        *self.counts.entry(kind).or_default() += 1;
    }

    /// A number below `bound`, for the details of a fault.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.rng.below(bound)
    }

    /// Nothing goes wrong any more.
    pub fn cease(&mut self) {
        self.left = 0;
    }

    /// How often each kind had an effect.
    pub fn counts(&self) -> &BTreeMap<Fault, u64> {
        &self.counts
    }
}
