//! What an encoder has done, as programs ask for it.

use crate::layout::{Stats, TypeStats};
use rivus_x265_options::{Sums, Totals};

/// The sums after so many seconds of work.
pub(crate) fn stats(totals: &Totals, seconds: f64) -> Stats {
    let all = totals.all();
    let of_type = |sums: Sums| TypeStats {
        mean_qp: sums.mean_qp(),
        kbps: totals.kbps(&sums),
        pictures: sums.pictures,
        ..TypeStats::default()
    };
    Stats {
        encode_seconds: seconds,
        video_seconds: totals.seconds(),
        kbps: totals.kbps(&all),
        bits: all.bits,
        pictures: all.pictures,
        by_type: totals.by_type.map(of_type),
        ..Stats::default()
    }
}
