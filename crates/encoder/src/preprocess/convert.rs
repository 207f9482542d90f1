//! From the caller's samples to the coded format: bit depth, size in whole coding units, padding.

use crate::input::{InputPicture, InputPlanes};
use rayon::prelude::*;
use rivus_picture::{Band, Block, Picture, Sample, Unwritten};

/// How samples change their depth.
#[derive(Clone, Copy)]
struct Depth {
    /// Bits to add.
    up: u32,
    /// Bits to drop, rounding.
    down: u32,
    /// Largest value of the input depth.
    max_in: i32,
    /// Largest value of the output depth.
    max_out: i32,
}

impl Depth {
    fn new(from: u8, to: u8) -> Self {
        Self {
            up: u32::from(to.saturating_sub(from)),
            down: u32::from(from.saturating_sub(to)),
            max_in: (1 << from) - 1,
            max_out: (1 << to) - 1,
        }
    }

    fn convert(self, value: i32) -> i32 {
        let rounding = (1 << self.down) >> 1;
        (((value.min(self.max_in) << self.up) + rounding) >> self.down).min(self.max_out)
    }
}

/// Luma rows of the bands that are written side by side.
pub(crate) const BAND_HEIGHT: usize = 64;

/// Copies `input` into a picture that is not written yet, repeating its last column and row to the right and below, and fills the
/// padding. The picture is at least as large as the input. Work is done on the current rayon pool.
pub(crate) fn convert<S: Sample>(input: &InputPicture<'_>, (picture, bands): Unwritten<S>) -> Picture<S> {
    let format = *picture.format();
    bands.into_par_iter().for_each(|mut band| {
        for plane in 0..format.num_planes() {
            let depth = Depth::new(input.bit_depths[usize::from(plane > 0)], format.bit_depth(plane));
            match &input.planes {
                InputPlanes::U8(planes) => copy(planes[plane], &mut band, plane, depth),
                InputPlanes::U16(planes) => copy(planes[plane], &mut band, plane, depth),
            }
        }
        band.publish();
    });
    picture.into_picture().expect("all bands were published")
}

/// Fills the rows of a band.
fn copy<I: Sample, S: Sample>(input: Block<'_, I>, band: &mut Band<S>, plane: usize, depth: Depth) {
    let (rows, width) = (band.rows(plane), band.picture().format().plane_size(plane).0);
    let mut out = band.block_mut(plane, 0, rows.start, width, rows.len());
    for (at, y) in rows.enumerate() {
        let from = input.row(y.min(input.height() - 1));
        let (inside, beyond) = out.row_mut(at).split_at_mut(from.len());
        if depth.up == 0 && depth.down == 0 {
            for (to, from) in inside.iter_mut().zip(from) {
                *to = S::from_i32(from.to_i32().min(depth.max_out));
            }
        } else {
            for (to, from) in inside.iter_mut().zip(from) {
                *to = S::from_i32(depth.convert(from.to_i32()));
            }
        }
        beyond.fill(inside[from.len() - 1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rivus_picture::{ChromaFormat, PictureFormat, SharedPicture};

    fn format(width: usize, height: usize, depth: u8) -> PictureFormat {
        PictureFormat {
            width,
            height,
            chroma: ChromaFormat::Yuv420,
            bit_depth_luma: depth,
            bit_depth_chroma: depth,
        }
    }

    #[test]
    fn the_last_column_and_row_are_repeated() {
        let luma = [1u8, 2, 3, 4, 5, 6];
        let chroma = [7u8, 8];
        let planes = [(&luma[..], 3), (&chroma[..], 2), (&chroma[..], 2)];
        let input = InputPicture::from_u8(3, 2, planes, 0).unwrap();
        let picture: Picture<u8> = convert(&input, SharedPicture::new(format(8, 8, 8), 4));
        assert_eq!(picture.plane(0).row(0), [1, 2, 3, 3, 3, 3, 3, 3]);
        assert_eq!(picture.plane(0).row(7), [4, 5, 6, 6, 6, 6, 6, 6]);
        assert_eq!(picture.plane(2).row(3), [7, 8, 8, 8]);
        assert_eq!(picture.block(0, -3, -3, 1, 1).at(0, 0), 1);
    }

    #[test]
    fn depths_are_converted_with_rounding_and_clipping() {
        let samples = [0u16, 1, 2, 1022, 1023, 5000];
        let planes = [(&samples[..], 6), (&samples[..3], 3), (&samples[..3], 3)];
        let input = InputPicture::from_u16(6, 1, planes, 10, 0).unwrap();
        let picture: Picture<u8> = convert(&input, SharedPicture::new(format(8, 8, 8), 4));
        assert_eq!(picture.plane(0).row(0)[..6], [0, 0, 1, 255, 255, 255]);
        let picture: Picture<u16> = convert(&input, SharedPicture::new(format(8, 8, 10), 4));
        assert_eq!(picture.plane(0).row(0)[..6], [0, 1, 2, 1022, 1023, 1023]);
        let samples = [0u8, 1, 255];
        let planes = [(&samples[..], 3), (&samples[..2], 2), (&samples[..2], 2)];
        let input = InputPicture::from_u8(3, 1, planes, 0).unwrap();
        let picture: Picture<u16> = convert(&input, SharedPicture::new(format(8, 8, 10), 4));
        assert_eq!(picture.plane(0).row(0)[..3], [0, 4, 1020]);
    }
}
