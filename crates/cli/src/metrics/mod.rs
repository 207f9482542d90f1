//! Distances between two pictures: PSNR and SSIM.

mod psnr;
mod ssim;

use serde::Serialize;

use crate::image::{Image, ImageFormat};
use psnr::psnr;

/// What was measured on one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PictureScore {
    /// Mean squared error per plane on the scale of the deeper of the two pictures.
    pub(crate) mse: [f64; 3],
    /// SSIM per plane, if asked for.
    pub(crate) ssim: Option<[f64; 3]>,
    planes: usize,
    depth: u8,
}

impl PictureScore {
    /// PSNR per plane in dB.
    pub(crate) fn psnr(&self) -> [f64; 3] {
        self.mse.map(|mse| psnr(mse, self.depth))
    }

    /// (6 Y + Cb + Cr) / 8 in dB; Y for pictures without chroma.
    pub(crate) fn psnr_611(&self) -> f64 {
        weigh_611(self.psnr(), self.planes)
    }
}

fn weigh_611(planes: [f64; 3], count: usize) -> f64 {
    if count == 1 { planes[0] } else { (6.0 * planes[0] + planes[1] + planes[2]) / 8.0 }
}

/// Compares two pictures of the same size and chroma format; with different depths the shallower one is scaled up.
pub(crate) fn score(reference: &Image, distorted: &Image, with_ssim: bool) -> Result<PictureScore, String> {
    let (a, b) = (reference.format(), distorted.format());
    if (a.width, a.height, a.chroma) != (b.width, b.height, b.chroma) {
        return Err(format!("{a} cannot be compared with {b}"));
    }
    let depth = a.max_depth().max(b.max_depth());
    let mut result = PictureScore { mse: [0.0; 3], ssim: None, planes: a.chroma.plane_count(), depth };
    let mut ssim = [1.0; 3];
    for (plane, ssim) in ssim.iter_mut().enumerate().take(result.planes) {
        let first = plane_samples(reference, &a, plane, depth);
        let second = plane_samples(distorted, &b, plane, depth);
        result.mse[plane] = psnr::mean_squared_error(&first, &second);
        if with_ssim {
            *ssim = ssim::ssim(&first, &second, a.plane_size(plane).0, depth);
        }
    }
    result.ssim = with_ssim.then_some(ssim);
    Ok(result)
}

fn plane_samples(image: &Image, format: &ImageFormat, plane: usize, depth: u8) -> Vec<u16> {
    let (width, height) = format.plane_size(plane);
    let mut samples = Vec::with_capacity(width * height);
    let shift = u32::from(depth - format.depth(plane));
    (0..height).for_each(|y| image.row(plane, y).append_to(&mut samples, shift));
    samples
}

/// Sums over a sequence.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    count: u64,
    mse: [f64; 3],
    psnr: [f64; 3],
    ssim: Option<[f64; 3]>,
    planes: usize,
    depth: u8,
}

impl Totals {
    /// Adds a picture.
    pub(crate) fn add(&mut self, score: &PictureScore) {
        self.count += 1;
        self.planes = score.planes;
        self.depth = score.depth;
        let psnr = score.psnr();
        self.mse.iter_mut().zip(score.mse).for_each(|(sum, value)| *sum += value);
        self.psnr.iter_mut().zip(psnr).for_each(|(sum, value)| *sum += value);
        if let Some(ssim) = score.ssim {
            let sums = self.ssim.get_or_insert([0.0; 3]);
            sums.iter_mut().zip(ssim).for_each(|(sum, value)| *sum += value);
        }
    }

    /// Averages, `None` before the first picture.
    pub(crate) fn summary(&self) -> Option<MetricSummary> {
        if self.count == 0 {
            return None;
        }
        let count = self.count as f64;
        let overall = self.mse.map(|sum| psnr(sum / count, self.depth));
        let mean = self.psnr.map(|sum| sum / count);
        let chroma = self.planes > 1;
        let planes = |values: [f64; 3]| PlaneValues {
            y: values[0],
            u: chroma.then_some(values[1]),
            v: chroma.then_some(values[2]),
        };
        Some(MetricSummary {
            psnr: planes(overall),
            psnr_611: weigh_611(overall, self.planes),
            psnr_mean: planes(mean),
            psnr_mean_611: weigh_611(mean, self.planes),
            ssim: self.ssim.map(|sums| planes(sums.map(|sum| sum / count))),
            ssim_db: self.ssim.map(|sums| ssim::decibels(sums[0] / count)),
        })
    }
}

/// A value per plane.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct PlaneValues {
    pub(crate) y: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) u: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) v: Option<f64>,
}

impl std::fmt::Display for PlaneValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let precision = f.precision().unwrap_or(3);
        write!(f, "Y {:.precision$}", self.y)?;
        for (name, value) in [("U", self.u), ("V", self.v)] {
            if let Some(value) = value {
                write!(f, "  {name} {value:.precision$}")?;
            }
        }
        Ok(())
    }
}

/// Averages over a sequence. `psnr` is that of the mean squared error of all pictures (as FFmpeg's `psnr` filter has it),
/// `psnr_mean` the mean of the pictures' PSNR (as encoders and libvmaf report it). A perfect match counts as 100 dB.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct MetricSummary {
    pub(crate) psnr: PlaneValues,
    pub(crate) psnr_611: f64,
    pub(crate) psnr_mean: PlaneValues,
    pub(crate) psnr_mean_611: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ssim: Option<PlaneValues>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ssim_db: Option<f64>,
}

#[cfg(test)]
mod tests {
    use rivus_stream::frame::{Frame, Samples};

    use super::psnr::PERFECT;
    use super::*;
    use crate::image::tests::noise;

    /// The same picture at 10 bits.
    fn four_times(image: &Image) -> Image {
        let mut samples = Vec::new();
        image.rows().for_each(|row| row.append_to(&mut samples, 2));
        let format = image.format().frame_format(10).expect("legal");
        Image::Frame(Frame { format, samples: Samples::U16(samples) }.into())
    }

    #[test]
    fn a_picture_is_like_itself_at_any_depth() {
        let image = noise(33, 17, 8, 5);
        let deep = four_times(&image);
        let score = score(&image, &deep, true).expect("same size");
        assert_eq!(score.psnr(), [PERFECT; 3]);
        assert_eq!(score.psnr_611(), PERFECT);
        assert!(score.ssim.expect("asked for").iter().all(|&value| (value - 1.0).abs() < 1e-12));
    }

    #[test]
    fn sizes_must_agree() {
        let message = score(&noise(8, 8, 8, 1), &noise(8, 6, 8, 1), false).expect_err("differ");
        assert_eq!(message, "8x8 4:2:0 8 bit cannot be compared with 8x6 4:2:0 8 bit");
    }

    #[test]
    fn overall_and_mean_differ_as_they_should() {
        let mut totals = Totals::default();
        assert!(totals.summary().is_none());
        for mse in [1.0, 100.0] {
            totals.add(&PictureScore { mse: [mse; 3], ssim: None, planes: 3, depth: 8 });
        }
        let summary = totals.summary().expect("two pictures");
        assert!((summary.psnr.y - psnr(50.5, 8)).abs() < 1e-9);
        assert!((summary.psnr_mean.y - (psnr(1.0, 8) + psnr(100.0, 8)) / 2.0).abs() < 1e-9);
        assert!((summary.psnr_611 - summary.psnr.y).abs() < 1e-9);
    }
}
