//! What is said, and how much of it: at the end of an encode in the form that scripts look for.

/// Sums over the pictures of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// Pictures.
    pub pictures: u32,
    /// Bits in them.
    pub bits: u64,
    /// Sum of their mean QP.
    pub qp: f64,
}

impl Sums {
    /// Mean QP; 0 without pictures.
    pub fn mean_qp(&self) -> f64 {
        self.qp / f64::from(self.pictures.max(1))
    }
}

/// Types of pictures, in the order of [`Totals::by_type`].
const LETTERS: [char; 3] = ['I', 'P', 'B'];

/// Sums over all pictures.
#[derive(Clone, Copy, Debug)]
pub struct Totals {
    fps: f64,
    /// Sums of I, P and B pictures.
    pub by_type: [Sums; 3],
}

impl Totals {
    /// No pictures yet, of which `fps` make a second.
    pub fn new(fps: f64) -> Self {
        Self { fps, by_type: Default::default() }
    }

    /// Adds a picture of type I, P or B.
    pub fn add(&mut self, letter: char, bytes: usize, qp: f64) {
        let index = LETTERS.iter().position(|known| *known == letter).unwrap_or(LETTERS.len() - 1);
        let sums = &mut self.by_type[index];
        sums.pictures += 1;
        sums.bits += 8 * bytes as u64;
        sums.qp += qp;
    }

    /// All types together.
    pub fn all(&self) -> Sums {
        let add = |a: Sums, b: &Sums| Sums {
            pictures: a.pictures + b.pictures,
            bits: a.bits + b.bits,
            qp: a.qp + b.qp,
        };
        self.by_type.iter().fold(Sums::default(), add)
    }

    /// Kilobits per second of pictures that were shown without others.
    pub fn kbps(&self, sums: &Sums) -> f64 {
        sums.bits as f64 * self.fps / f64::from(sums.pictures.max(1)) / 1000.0
    }

    /// Seconds that the pictures last.
    pub fn seconds(&self) -> f64 {
        f64::from(self.all().pictures) / self.fps
    }

    /// A line for each type of picture there is.
    pub fn lines(&self) -> Vec<String> {
        let line = |(letter, sums): (char, &Sums)| {
            format!(
                "frame {letter}: {:6}, Avg QP:{:.2}  kb/s: {:.2}",
                sums.pictures,
                sums.mean_qp(),
                self.kbps(sums)
            )
        };
        let types = LETTERS.into_iter().zip(&self.by_type);
        types.filter(|(_, sums)| sums.pictures > 0).map(line).collect()
    }

    /// The last line, after so many seconds of work.
    pub fn summary(&self, seconds: f64) -> String {
        let all = self.all();
        let (pictures, fps) = (all.pictures, f64::from(all.pictures) / seconds.max(1e-6));
        let (kbps, qp) = (self.kbps(&all), all.mean_qp());
        format!("encoded {pictures} frames in {seconds:.2}s ({fps:.2} fps), {kbps:.2} kb/s, Avg QP:{qp:.2}")
    }
}

/// The number of a log level that is given by name or number: -1 none, 0 error, 1 warning, 2 info and so on.
pub fn log_level(text: &str) -> Option<i32> {
    let names = ["none", "error", "warning", "info", "debug", "full"];
    let by_name = names.iter().position(|name| *name == text).map(|index| index as i32 - 1);
    by_name.or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_levels() {
        assert_eq!(
            ["none", "error", "info", "4", "loud"].map(log_level),
            [Some(-1), Some(0), Some(2), Some(4), None]
        );
    }

    #[test]
    fn sums_and_their_lines() {
        let mut totals = Totals::new(25.0);
        totals.add('I', 5000, 20.0);
        totals.add('B', 1000, 29.0);
        totals.add('B', 1000, 32.0);
        assert_eq!(
            totals.lines(),
            ["frame I:      1, Avg QP:20.00  kb/s: 1000.00", "frame B:      2, Avg QP:30.50  kb/s: 200.00"]
        );
        let summary = "encoded 3 frames in 1.50s (2.00 fps), 466.67 kb/s, Avg QP:27.00";
        assert_eq!((totals.summary(1.5).as_str(), totals.seconds()), (summary, 0.12));
    }
}
