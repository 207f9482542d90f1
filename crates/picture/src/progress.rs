//! Which bands of a picture are finished.

use crate::sync::{AtomicU8, AtomicUsize, Ordering};

/// The band is held by a writer.
const HELD: u8 = 0;
/// The writer went away without finishing.
const ABANDONED: u8 = 1;
/// The band is finished and will not change any more.
const PUBLISHED: u8 = 2;

/// State of every band, and the number of bands published from the top without a gap.
///
/// Whoever reads `n` from [`Progress::published_from_top`] sees everything the publishers of the first `n`
/// bands wrote before publishing: the count is only ever raised by a read-modify-write (so all of its values
/// form one release sequence) after an acquiring load of the band's state, which the publisher stored with
/// release.
pub(crate) struct Progress {
    states: Box<[AtomicU8]>,
    from_top: AtomicUsize,
}

impl Progress {
    /// `bands` bands, all held.
    pub(crate) fn new(bands: usize) -> Self {
        Self { states: (0..bands).map(|_| AtomicU8::new(HELD)).collect(), from_top: AtomicUsize::new(0) }
    }

    /// Number of bands.
    pub(crate) fn bands(&self) -> usize {
        self.states.len()
    }

    /// Number of bands published from the top without a gap.
    #[inline]
    pub(crate) fn published_from_top(&self) -> usize {
        self.from_top.load(Ordering::Acquire)
    }

    /// Marks a held band published. Called by its holder, once, after the last write.
    pub(crate) fn publish(&self, band: usize) {
        // Sequential consistency: of two threads that publish neighbouring bands at the same time, at least
        // one must see the other's store (the state here, or the count below), else the count would stop
        // between them.
        self.states[band].store(PUBLISHED, Ordering::SeqCst);
        let mut next = self.from_top.load(Ordering::SeqCst);
        while next < self.states.len() && self.states[next].load(Ordering::SeqCst) == PUBLISHED {
            next = match self.from_top.compare_exchange(next, next + 1, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => next + 1,
                Err(current) => current,
            };
        }
    }

    /// Marks a held band abandoned. Called by its holder, once.
    pub(crate) fn abandon(&self, band: usize) {
        self.states[band].store(ABANDONED, Ordering::Release);
    }

    /// Takes an abandoned band. True: the caller is its holder now.
    pub(crate) fn reclaim(&self, band: usize) -> bool {
        self.states[band].compare_exchange(ABANDONED, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_stops_at_the_first_gap() {
        let progress = Progress::new(4);
        progress.publish(1);
        assert_eq!(progress.published_from_top(), 0);
        progress.publish(0);
        assert_eq!(progress.published_from_top(), 2);
        progress.publish(3);
        assert_eq!(progress.published_from_top(), 2);
        progress.publish(2);
        assert_eq!(progress.published_from_top(), 4);
    }

    #[test]
    fn an_abandoned_band_can_be_taken_once() {
        let progress = Progress::new(2);
        assert!(!progress.reclaim(0));
        progress.abandon(0);
        assert!(progress.reclaim(0));
        assert!(!progress.reclaim(0));
        progress.publish(0);
        assert!(!progress.reclaim(0));
    }

    #[test]
    fn simultaneous_publishers_never_lose_a_band() {
        for _ in 0..200 {
            let progress = Progress::new(8);
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let progress = &progress;
                    scope.spawn(move || {
                        for band in (thread..8).step_by(4) {
                            progress.publish(band);
                        }
                    });
                }
            });
            assert_eq!(progress.published_from_top(), 8);
        }
    }
}
