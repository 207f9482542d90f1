//! How long a mini-GOP is: long where distant pictures predict each other, short where they do not.

/// A group of 2n pictures stays whole unless two of n cost less than this fraction of it.
const WHOLE_BIAS: f64 = 0.85;
/// Groups shorter than this are not split for cost.
const SHORTEST_SPLIT: usize = 4;

/// What it costs to predict one picture from others; pictures count from the one before the group, which is 0.
pub trait Costs {
    /// Says which pairs, each a picture and a reference, will be asked for next: they can be worked on side by side.
    fn prepare(&mut self, _pairs: &[(usize, usize)]) {}
    /// Picture `picture` predicted from picture `reference`.
    fn one(&mut self, picture: usize, reference: usize) -> f64;
    /// Picture `picture` predicted from both `past` and `future`.
    fn two(&mut self, picture: usize, past: usize, future: usize) -> f64;
}

/// The number of pictures, at most `count`, that the next mini-GOP should have.
///
/// Two groups of half the length replace the far key picture and the middle one, predicted from both ends, by two key pictures
/// at half the distance.
pub fn length(count: usize, costs: &mut impl Costs) -> usize {
    let mut length = count;
    while length >= SHORTEST_SPLIT {
        let half = length / 2;
        costs.prepare(&[(length, 0), (half, 0), (half, length), (length, half)]);
        let whole = costs.one(length, 0) + costs.two(half, 0, length);
        let halves = costs.one(half, 0) + costs.one(length, half);
        if halves >= WHOLE_BIAS * whole {
            break;
        }
        length = half;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cost grows with distance by a power.
    struct Motion(f64);

    impl Costs for Motion {
        fn one(&mut self, picture: usize, reference: usize) -> f64 {
            (picture.abs_diff(reference) as f64).powf(self.0)
        }

        fn two(&mut self, picture: usize, past: usize, future: usize) -> f64 {
            0.8 * self.one(picture, past).min(self.one(picture, future))
        }
    }

    /// Where distance hardly matters groups are long, where it does they are short, never below two.
    #[test]
    fn motion_shortens_groups() {
        assert_eq!(length(16, &mut Motion(0.1)), 16);
        assert!(length(16, &mut Motion(1.5)) < 8);
        assert!(length(16, &mut Motion(9.0)) >= 2);
        assert_eq!(length(1, &mut Motion(9.0)), 1);
    }
}
