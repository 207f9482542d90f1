//! Coded pictures that others may refer to.

use crate::headers::slice::Collocated;
use crate::lookahead::gop::PicturePlan;
use rivus_coding::motion::field::MotionField;
use rivus_picture::{Sample, SharedPicture};
use std::cmp::Reverse;
use std::sync::Arc;

/// One of them.
struct Reference<S: Sample> {
    poc: i32,
    is_intra: bool,
    layer: u8,
    picture: Arc<SharedPicture<S>>,
    motion: Arc<MotionField>,
}

/// The encoder's side of the decoded picture buffer, by picture order count.
pub(super) struct References<S: Sample> {
    held: Vec<Reference<S>>,
}

impl<S: Sample> Default for References<S> {
    fn default() -> Self {
        Self { held: Vec::new() }
    }
}

impl<S: Sample> References<S> {
    fn find(&self, poc: i32) -> Option<&Reference<S>> {
        self.held.iter().find(|reference| reference.poc == poc)
    }

    /// Whether all references of a picture are coded.
    pub(super) fn has_all(&self, plan: &PicturePlan) -> bool {
        plan.lists.iter().flatten().all(|&poc| self.find(poc).is_some())
    }

    /// Forgets pictures that `needed` does not want.
    pub(super) fn retain(&mut self, needed: impl Fn(i32) -> bool) {
        self.held.retain(|reference| needed(reference.poc));
    }

    /// Takes a coded picture with its motion.
    pub(super) fn insert(
        &mut self,
        plan: &PicturePlan,
        picture: &Arc<SharedPicture<S>>,
        motion: &Arc<MotionField>,
    ) {
        self.held.push(Reference {
            poc: plan.poc,
            is_intra: plan.kind.is_intra(),
            layer: plan.layer,
            picture: Arc::clone(picture),
            motion: Arc::clone(motion),
        });
    }

    /// Forgets one picture.
    pub(super) fn remove(&mut self, poc: i32) {
        self.held.retain(|reference| reference.poc != poc);
    }

    /// The picture with this count.
    pub(super) fn picture(&self, poc: i32) -> Option<Arc<SharedPicture<S>>> {
        self.find(poc).map(|reference| Arc::clone(&reference.picture))
    }

    /// Its motion.
    pub(super) fn motion(&self, poc: i32) -> Option<Arc<MotionField>> {
        self.find(poc).map(|reference| Arc::clone(&reference.motion))
    }

    /// The collocated picture of a picture: of the first references of both lists the nearer one, unless it is intra and
    /// the other is not. Of two at one distance that of the higher layer, whose vectors are shorter, or else the later
    /// one, whose vectors pass through the picture.
    pub(super) fn collocated(&self, plan: &PicturePlan) -> Option<Collocated> {
        let candidate = |list: usize| {
            let reference = self.find(*plan.lists[list].first()?)?;
            let distance = (reference.poc - plan.poc).unsigned_abs();
            Some(((reference.is_intra, distance, Reverse(reference.layer), Reverse(reference.poc)), list))
        };
        let (_, list) = [0, 1].into_iter().filter_map(candidate).min()?;
        Some(Collocated { from_l0: list == 0, ref_idx: 0 })
    }
}
