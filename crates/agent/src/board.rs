//! The board between the owner, the lanes and the watcher: orders that wait, attempts that run, and who asked to stop them.

use pelago_job::{Bytes, TaskRef};
use pelago_launch::Killer;
use pelago_wire::order::Order;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One attempt at one task.
pub(crate) type Key = (TaskRef, u32);

/// Orders that may wait for each slot. How many do is the owner's decision; this only bounds a mistake.
const AHEAD: usize = 128;

/// Why an attempt is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Cancelled,
    Interrupted,
    Disk { reserved: Bytes, used: Bytes },
}

/// An attempt that has a reservation of space.
pub(crate) struct Watched {
    pub(crate) key: Key,
    pub(crate) slot: usize,
    pub(crate) reserved: Bytes,
}

#[derive(Default)]
pub(crate) struct Board {
    state: Mutex<State>,
    /// Orders came, or the board was closed.
    work: Condvar,
    /// An attempt with a reservation began, or the board was closed.
    watch: Condvar,
}

#[derive(Default)]
struct State {
    orders: VecDeque<Order>,
    /// The keys of `orders`.
    waiting: BTreeSet<Key>,
    running: BTreeMap<Key, Running>,
    lanes: usize,
    /// Lanes that have begun and are free to take an order.
    idle: usize,
    stopping: bool,
    closed: bool,
}

struct Running {
    slot: usize,
    killer: Killer,
    script: Option<u64>,
    stop: Option<Why>,
    reserved: Option<Bytes>,
    peak: u64,
}

fn key(order: &Order) -> Key {
    (order.task, order.attempt)
}

impl State {
    /// Takes all orders away.
    fn drain(&mut self) -> Vec<Key> {
        self.waiting.clear();
        self.orders.drain(..).map(|order| key(&order)).collect()
    }
}

impl Board {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(&self, lanes: usize) {
        self.state().lanes = lanes;
    }

    pub(crate) fn room(&self) -> usize {
        let state = self.state();
        if state.stopping { 0 } else { (state.lanes * AHEAD).saturating_sub(state.orders.len()) }
    }

    /// How many orders every slot could start if it were free now.
    pub(crate) fn ahead(&self) -> usize {
        let state = self.state();
        state.orders.len().checked_div(state.lanes).unwrap_or(0)
    }

    /// Takes an order. One that is here already is not taken twice.
    pub(crate) fn give(&self, order: Order) -> Result<(), Box<Order>> {
        let mut state = self.state();
        if state.running.contains_key(&key(&order)) || state.waiting.contains(&key(&order)) {
            return Ok(());
        }
        if state.stopping || state.orders.len() >= state.lanes * AHEAD {
            return Err(Box::new(order));
        }
        state.waiting.insert(key(&order));
        state.orders.push_back(order);
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// Takes back the unstarted orders that are wanted.
    pub(crate) fn give_back(&self, mut wanted: impl FnMut(&Order) -> bool) -> Vec<Key> {
        let mut back = Vec::new();
        let mut state = self.state();
        state.orders.retain(|order| {
            let take = wanted(order);
            if take {
                back.push(key(order));
            }
            !take
        });
        for key in &back {
            state.waiting.remove(key);
        }
        back
    }

    /// The next order for a slot; waits for one. `None` when the board is closed.
    pub(crate) fn take(&self, slot: usize, killer: &Killer) -> Option<Order> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            if let Some(order) = state.orders.pop_front() {
                state.waiting.remove(&key(&order));
                state.idle -= 1;
                let reserved = order.reserved.or(order.limits.disk).filter(|_| !order.in_place);
                let running = Running { slot, killer: killer.clone(), script: None, stop: None, reserved, peak: 0 };
                state.running.insert(key(&order), running);
                if reserved.is_some() {
                    self.watch.notify_all();
                }
                return Some(order);
            }
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether there is more to do than the lanes that are free can take: then one more begins, and counts as free.
    pub(crate) fn begins_lane(&self) -> bool {
        let mut state = self.state();
        let short = state.orders.len() > state.idle;
        state.idle += usize::from(short);
        short
    }

    /// A lane waits for a while, and is not free meanwhile. False if the board was closed before.
    pub(crate) fn rest(&self, pause: Duration) -> bool {
        // Not where orders are waited for: one that comes wakes one lane, which must be one that can take it.
        let mut state = self.state();
        state.idle -= 1;
        let waited = self.watch.wait_timeout_while(state, pause, |state| !state.closed);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.idle += 1;
        !state.closed
    }

    /// Notes that a script is about to run, unless its attempt is to stop.
    pub(crate) fn begin_script(&self, key: Key, script: u64) -> Result<(), Why> {
        match self.state().running.get_mut(&key) {
            Some(Running { stop: Some(why), .. }) => Err(*why),
            Some(running) => {
                running.script = Some(script);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Notes that the script has ended. Why it was stopped, if it was.
    pub(crate) fn end_script(&self, key: Key) -> Option<Why> {
        let mut state = self.state();
        let running = state.running.get_mut(&key)?;
        running.script = None;
        running.stop
    }

    /// Removes an ended attempt: its lane is free again.
    pub(crate) fn finish(&self, key: Key) {
        let mut state = self.state();
        state.running.remove(&key);
        state.idle += 1;
    }

    /// Most disk seen in use so far.
    pub(crate) fn peak(&self, key: Key) -> u64 {
        self.state().running.get(&key).map_or(0, |running| running.peak)
    }

    /// Stops a running attempt; the first reason counts. False if it does not run.
    pub(crate) fn stop(&self, key: Key, why: Why) -> bool {
        let mut state = self.state();
        let Some(running) = state.running.get_mut(&key) else { return false };
        if running.stop.is_none() {
            running.stop = Some(why);
            if let Some(script) = running.script {
                running.killer.kill(script);
            }
        }
        true
    }

    /// Starts nothing more. Gives back what waits.
    pub(crate) fn stop_all(&self, now: bool) -> Vec<Key> {
        let mut state = self.state();
        state.stopping = true;
        let back = state.drain();
        let running: Vec<Key> = state.running.keys().copied().collect();
        drop(state);
        if now {
            for key in running {
                self.stop(key, Why::Interrupted);
            }
        }
        back
    }

    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.work.notify_all();
        self.watch.notify_all();
    }

    /// Takes a free lane out. With the last one, the orders that nobody can run any more.
    pub(crate) fn lose_lane(&self) -> Vec<Key> {
        let mut state = self.state();
        state.idle -= 1;
        state.lanes = state.lanes.saturating_sub(1);
        if state.lanes > 0 { Vec::new() } else { state.drain() }
    }

    /// The slot on which an attempt runs.
    pub(crate) fn slot(&self, key: Key) -> Option<usize> {
        self.state().running.get(&key).map(|running| running.slot)
    }

    /// What is to be measured, once `pause` has passed; without reservations, once there are some. `None` when closed.
    pub(crate) fn watched(&self, pause: Duration) -> Option<Vec<Watched>> {
        let none = |state: &mut State| !state.closed && state.running.values().all(|r| r.reserved.is_none());
        let state = self.watch.wait_while(self.state(), none).unwrap_or_else(PoisonError::into_inner);
        let waited = self.watch.wait_timeout_while(state, pause, |state| !state.closed);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return None;
        }
        let watched = |(key, running): (&Key, &Running)| {
            Some(Watched { key: *key, slot: running.slot, reserved: running.reserved? })
        };
        Some(state.running.iter().filter_map(watched).collect())
    }

    /// Notes a measurement.
    pub(crate) fn measured(&self, key: Key, used: u64) {
        if let Some(running) = self.state().running.get_mut(&key) {
            running.peak = running.peak.max(used);
        }
    }
}
