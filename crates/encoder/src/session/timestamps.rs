//! Decoding times: the presentation times in order, moved back by the reordering delay.

/// Presentation times seen so far, and the decoding times that follow from them.
#[derive(Clone, Debug)]
pub(super) struct Timestamps {
    /// Pictures by which decoding runs ahead of output: sps_max_num_reorder_pics.
    delay: usize,
    /// Presentation times in display order; those of packets long gone are forgotten.
    pts: Vec<i64>,
    /// How many are forgotten.
    first: usize,
    /// The first presentation time, and how far the one `delay` pictures later is from it.
    start: Option<(i64, i64)>,
}

impl Timestamps {
    pub(super) fn new(delay: u8) -> Self {
        Self { delay: usize::from(delay), pts: Vec::new(), first: 0, start: None }
    }

    /// Takes the time of the next picture in display order; false if it is not later than the last one.
    pub(super) fn push(&mut self, pts: i64) -> bool {
        if self.pts.last().is_some_and(|&last| pts <= last) {
            return false;
        }
        self.pts.push(pts);
        true
    }

    /// The time of the packet number `number` in coding order; call once for every packet, in order.
    pub(super) fn dts(&mut self, number: usize) -> i64 {
        let (start, lead) = *self.start.get_or_insert_with(|| {
            let at = |i: usize| self.pts.get(i).copied();
            let start = at(0).unwrap_or(0);
            let lead = at(self.delay).map(|pts| pts - start).unwrap_or_else(|| {
                // Fewer pictures than the delay: as if they went on at the same pace.
                let step = at(1).map_or(1, |second| second - start);
                let last = self.pts.len().saturating_sub(1);
                at(last).unwrap_or(0) - start + step * (self.delay - last.min(self.delay)) as i64
            });
            (start, lead)
        });
        if number < self.delay {
            let index = number - self.first;
            return self.pts.get(index).map_or(start + number as i64, |pts| *pts) - lead;
        }
        let index = number - self.delay - self.first;
        let dts = self.pts.get(index).copied().unwrap_or(start);
        // Half of the list is old: forget it.
        if index > 64 && index > self.pts.len() / 2 {
            self.pts.drain(..index);
            self.first += index;
        }
        dts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_even_pace_starts_before_zero() {
        let mut times = Timestamps::new(2);
        (0..5).for_each(|i| assert!(times.push(40 * i)));
        assert!(!times.push(160), "not later");
        assert_eq!((0..5).map(|n| times.dts(n)).collect::<Vec<_>>(), [-80, -40, 0, 40, 80]);
    }

    #[test]
    fn a_single_picture_and_a_long_delay() {
        let mut times = Timestamps::new(4);
        times.push(1000);
        assert_eq!(times.dts(0), 996);
    }

    proptest! {
        /// Times rise, and the picture shown as number `n - delay` or later never comes too late.
        #[test]
        fn times_rise_and_are_early_enough(
            steps in prop::collection::vec(1i64..100, 1..400), delay in 0usize..6, start in -1000i64..1000,
        ) {
            let mut times = Timestamps::new(delay as u8);
            let mut pts = Vec::new();
            let mut now = start;
            for step in &steps {
                prop_assert!(times.push(now));
                pts.push(now);
                now += step;
            }
            let mut last = i64::MIN;
            for n in 0..pts.len() {
                let dts = times.dts(n);
                prop_assert!(dts > last);
                prop_assert!(dts <= pts[n.saturating_sub(delay)]);
                last = dts;
            }
        }
    }
}
