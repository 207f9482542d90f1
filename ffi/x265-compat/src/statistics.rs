//! What an encoder has done.

use crate::layout::{Stats, TypeStats};
use rivus::{Packet, PictureType};
use std::time::Instant;

/// Sums over the pictures of one type.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    pictures: u32,
    bits: u64,
    qp: f64,
}

/// Sums over all pictures.
#[derive(Debug)]
pub(crate) struct Totals {
    started: Instant,
    fps: f64,
    by_type: [Sums; 3],
}

const LETTERS: [char; 3] = ['I', 'P', 'B'];

/// Place of a type in lists.
fn place(kind: PictureType) -> usize {
    match kind {
        PictureType::I => 0,
        PictureType::P => 1,
        PictureType::B => 2,
    }
}

/// The letter of a type.
pub(crate) fn letter(kind: PictureType) -> char {
    LETTERS[place(kind)]
}

impl Totals {
    pub(crate) fn new(fps: f64) -> Self {
        Self { started: Instant::now(), fps, by_type: Default::default() }
    }

    pub(crate) fn add(&mut self, packet: &Packet, bytes: usize) {
        let sums = &mut self.by_type[place(packet.picture_type)];
        sums.pictures += 1;
        sums.bits += 8 * bytes as u64;
        sums.qp += packet.mean_qp;
    }

    fn kbps(&self, bits: u64, pictures: u32) -> f64 {
        if pictures == 0 { 0.0 } else { bits as f64 * self.fps / f64::from(pictures) / 1000.0 }
    }

    fn all(&self) -> Sums {
        let add = |a: Sums, b: &Sums| Sums {
            pictures: a.pictures + b.pictures,
            bits: a.bits + b.bits,
            qp: a.qp + b.qp,
        };
        self.by_type.iter().fold(Sums::default(), add)
    }

    /// As programs ask for it.
    pub(crate) fn stats(&self) -> Stats {
        let all = self.all();
        let of_type = |sums: Sums| TypeStats {
            mean_qp: sums.qp / f64::from(sums.pictures.max(1)),
            kbps: self.kbps(sums.bits, sums.pictures),
            pictures: sums.pictures,
            ..TypeStats::default()
        };
        Stats {
            encode_seconds: self.started.elapsed().as_secs_f64(),
            video_seconds: f64::from(all.pictures) / self.fps,
            kbps: self.kbps(all.bits, all.pictures),
            bits: all.bits,
            pictures: all.pictures,
            by_type: self.by_type.map(of_type),
            ..Stats::default()
        }
    }

    /// Lines about each type of picture there is.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |(letter, sums): (char, Sums)| {
            let (qp, kbps) = (sums.qp / f64::from(sums.pictures), self.kbps(sums.bits, sums.pictures));
            format!("frame {letter}: {:6}, Avg QP:{qp:2.2}  kb/s: {kbps:.2}", sums.pictures)
        };
        LETTERS.into_iter().zip(self.by_type).filter(|(_, sums)| sums.pictures > 0).map(line).collect()
    }

    /// The line that scripts look for at the end.
    pub(crate) fn summary(&self) -> String {
        let (all, seconds) = (self.all(), self.started.elapsed().as_secs_f64());
        let pictures = all.pictures;
        let (fps, qp) = (f64::from(pictures) / seconds, all.qp / f64::from(pictures.max(1)));
        let kbps = self.kbps(all.bits, pictures);
        format!("encoded {pictures} frames in {seconds:.2}s ({fps:.2} fps), {kbps:.2} kb/s, Avg QP:{qp:.2}")
    }
}
