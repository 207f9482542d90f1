//! Pictures side by side, each begun as soon as its references are there.
//!
//! What a picture leaves idle towards its end, the last row and writing on one thread, another uses.

use super::references::References;
use super::task::Task;
use crate::config::Settings;
use crate::error::Error;
use crate::frame::{Workers, code_frame};
use crate::frame_ctx::FrameCtx;
use crate::headers::ParameterSets;
use crate::mode_decision::tools::Tools;
use rayon::Scope;
use rivus_kernels::Kernels;
use rivus_picture::Sample;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What coding needs that is the same for all pictures.
pub(super) struct Common<'s, S: Sample> {
    pub(super) settings: &'s Settings,
    pub(super) sets: &'s ParameterSets,
    pub(super) tools: &'s Tools,
    pub(super) kernels: &'static Kernels<S>,
    pub(super) workers: &'s Workers<S>,
}

/// Pictures that are coded together.
struct Group<'s, S: Sample> {
    common: Common<'s, S>,
    progress: Mutex<Progress<'s, S>>,
}

/// How far they are.
struct Progress<'s, S: Sample> {
    /// Pictures that are not begun, in coding order.
    waiting: Vec<&'s mut Task<S>>,
    references: &'s mut References<S>,
    /// What went wrong first.
    fault: Option<Error>,
}

/// Codes those of `tasks` that are not coded, on the current rayon pool, and adds them to `references`. A picture whose references
/// are neither there nor among `tasks` stays as it is.
pub(super) fn code<'s, S: Sample>(
    common: Common<'s, S>,
    tasks: impl Iterator<Item = &'s mut Task<S>>,
    references: &'s mut References<S>,
) -> Result<(), Error> {
    let waiting = tasks.filter(|task| task.coded.is_none()).collect();
    let group = Group { common, progress: Mutex::new(Progress { waiting, references, fault: None }) };
    rayon::scope(|scope| group.begin_ready(scope));
    let progress = group.progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    progress.fault.map_or(Ok(()), Err)
}

impl<'s, S: Sample> Group<'s, S> {
    /// The lock. It is poisoned only by a panic, which the scope passes on.
    fn progress(&self) -> MutexGuard<'_, Progress<'s, S>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins all pictures whose references are there.
    fn begin_ready<'e>(&'e self, scope: &Scope<'e>) {
        let mut progress = self.progress();
        let Progress { waiting, references, fault } = &mut *progress;
        for task in waiting.extract_if(.., |task| references.has_all(&task.plan)) {
            let Common { settings, sets, tools, kernels, .. } = self.common;
            match task.frame_ctx(settings, sets, references, tools, kernels) {
                Ok(ctx) => scope.spawn(move |scope| self.code(scope, task, ctx)),
                Err(error) => *fault = fault.take().or(Some(error)),
            }
        }
    }

    fn code<'e>(&'e self, scope: &Scope<'e>, task: &'s mut Task<S>, ctx: FrameCtx<S>) {
        let plan = &task.plan;
        let mut coded = code_frame(&ctx, self.common.workers, |picture, motion| {
            if plan.is_reference {
                self.progress().references.insert(plan, picture, motion);
                self.begin_ready(scope);
            }
        });
        let Common { settings, .. } = self.common;
        if !settings.recon && settings.hash.method().is_none() {
            // Its memory serves the next picture, unless it is a reference.
            coded.reconstruction = None;
        }
        task.header = ctx.header;
        task.times += coded.times;
        task.coded = Some(coded);
    }
}
