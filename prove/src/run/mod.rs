//! Runs launches: owns every child process, its pipes, its limits and its end.
//!
//! One thread, one loop around `poll`: sessions and decoders are called from
//! it, so nothing is shared and events have one order. It knows no ecosystem.

use std::path::PathBuf;
use std::time::Duration;

use crate::ecosystems::{Ignored, Project, Session};
use crate::event::Event;
use crate::plan::{Overrides, Selection};

mod process;
mod reap;
mod signals;
mod state;
mod stamp;
mod memo;
mod queue;
mod work;
mod attempts;
mod target;
mod launched;
mod engine;

pub(crate) use process::replace;
pub(crate) use reap::{GUARDIAN, guard};
use state::FOLDER as STATE_FOLDER;

/// What a run needs to know, besides its sessions.
#[derive(Debug)]
pub struct Setup {
    /// The tree's root on this machine.
    pub root: PathBuf,
    /// How many launches run side by side, at least one.
    pub slots: usize,
    /// After how many failed cases the run stops.
    pub max_fail: Option<usize>,
    /// Whether a case that fails beside others gets a run alone.
    pub recheck: bool,
    /// Which ignored cases run.
    pub ignored: Ignored,
    /// Offers are told, as `case-found`, and nothing is run.
    pub list: bool,
    /// The program itself, which is its own guardian.
    pub prove: PathBuf,
    /// A number that no other run has.
    pub seed: u64,
}

/// What was asked for, and on what terms.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Which targets and cases.
    pub selection: &'a mut Selection,
    /// What some of them ask for that others do not.
    pub overrides: &'a mut Overrides,
}

/// Who hears what happens.
pub trait Sink {
    /// Something happened.
    fn event(&mut self, event: Event);
    /// Time passed: now it is so many seconds since the run began.
    fn tick(&mut self, now: f64);
    /// How often it wants to hear that.
    fn every(&self) -> Duration;
    /// Whether nobody can hear it any more, so that the run may as well end.
    fn is_lost(&self) -> bool;
    /// What tests print, where they are not captured.
    fn raw(&mut self, bytes: &[u8]);
}

/// A project and the session that works on it.
pub struct Open<'a> {
    /// The project.
    pub project: &'a Project,
    /// Its session.
    pub session: Box<dyn Session>,
}

/// How a run came to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// The signal that interrupted it.
    pub signal: Option<i32>,
}

/// Runs all sessions to their end.
///
/// # Errors
/// Only where the system gives not even the means to wait for processes.
pub fn run(
    setup: &Setup,
    asked: Asked<'_>,
    sessions: Vec<Open<'_>>,
    sink: &mut dyn Sink,
) -> std::io::Result<Ended> {
    engine::Engine::new(setup, asked, sessions, sink)?.run()
}
