//! Uncompressed pictures: y4m or raw planar.

use std::path::Path;

use rivus_stream::y4m::{self, ChromaLocation};

use super::OutputFile;
use crate::failure::{Failure, InFile, Result};
use crate::image::{Image, ImageFormat, Row};
use crate::input::SourceInfo;
use crate::interrupt::Cleanup;

/// Writes pictures to a `.yuv` file, or as y4m anywhere else.
#[derive(Debug)]
pub(crate) enum PictureWriter {
    /// y4m, whose header is written with the first picture.
    Y4m { writer: Y4mState, info: SourceInfo },
    /// Raw planar.
    Raw(OutputFile),
}

/// Before and after the header.
#[derive(Debug)]
pub(crate) enum Y4mState {
    Waiting(Option<OutputFile>),
    Open(y4m::Writer<OutputFile>, ImageFormat),
}

impl PictureWriter {
    /// Opens `path`. Rate, shape, range and chroma position of the source go into the y4m header.
    pub(crate) fn create(path: &Path, info: &SourceInfo, cleanup: &Cleanup) -> Result<Self> {
        let raw = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("yuv"));
        let file = OutputFile::create(path, cleanup)?;
        Ok(if raw {
            Self::Raw(file)
        } else {
            Self::Y4m { writer: Y4mState::Waiting(Some(file)), info: info.clone() }
        })
    }

    /// Writes a picture. In y4m all pictures must have one format.
    pub(crate) fn write(&mut self, image: &Image, path: &Path) -> Result<()> {
        match self {
            Self::Raw(file) => image.write_raw(file).in_file(path),
            Self::Y4m { writer, info } => {
                if let Y4mState::Waiting(file) = writer
                    && let Some(file) = file.take()
                {
                    *writer = Y4mState::Open(open_y4m(file, image, info).in_file(path)?, image.format());
                }
                let Y4mState::Open(writer, format) = writer else {
                    return Err(Failure::in_file(path, "an earlier write failed"));
                };
                if image.format() != *format {
                    let reason = format!(
                        "the pictures change from {format} to {}; y4m cannot hold that, .yuv can",
                        image.format()
                    );
                    return Err(Failure::in_file(path, reason));
                }
                writer.begin_frame().in_file(path)?;
                image
                    .rows()
                    .try_for_each(|row| match row {
                        Row::U8(row) => writer.write_row_u8(row),
                        Row::U16(row) => writer.write_row_u16(row),
                    })
                    .in_file(path)
            }
        }
    }

    /// Finishes the file.
    pub(crate) fn commit(self, path: &Path) -> Result<()> {
        match self {
            Self::Raw(file) => file.commit()?,
            Self::Y4m { writer: Y4mState::Open(writer, _), .. } => writer.finish().in_file(path)?.commit()?,
            // No picture came, so nothing is known for a header: the file stays empty.
            Self::Y4m { writer: Y4mState::Waiting(file), .. } => file.map_or(Ok(0), OutputFile::commit)?,
        };
        Ok(())
    }
}

fn open_y4m(
    file: OutputFile,
    first: &Image,
    info: &SourceInfo,
) -> rivus_stream::Result<y4m::Writer<OutputFile>> {
    let format = first.format();
    let depth = format.max_depth();
    if (0..format.chroma.plane_count()).any(|plane| format.depth(plane) != depth) {
        return Err(mixed_depths());
    }
    let mut header = y4m::Header::new(format.frame_format(depth)?, Some(info.frame_rate));
    header.interlacing = first.interlacing();
    header.sample_aspect_ratio = info.tags.sample_aspect_ratio;
    header.full_range = info.tags.colour.filter(|colour| colour.video_full_range_flag).map(|_| true);
    header.chroma_location = match info.chroma_location {
        Some(0) => ChromaLocation::Left,
        Some(1) => ChromaLocation::Centre,
        Some(2) => ChromaLocation::TopLeft,
        _ => ChromaLocation::Unspecified,
    };
    y4m::Writer::new(file, &header)
}

fn mixed_depths() -> rivus_stream::Error {
    rivus_stream::Error::Unsupported {
        place: "y4m".into(),
        feature: "luma and chroma of different depths (write .yuv)".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tests::noise;

    #[test]
    fn y4m_and_raw_hold_the_same_samples() {
        let dir = tempfile::tempdir().expect("temp dir");
        let images = [noise(6, 4, 10, 1), noise(6, 4, 10, 2)];
        let info = SourceInfo { chroma_location: Some(2), ..SourceInfo::constant_rate("test", None) };
        for name in ["out.y4m", "out.yuv"] {
            let path = dir.path().join(name);
            let mut writer = PictureWriter::create(&path, &info, &Cleanup::default()).expect("writable");
            for image in &images {
                writer.write(image, &path).expect("writable");
            }
            writer.commit(&path).expect("renamed");
        }
        let raw = std::fs::read(dir.path().join("out.yuv")).expect("there");
        let file = std::fs::read(dir.path().join("out.y4m")).expect("there");
        let mut reader = y4m::Reader::new(&file[..]).expect("own header");
        assert_eq!(reader.header().frame_rate, Some(info.frame_rate));
        let mut read = Vec::new();
        while let Some(frame) = reader.read_frame().expect("whole") {
            Image::Frame(frame.into()).write_raw(&mut read).expect("memory");
        }
        assert_eq!(read, raw);
    }

    #[test]
    fn y4m_refuses_a_change_of_size() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("out.y4m");
        let mut writer =
            PictureWriter::create(&path, &SourceInfo::constant_rate("test", None), &Cleanup::default())
                .expect("writable");
        writer.write(&noise(6, 4, 8, 1), &path).expect("writable");
        let failure = writer.write(&noise(8, 4, 8, 1), &path).expect_err("another size");
        assert!(failure.to_string().contains("6x4 4:2:0 8 bit to 8x4"), "{failure}");
    }
}
