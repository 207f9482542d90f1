//! How a picture ends: finished, or given up after a defect of the decoder.

use super::FrameJob;
use crate::coded_picture::{DecodeSample, Outcome};
use crate::error::{Issue, Reason};
use crate::tasks::lock;
use rivus_picture::{HashMethod, PlaneHash, plane_hash};
use rivus_syntax::nal::NalUnitType;
use std::sync::Arc;

impl<S: DecodeSample> FrameJob<S> {
    /// Everything is published: checks the hash, and tells who waits.
    pub(super) fn finish(&self) {
        if std::mem::replace(&mut lock(&self.filters).finished, true) {
            return;
        }
        let mut outcome = std::mem::take(&mut *lock(&self.report));
        outcome.total_ctus = self.ctx.width_ctb * self.rows.len() as u32;
        outcome.issues.sort_by_key(|issue| issue.nal);
        self.verify_hash(&mut outcome);
        if let Some(walk) = lock(&self.filters).take_walk() {
            self.memory.give_walk(walk);
        }
        self.ctx.picture.completion.set(Arc::new(outcome));
        self.wake();
    }

    fn verify_hash(&self, outcome: &mut Outcome) {
        let Some((nal, expected)) = &self.ctx.hash else { return };
        let mut mismatch = None;
        for (plane, expected) in expected.iter().enumerate().take(self.ctx.format.num_planes()) {
            let method = match expected {
                PlaneHash::Md5(_) => HashMethod::Md5,
                PlaneHash::Crc(_) => HashMethod::Crc,
                PlaneHash::Checksum(_) => HashMethod::Checksum,
            };
            let Some(view) = self.ctx.picture.samples.plane(plane) else { return };
            if plane_hash(view, self.ctx.format.bit_depth(plane), method) != *expected {
                mismatch = mismatch.or(Some(plane as u8));
            }
        }
        outcome.hash_matches = Some(mismatch.is_none());
        if let Some(plane) = mismatch {
            let reason = Reason::HashMismatch { poc: self.ctx.poc, plane };
            let nal_unit_type = Some(NalUnitType::SUFFIX_SEI_NUT);
            outcome.issues.push(Issue { nal: *nal, nal_unit_type, reason });
        }
    }

    /// Gives up on the picture after a defect of the decoder: publishes whatever is there, so that nobody waits for ever.
    pub(super) fn abandon(&self) {
        lock(&self.filters).abandon();
        for (y, row) in self.rows.iter().enumerate() {
            let mut row = lock(row);
            // Tasks that wait here hold this picture, and parts of it.
            let dropped = (row.band.take(), std::mem::take(&mut row.waiting));
            drop(row);
            drop(dropped);
            self.ctx.picture.motion.publish(y, self.ctx.picture.motion.begin_row());
        }
        self.wake();
        self.fill_abandoned();
    }

    /// If the picture was given up: publishes what nobody writes any more, in grey. Who holds a part of it then comes here
    /// after giving it up, so that the last one finishes the picture.
    pub(super) fn fill_abandoned(&self) {
        if !lock(&self.filters).abandoned {
            return;
        }
        let grey = std::array::from_fn(|plane| S::from_i32(1 << (self.ctx.format.bit_depth(plane) - 1)));
        self.ctx.picture.samples.fill_missing(grey);
        self.wake();
        if self.ctx.picture.samples.all_published() {
            self.finish();
        }
    }
}
