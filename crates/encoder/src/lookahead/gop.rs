//! Group-of-pictures structure: coding order, layers, reference pictures and what the decoder must keep.
//!
//! Between two key pictures lies a mini-GOP, coded from the far key picture inwards by halves: the middle picture refers to
//! both ends, the middle of each half to its ends, and so on. Every halving is a layer. Coded depth first, the structure
//! needs the two ends and one picture per layer, so a mini-GOP of 16 fits a buffer of six pictures.

/// What a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// Instantaneous decoding refresh: intra, restarts the picture order count.
    Idr,
    /// Clean random access: intra, pictures shown before it may still refer to older ones.
    Cra,
    /// Intra, but no random access point.
    I,
    /// References in list 0 only.
    P,
    /// References in both lists.
    B,
}

impl PictureKind {
    /// Intra pictures have no references.
    pub fn is_intra(self) -> bool {
        matches!(self, Self::Idr | Self::Cra | Self::I)
    }

    /// Random access points.
    pub fn is_random_access(self) -> bool {
        matches!(self, Self::Idr | Self::Cra)
    }
}

/// One picture's place in the structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PicturePlan {
    /// Number of the picture in input order, from 0.
    pub number: u64,
    /// PicOrderCntVal.
    pub poc: i32,
    /// Kind.
    pub kind: PictureKind,
    /// Layer of the hierarchy: 0 for key pictures.
    pub layer: u8,
    /// Later pictures refer to it.
    pub is_reference: bool,
    /// Shown before the random access point that precedes it in coding order.
    pub is_leading: bool,
    /// Picture order counts of RefPicList0 and RefPicList1, in order.
    pub lists: [Vec<i32>; 2],
    /// Picture order counts of all pictures that stay in the buffer while this one is decoded, its own references included.
    pub keep: Vec<i32>,
}

/// Limits of the structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GopLimits {
    /// Active reference pictures per list of key pictures, 1..=4.
    pub refs: usize,
    /// The same of other pictures.
    pub refs_b: usize,
    /// Key pictures that stay for the next key picture to refer to, 2..=4. Each beyond two is one more picture in the
    /// buffer.
    pub keys: usize,
    /// Key pictures may be B pictures with equal lists.
    pub b_allowed: bool,
}

/// Builds the plans of successive mini-GOPs.
#[derive(Clone, Debug)]
pub struct GopBuilder {
    limits: GopLimits,
    /// Number of the picture with picture order count 0.
    idr: u64,
    /// Picture order counts of the last key pictures, newest first.
    keys: Vec<i32>,
    /// Key pictures before this one must not be referred to by pictures that follow it in output order.
    barrier: i32,
}

impl GopBuilder {
    /// A builder before the first picture.
    pub fn new(limits: GopLimits) -> Self {
        Self { limits, idr: 0, keys: Vec::new(), barrier: i32::MIN }
    }

    /// Plans an IDR picture, alone in its mini-GOP.
    pub fn idr(&mut self, number: u64) -> PicturePlan {
        self.idr = number;
        self.keys = vec![0];
        self.barrier = 0;
        PicturePlan {
            number,
            poc: 0,
            kind: PictureKind::Idr,
            layer: 0,
            is_reference: true,
            is_leading: false,
            lists: [Vec::new(), Vec::new()],
            keep: Vec::new(),
        }
    }

    /// Plans the mini-GOP of the `count` pictures from number `first`, in coding order. Its last picture is the key picture, of
    /// `kind` P, B, I or CRA. An IDR picture must have come before.
    pub fn mini_gop(&mut self, first: u64, count: usize, kind: PictureKind) -> Vec<PicturePlan> {
        let low = (first - self.idr) as i32 - 1;
        let high = low + count as i32;
        let mut plans = vec![self.key(high, kind)];
        let leading = kind == PictureKind::Cra;
        let mut known = vec![low, high];
        if !self.keys.contains(&low) {
            known.remove(0);
        }
        split(&mut plans, &mut known, low, high, 1);
        for plan in &mut plans[1..] {
            plan.is_leading = leading;
            plan.lists = self.lists(plan, leading);
        }
        if leading {
            self.barrier = high;
            self.keys.clear();
        }
        self.keys.insert(0, high);
        self.keys.truncate(self.limits.keys);
        self.retain(&mut plans);
        plans
    }

    fn key(&self, poc: i32, kind: PictureKind) -> PicturePlan {
        let mut list: Vec<i32> = Vec::new();
        if !kind.is_intra() {
            list.extend(
                self.keys.iter().filter(|&&k| k >= self.barrier).take(self.limits.refs.min(self.limits.keys)),
            );
        }
        let kind = if kind == PictureKind::B && !self.limits.b_allowed { PictureKind::P } else { kind };
        let second = if kind == PictureKind::B { list.clone() } else { Vec::new() };
        PicturePlan {
            number: self.idr + poc as u64,
            poc,
            kind,
            layer: 0,
            is_reference: true,
            is_leading: false,
            lists: [list, second],
            keep: Vec::new(),
        }
    }

    /// The active references of a B picture: of those known, the nearest on its side first, then the other side.
    fn lists(&self, plan: &PicturePlan, leading: bool) -> [Vec<i32>; 2] {
        let usable = |poc: &&i32| leading || **poc >= self.barrier;
        let mut past: Vec<i32> =
            plan.keep.iter().filter(|&&p| p < plan.poc).filter(usable).copied().collect();
        let mut future: Vec<i32> =
            plan.keep.iter().filter(|&&p| p > plan.poc).filter(usable).copied().collect();
        past.sort_unstable_by(|a, b| b.cmp(a));
        future.sort_unstable();
        let take = |a: &[i32], b: &[i32]| a.iter().chain(b).take(self.limits.refs_b).copied().collect();
        [take(&past, &future), take(&future, &past)]
    }

    /// Replaces what is known by what must stay: references of this and later pictures, and the key pictures to come.
    fn retain(&self, plans: &mut [PicturePlan]) {
        let mut needed: Vec<i32> = self.keys.clone();
        for i in (0..plans.len()).rev() {
            let poc = plans[i].poc;
            needed.retain(|&p| p != poc);
            for list in 0..2 {
                for &p in &plans[i].lists[list] {
                    if !needed.contains(&p) {
                        needed.push(p);
                    }
                }
            }
            needed.sort_unstable();
            plans[i].keep = needed.clone();
        }
        // A random access point forgets what came before; leading pictures still have it.
        for i in 0..plans.len() {
            let poc = plans[i].poc;
            plans[i].is_reference =
                plans[i + 1..].iter().any(|p| p.keep.contains(&poc)) || self.keys.contains(&poc);
        }
    }
}

/// Plans the pictures strictly between `low` and `high`; `known` are the pictures in the buffer.
fn split(plans: &mut Vec<PicturePlan>, known: &mut Vec<i32>, low: i32, high: i32, layer: u8) {
    if high - low < 2 {
        return;
    }
    let middle = low + (high - low) / 2;
    plans.push(PicturePlan {
        number: (plans[0].number as i64 - i64::from(plans[0].poc - middle)) as u64,
        poc: middle,
        kind: PictureKind::B,
        layer,
        is_reference: false,
        is_leading: false,
        lists: [Vec::new(), Vec::new()],
        keep: known.clone(),
    });
    let has_inner = high - low > 2;
    if has_inner {
        known.push(middle);
    }
    split(plans, known, low, middle, layer + 1);
    // What lies between the lower end and the middle has served.
    known.retain(|&p| p <= low || p >= middle);
    split(plans, known, middle, high, layer + 1);
    known.retain(|&p| p <= low || p >= high);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(refs: usize) -> GopLimits {
        GopLimits { refs, refs_b: refs, keys: 2, b_allowed: true }
    }

    /// Simulates the buffer: every reference is there, nothing exceeds the limit, every picture is planned once.
    fn check(plans: &[PicturePlan], buffer: usize, total: u64) {
        let mut held: Vec<i32> = Vec::new();
        let mut seen: Vec<u64> = Vec::new();
        for plan in plans {
            if plan.kind == PictureKind::Idr {
                held.clear();
            }
            assert!(plan.keep.iter().all(|p| held.contains(p)), "{plan:?} keeps what is not held: {held:?}");
            held.retain(|p| plan.keep.contains(p));
            for list in &plan.lists {
                assert!(
                    list.iter().all(|p| held.contains(p)),
                    "{plan:?} refers to what is not held: {held:?}"
                );
            }
            assert_eq!(plan.kind.is_intra(), plan.lists[0].is_empty(), "{plan:?}");
            held.push(plan.poc);
            assert!(held.len() <= buffer, "{} pictures at {plan:?}", held.len());
            seen.push(plan.number);
        }
        seen.sort_unstable();
        assert!(seen.iter().copied().eq(0..total));
    }

    /// All sizes of mini-GOP, open and closed random access, two and three references.
    #[test]
    fn structure_holds_for_every_size() {
        for refs in 1..=4 {
            for size in 1..=16usize {
                let mut gop = GopBuilder::new(limits(refs));
                let mut plans = vec![gop.idr(0)];
                let mut next = 1;
                for kind in [PictureKind::B, PictureKind::P, PictureKind::Cra, PictureKind::B, PictureKind::I]
                {
                    plans.extend(gop.mini_gop(next, size, kind));
                    next += size as u64;
                }
                plans.push(gop.idr(next));
                plans.extend(gop.mini_gop(next + 1, size, PictureKind::B));
                check(&plans, 6, next + 1 + size as u64);
            }
        }
    }

    /// After a random access point nothing older is used, except by leading pictures.
    #[test]
    fn random_access_is_clean() {
        let mut gop = GopBuilder::new(GopLimits { refs: 4, refs_b: 4, keys: 4, b_allowed: true });
        gop.idr(0);
        gop.mini_gop(1, 8, PictureKind::B);
        let leading = gop.mini_gop(9, 8, PictureKind::Cra);
        assert!(leading[1..].iter().all(|p| p.is_leading));
        for plan in gop.mini_gop(17, 8, PictureKind::B) {
            assert!(plan.lists.iter().flatten().all(|&p| p >= 16), "{plan:?}");
            assert!(plan.keep.iter().all(|&p| p >= 16), "{plan:?}");
        }
    }

    /// Sixteen pictures make five layers, one, one, two, four and eight pictures.
    #[test]
    fn sixteen_pictures_have_five_layers() {
        let mut gop = GopBuilder::new(limits(2));
        gop.idr(0);
        let plans = gop.mini_gop(1, 16, PictureKind::B);
        let count = |layer| plans.iter().filter(|p| p.layer == layer).count();
        assert_eq!([0, 1, 2, 3, 4].map(count), [1, 1, 2, 4, 8]);
        assert!(plans.iter().filter(|p| p.layer == 4).all(|p| !p.is_reference));
        assert_eq!(plans[2].lists, [vec![0, 8], vec![8, 16]]);
    }
}
