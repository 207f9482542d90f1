//! Limits on what a stream may ask for.

/// Limits that are checked before memory is taken or work is begun.
///
/// The defaults admit everything level 6.2 admits.
///
/// What is lost of a picture is concealed, at about 1.2 times the time that decoding a whole one takes, and a slice segment of
/// a few bytes is enough to ask for a picture. So the number of bytes bounds no work: `max_luma_samples` per slice segment
/// received does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecoderLimits {
    /// Largest coded picture, in luma samples. Default 35 651 584 (MaxLumaPs of level 6.2).
    pub max_luma_samples: u64,
    /// Largest coded width or height, in luma samples. Default 16 888 (A.4.1: the square root of 8 * MaxLumaPs).
    pub max_dimension: u32,
    /// Largest NAL unit, in bytes. Default 64 MiB.
    pub max_nal_size: usize,
    /// Largest decoded picture buffer a sequence may ask for, in pictures. Default 16.
    pub max_dpb_pictures: u8,
    /// Memory of the samples of all pictures at the same time, in bytes: those in decoding, referred to, waiting for output
    /// and kept for reuse, and those handed out that the caller has not dropped. Default 4 GiB.
    ///
    /// A sequence whose decoded picture buffer, with one picture more for output, would not fit is refused. As memory runs
    /// short, fewer pictures are decoded at the same time; if there is none for the next picture in spite of that, because
    /// the caller keeps too many, that picture is skipped with an error. What is stored besides samples (motion, above
    /// all) adds less than a tenth; slice data of the pictures in decoding comes on top.
    pub max_picture_memory: u64,
    /// Largest number of slice segments in a picture. Default 16 384 (a segment per CTU in many small pictures).
    pub max_slice_segments: u32,
    /// Largest number of SEI messages that are looked at in an access unit; others are skipped. Default 128.
    pub max_sei_messages: u32,
    /// Largest number of [`Issue`](crate::Issue)s kept until they are taken; later ones are only counted. Default 1024.
    pub max_issues: usize,
}

impl Default for DecoderLimits {
    fn default() -> Self {
        Self {
            max_luma_samples: 35_651_584,
            max_dimension: 16_888,
            max_nal_size: 64 << 20,
            max_dpb_pictures: 16,
            max_picture_memory: 4 << 30,
            max_slice_segments: 16_384,
            max_sei_messages: 128,
            max_issues: 1024,
        }
    }
}

/// A limit that would be exceeded: which, what was asked for, what is allowed.
pub(crate) type Exceeded = (&'static str, u64, u64);

impl DecoderLimits {
    /// Checks the dimensions of a coded picture, in luma samples.
    pub(crate) fn check_picture(&self, width: u32, height: u32) -> Result<(), Exceeded> {
        check("picture dimension", width.max(height).into(), self.max_dimension.into())?;
        check("picture size in luma samples", u64::from(width) * u64::from(height), self.max_luma_samples)
    }

    /// Checks the size of the decoded picture buffer that a sequence asks for, in pictures.
    pub(crate) fn check_dpb(&self, pictures: u32) -> Result<(), Exceeded> {
        check("decoded picture buffer size", pictures.into(), self.max_dpb_pictures.into())
    }

    /// Checks the memory of a decoded picture buffer of this many pictures, each of `bytes` bytes, with one more for output.
    pub(crate) fn check_memory(&self, bytes: u64, pictures: u32) -> Result<(), Exceeded> {
        let asked = bytes.saturating_mul(u64::from(pictures) + 1);
        check("picture memory in bytes", asked, self.max_picture_memory)
    }

    /// Checks the number of slice segments in a picture.
    pub(crate) fn check_slice_segments(&self, segments: usize) -> Result<(), Exceeded> {
        check("slice segments in a picture", segments as u64, self.max_slice_segments.into())
    }

    /// Checks the size of a NAL unit, in bytes.
    pub(crate) fn check_nal(&self, size: usize) -> Result<(), Exceeded> {
        check("NAL unit size", size as u64, self.max_nal_size as u64)
    }
}

fn check(which: &'static str, asked: u64, allowed: u64) -> Result<(), Exceeded> {
    if asked <= allowed { Ok(()) } else { Err((which, asked, allowed)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_admit_level_6_2_and_nothing_larger() {
        let limits = DecoderLimits::default();
        assert_eq!(limits.check_picture(8192, 4320), Ok(()));
        assert_eq!(limits.check_picture(16_888, 2104), Ok(()));
        assert_eq!(
            limits.check_picture(8192, 8192),
            Err(("picture size in luma samples", 67_108_864, 35_651_584))
        );
        assert_eq!(limits.check_picture(20_000, 8), Err(("picture dimension", 20_000, 16_888)));
    }
}
