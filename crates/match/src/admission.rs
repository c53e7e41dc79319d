//! Admission of one attempt to one machine: slots and space.

use crate::Reason;
use pelago_job::{Bytes, GroupNo};

/// What an attempt asks of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Its group, for the reason.
    pub group: GroupNo,
    /// Space, if it is known: declared, learned, or grown after an attempt that was stopped.
    pub space: Option<Bytes>,
    /// Whether it begins a chain.
    pub begins: bool,
}

/// What a machine offers now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Slots.
    pub slots: u32,
    /// Attempts that may be placed at once: slots, and a little work ahead of them.
    pub capacity: u32,
    /// Attempts placed.
    pub busy: u32,
    /// The quota, and how much of it is free; absent means unlimited.
    pub space: Option<Space>,
    /// Whether an attempt of the same group, of unknown need, is under way.
    pub probing: bool,
    /// While the disk is too full for anything: what is free, and what must stay free.
    pub low: Option<(Bytes, Bytes)>,
    /// With which others its attempts may be placed.
    pub throttle: Option<Throttled>,
}

/// Attempts that share a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// Those that are placed.
    pub busy: u32,
    /// The limit.
    pub most: u32,
}

/// Space under a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// All of it.
    pub quota: Bytes,
    /// Neither used nor reserved.
    pub free: Bytes,
    /// What is never lent to an attempt that begins a chain, so that begun ones can step.
    pub reserve: Bytes,
}

/// A filter: passes (`None`), or says why not.
type Filter = fn(&Need, &Offer) -> Option<Reason>;

/// The filters, in the order in which their reasons are listed.
const FILTERS: [Filter; 5] = [floor, slots, throttle, probe, space];

fn floor(_: &Need, offer: &Offer) -> Option<Reason> {
    offer.low.map(|(free, floor)| Reason::Floor { free, floor })
}

fn slots(_: &Need, offer: &Offer) -> Option<Reason> {
    (offer.busy >= offer.capacity).then_some(Reason::Slots { busy: offer.busy, slots: offer.slots })
}

fn throttle(need: &Need, offer: &Offer) -> Option<Reason> {
    let Throttled { busy, most } = offer.throttle?;
    (busy >= most).then_some(Reason::Throttle { group: need.group, busy, most })
}

fn probe(need: &Need, offer: &Offer) -> Option<Reason> {
    (offer.space.is_some() && need.space.is_none() && offer.probing)
        .then_some(Reason::SpaceUnknown { group: need.group })
}

fn space(need: &Need, offer: &Offer) -> Option<Reason> {
    let space = offer.space?;
    let reserve = if need.begins { space.reserve } else { Bytes(0) };
    // An unknown need takes all that is free, so it asks for something to be free at all.
    let asks = need.space.unwrap_or(Bytes(1));
    let fits = asks.0.checked_add(reserve.0).is_some_and(|sum| sum <= space.free.0);
    (!fits).then_some(Reason::Space { need: asks, free: space.free, reserve, quota: space.quota })
}

/// Whether an attempt can be placed now, and how much space it then reserves; else the first reason why not.
pub fn admit(need: &Need, offer: &Offer) -> Result<Option<Bytes>, Reason> {
    match FILTERS.iter().find_map(|filter| filter(need, offer)) {
        Some(reason) => Err(reason),
        None => Ok(offer.space.map(|space| {
            let reserve = if need.begins { space.reserve.0 } else { 0 };
            need.space.unwrap_or(Bytes(space.free.0.saturating_sub(reserve)))
        })),
    }
}

/// Every reason why an attempt cannot be placed now.
pub fn blockers(need: &Need, offer: &Offer) -> Vec<Reason> {
    FILTERS.iter().filter_map(|filter| filter(need, offer)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(free: u64, busy: u32, probing: bool) -> Offer {
        let space = Some(Space { quota: Bytes(100), free: Bytes(free), reserve: Bytes(30) });
        Offer { slots: 2, capacity: 2, busy, space, probing, low: None, throttle: None }
    }

    fn need(space: Option<u64>, begins: bool) -> Need {
        Need { group: GroupNo(0), space: space.map(Bytes), begins }
    }

    #[test]
    fn a_step_may_use_the_reserve_and_a_start_may_not() {
        assert_eq!(admit(&need(Some(30), false), &offer(40, 0, false)), Ok(Some(Bytes(30))));
        assert!(matches!(admit(&need(Some(30), true), &offer(40, 0, false)), Err(Reason::Space { .. })));
        assert_eq!(admit(&need(Some(10), true), &offer(40, 0, false)), Ok(Some(Bytes(10))));
    }

    #[test]
    fn an_unknown_need_runs_alone_with_all_that_is_free() {
        assert_eq!(admit(&need(None, true), &offer(100, 0, false)), Ok(Some(Bytes(70))));
        assert_eq!(admit(&need(None, true), &offer(100, 1, true)), Err(Reason::SpaceUnknown { group: GroupNo(0) }));
    }

    #[test]
    fn a_throttle_counts_attempts_apart_from_slots() {
        let throttled = |busy| Some(Throttled { busy, most: 1 });
        let offer = |busy| Offer { throttle: throttled(busy), ..offer(100, 1, false) };
        assert!(admit(&need(Some(10), true), &offer(0)).is_ok());
        let full = Reason::Throttle { group: GroupNo(0), busy: 1, most: 1 };
        assert_eq!(admit(&need(Some(10), true), &offer(1)), Err(full));
    }

    #[test]
    fn every_blocker_is_listed() {
        assert_eq!(blockers(&need(Some(90), false), &offer(40, 2, false)).len(), 2);
        assert!(admit(&need(Some(u64::MAX), true), &offer(40, 0, false)).is_err());
    }
}
