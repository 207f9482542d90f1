//! Scene cuts: pictures that the one before does not predict.

/// What is known about a picture that might begin a scene.
#[derive(Clone, Copy, Debug)]
pub struct Suspect {
    /// Cost of predicting it from the picture before, intra where that is better.
    pub inter: u64,
    /// Cost of intra prediction.
    pub intra: u64,
}

impl Suspect {
    /// Whether inter prediction saves less than `bias` of the cost of intra prediction. What little is saved in pictures
    /// without content does not count.
    fn is_new(&self, bias: f64, blocks: usize) -> bool {
        self.inter as f64 >= (1.0 - bias) * (self.intra as f64) + blocks as f64
    }
}

/// How much inter prediction must save, as a fraction of the cost of intra prediction: more, the longer the last keyframe is
/// ago. `sensitivity` is 0..=100.
pub fn bias(sensitivity: u8, since_key: u64, min_keyint: u32, max_keyint: u32) -> f64 {
    let most = f64::from(sensitivity) / 100.0;
    let least = most / 4.0;
    let (since, min, max) = (since_key as f64, f64::from(min_keyint), f64::from(max_keyint));
    if since <= min || max <= min {
        return least;
    }
    least + (most - least) * ((since - min) / (max - min)).min(1.0)
}

/// Whether a scene begins at a picture. `around` are predictions across a flash that might begin or end here: if one of them
/// is good, the old scene goes on.
pub fn is_cut(picture: Suspect, around: impl IntoIterator<Item = Suspect>, bias: f64, blocks: usize) -> bool {
    picture.is_new(bias, blocks) && around.into_iter().all(|s| s.is_new(bias, blocks))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Suspect = Suspect { inter: 1000, intra: 50_000 };
    const NEW: Suspect = Suspect { inter: 49_000, intra: 50_000 };

    /// A picture like the one before is no cut, a different one is, unless the old scene comes back.
    #[test]
    fn flashes_are_no_cuts() {
        assert!(!is_cut(OLD, [NEW], 0.1, 100));
        assert!(is_cut(NEW, [NEW, NEW], 0.1, 100));
        assert!(!is_cut(NEW, [NEW, OLD], 0.1, 100));
        assert!(is_cut(NEW, [], 0.1, 100));
    }

    /// Pictures without content never begin a scene.
    #[test]
    fn black_is_no_cut() {
        assert!(!is_cut(Suspect { inter: 0, intra: 0 }, [], 0.4, 100));
    }

    /// The longer the last keyframe is ago, the smaller a change will do.
    #[test]
    fn bias_rises_between_keyframes() {
        let at = |since| bias(40, since, 25, 250);
        assert!((at(10) - 0.1).abs() < 1e-9 && (at(250) - 0.4).abs() < 1e-9);
        assert!(at(100) > at(50) && at(1000) <= 0.4);
    }
}
