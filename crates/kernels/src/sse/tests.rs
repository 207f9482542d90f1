//! Cases of the SSE family.

use rivus_picture::Sample;

use crate::harness::{Case, PARTITIONS};

/// Prediction block sizes, narrow chroma blocks, and lists of transform block and odd lengths.
pub(crate) fn cases<S: Sample>() -> Vec<Case<S>> {
    let chroma = [(2, 2), (2, 8), (6, 8), (10, 3), (22, 5), (144, 7)];
    let mut cases = Vec::new();
    for (w, h) in PARTITIONS.into_iter().chain(chroma) {
        cases.push(Case::new(
            "sse.block",
            &format!("{w}x{h}"),
            w * h,
            |k| k.sse.block as usize,
            move |k, io| io.values.push((k.sse.block)(io.src[0].block(w, h), io.src[1].block(w, h))),
        ));
    }
    for n in [1, 7, 16, 37, 64, 256, 1024, 4096] {
        cases.push(Case::new(
            "sse.coeffs",
            &n.to_string(),
            n,
            |k| k.sse.coeffs as usize,
            move |k, io| {
                io.values.push((k.sse.coeffs)(&io.coeffs[0][..n], &io.coeffs[1][..n]));
                io.values.push((k.sse.coeffs)(&io.residual[1..=n], &io.inter[1][..n]));
            },
        ));
        cases.push(Case::new(
            "sse.energy",
            &n.to_string(),
            n,
            |k| k.sse.energy as usize,
            move |k, io| {
                io.values.push((k.sse.energy)(&io.coeffs[0][..n]));
                io.values.push((k.sse.energy)(&io.residual[1..=n]));
            },
        ));
    }
    cases
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::harness;

    #[test]
    fn tiers_match_scalar() {
        harness::check(&cases::<u8>());
        harness::check(&cases::<u16>());
    }
}
