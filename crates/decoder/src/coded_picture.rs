//! A picture that is being decoded, or is decoded: its samples and motion as later pictures see them, row by row.

use crate::sync::Mutex;
use crate::tasks::{Completion, Job, lock};
use rivus_coding::motion::field::MotionField;
use rivus_picture::{Band, Frame, Sample, SharedPicture};
use std::sync::Arc;

/// What a task needs of another picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Samples of this many luma rows from the top.
    Rows(usize),
    /// Motion of this CTB row.
    Motion(usize),
}

/// What became of a picture, known once all of it is decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// CTUs that were concealed.
    pub(crate) concealed_ctus: u32,
    /// CTUs of the picture.
    pub(crate) total_ctus: u32,
    /// Damage found in its slice data, with the NAL unit.
    pub(crate) issues: Vec<crate::error::Issue>,
    /// Whether the picture hash matches, if it was checked.
    pub(crate) hash_matches: Option<bool>,
}

/// A picture of the decoded picture buffer, shared by the tasks that decode it, those that refer to it, and the output.
pub(crate) struct CodedPicture<S: Sample> {
    /// The samples, published band by band (a band is a CTB row).
    pub(crate) samples: Arc<SharedPicture<S>>,
    /// The motion, published CTB row by CTB row.
    pub(crate) motion: MotionField,
    /// Set when nothing will change any more.
    pub(crate) completion: Completion<Arc<Outcome>>,
    /// Tasks that lack something of this picture.
    waiting: Mutex<Vec<(Need, Job)>>,
}

/// A picture to be decoded, and its bands from top to bottom.
pub(crate) type Undecoded<S> = (Arc<CodedPicture<S>>, Vec<Band<S>>);

impl<S: Sample> CodedPicture<S> {
    /// A picture nothing of which is there yet.
    pub(crate) fn new(samples: Arc<SharedPicture<S>>, motion: MotionField) -> Self {
        Self { samples, motion, completion: Completion::default(), waiting: Mutex::default() }
    }

    /// Whether all of it can be read.
    pub(crate) fn is_complete(&self) -> bool {
        self.completion.get().is_some()
    }

    /// Whether what is needed is there.
    pub(crate) fn has(&self, need: Need) -> bool {
        match need {
            Need::Rows(rows) => self.samples.rows_published() >= rows.min(self.samples.format().height),
            Need::Motion(row_ctb) => self.motion.is_published(row_ctb),
        }
    }

    /// Keeps a task until `need` is met; `None` then. Gives the task back if it is met already.
    pub(crate) fn park<T>(&self, need: Need, task: T, into_job: impl FnOnce(T) -> Job) -> Option<T> {
        // Checking under the lock: a provider publishes first and takes the lock afterwards, so it either is seen
        // here, or sees the task.
        let mut waiting = lock(&self.waiting);
        if self.has(need) {
            return Some(task);
        }
        waiting.push((need, into_job(task)));
        None
    }

    /// Takes the tasks whose needs are met, after something was published.
    pub(crate) fn ready(&self) -> Vec<Job> {
        let mut waiting = lock(&self.waiting);
        if waiting.is_empty() {
            return vec![];
        }
        let (ready, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut *waiting).into_iter().partition(|(need, _)| self.has(*need));
        *waiting = rest;
        ready.into_iter().map(|(_, job)| job).collect()
    }
}

/// A coded picture of either sample type.
#[derive(Clone)]
pub(crate) enum AnyPicture {
    U8(Arc<CodedPicture<u8>>),
    U16(Arc<CodedPicture<u16>>),
    /// It takes part in picture order, but is not decoded.
    Skipped,
}

impl AnyPicture {
    /// What became of it; waits until that is known.
    pub(crate) fn wait(&self) -> Arc<Outcome> {
        match self {
            Self::U8(picture) => picture.completion.wait(),
            Self::U16(picture) => picture.completion.wait(),
            Self::Skipped => Arc::default(),
        }
    }

    /// What became of it, if that is known.
    pub(crate) fn outcome(&self) -> Option<Arc<Outcome>> {
        match self {
            Self::U8(picture) => picture.completion.get(),
            Self::U16(picture) => picture.completion.get(),
            Self::Skipped => Some(Arc::default()),
        }
    }

    /// The finished samples, if all are there.
    pub(crate) fn frame(&self) -> Option<Frame> {
        match self {
            Self::U8(picture) => Some(Frame::U8(Arc::new(Arc::clone(&picture.samples).into_picture()?))),
            Self::U16(picture) => Some(Frame::U16(Arc::new(Arc::clone(&picture.samples).into_picture()?))),
            Self::Skipped => None,
        }
    }
}

/// A sample type the decoder is built for: conversion from and to [`AnyPicture`].
pub(crate) trait DecodeSample: Sample {
    /// The picture, if it has this sample type.
    fn of(any: &AnyPicture) -> Option<&Arc<CodedPicture<Self>>>;
    /// The picture without its sample type.
    fn any(picture: Arc<CodedPicture<Self>>) -> AnyPicture;
}

impl DecodeSample for u8 {
    fn of(any: &AnyPicture) -> Option<&Arc<CodedPicture<Self>>> {
        match any {
            AnyPicture::U8(picture) => Some(picture),
            AnyPicture::U16(_) | AnyPicture::Skipped => None,
        }
    }

    fn any(picture: Arc<CodedPicture<Self>>) -> AnyPicture {
        AnyPicture::U8(picture)
    }
}

impl DecodeSample for u16 {
    fn of(any: &AnyPicture) -> Option<&Arc<CodedPicture<Self>>> {
        match any {
            AnyPicture::U8(_) | AnyPicture::Skipped => None,
            AnyPicture::U16(picture) => Some(picture),
        }
    }

    fn any(picture: Arc<CodedPicture<Self>>) -> AnyPicture {
        AnyPicture::U16(picture)
    }
}
