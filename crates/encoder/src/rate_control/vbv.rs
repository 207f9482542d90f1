//! The decoder's buffer (C.2): bits flow in at a fixed rate until it is full, every picture takes its bits out at once.

use super::BufferConfig;

/// Part of the buffer that predictions leave alone.
const RESERVE: f64 = 0.05;

/// How full the buffer is.
#[derive(Clone, Debug)]
pub struct Vbv {
    size: f64,
    /// Bits that flow in from one picture to the next.
    per_picture: f64,
    /// Bits in the buffer when the next picture is taken out.
    fill: f64,
}

impl Vbv {
    /// The buffer before the first picture.
    pub fn new(config: BufferConfig, fps: f64) -> Self {
        let size = config.size as f64;
        Self { size, per_picture: config.rate as f64 / fps, fill: size * config.initial.clamp(0.0, 1.0) }
    }

    /// From the next picture on the buffer has another rate and size.
    pub fn change(&mut self, config: BufferConfig, fps: f64) {
        self.size = config.size as f64;
        self.per_picture = config.rate as f64 / fps;
        self.fill = self.fill.min(self.size);
    }

    /// Bits in the buffer when the next picture is taken out.
    pub fn fill(&self) -> f64 {
        self.fill
    }

    /// Takes a picture out.
    pub fn take(&mut self, bits: f64) {
        self.fill = (self.fill - bits + self.per_picture).min(self.size);
    }

    /// Whether pictures that are expected to take these bits fit: never empty, and in the end not much emptier than now.
    pub fn holds(&self, pictures: impl IntoIterator<Item = f64>) -> bool {
        let mut ahead = self.clone();
        let mut count = 0.0;
        for bits in pictures {
            if bits > ahead.fill - RESERVE * self.size {
                return false;
            }
            ahead.take(bits);
            count += 1.0;
        }
        let recovered = self.fill + 0.5 * self.per_picture * count;
        count < 2.0 || ahead.fill >= recovered.min(0.5 * self.size).min(self.fill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: BufferConfig = BufferConfig { rate: 1_000_000, size: 500_000, initial: 0.8 };

    /// The buffer fills up to its size and empties by what is taken.
    #[test]
    fn fill_follows_the_model() {
        let mut vbv = Vbv::new(CONFIG, 25.0);
        vbv.take(100_000.0);
        assert_eq!(vbv.fill(), 340_000.0);
        for _ in 0..20 {
            vbv.take(0.0);
        }
        assert_eq!(vbv.fill(), 500_000.0);
    }

    /// A picture above the fill does not fit, nor do many that are above the rate.
    #[test]
    fn what_does_not_fit_is_refused() {
        let vbv = Vbv::new(CONFIG, 25.0);
        let some = |bits: f64, count| vec![bits; count];
        assert!(vbv.holds(some(300_000.0, 1)));
        assert!(!vbv.holds(some(390_000.0, 1)));
        assert!(vbv.holds(some(39_000.0, 100)));
        assert!(!vbv.holds(some(60_000.0, 100)));
    }
}
