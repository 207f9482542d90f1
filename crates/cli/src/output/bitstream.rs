//! The encoder's output: an Annex B byte stream or an MP4 file.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use rivus_stream::annexb;
use rivus_stream::mp4::{AudioTrack, HevcConfig, Matrix, Muxer, VideoTrack, VisualEntry};
use rivus_stream::video::VideoTags;

use super::{OutputFile, scratch};
use crate::failure::{Failure, InFile, Result};
use crate::interrupt::Cleanup;

/// How the output is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    AnnexB,
    Mp4,
}

impl Container {
    /// Chooses by the name of the file.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::AnnexB);
        }
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
        match extension.as_str() {
            "mp4" | "m4v" | "mov" => Ok(Self::Mp4),
            "hevc" | "h265" | "265" | "bit" | "bin" => Ok(Self::AnnexB),
            _ if std::fs::metadata(path).is_ok_and(|meta| !meta.is_file()) => Ok(Self::AnnexB),
            _ => Err(Failure::usage(format!(
                "{}: the output must end in .mp4, .hevc, .h265, .265 or .bit",
                path.display()
            ))),
        }
    }
}

/// What the MP4 file must know beside the stream itself.
#[derive(Debug)]
pub(crate) struct Mp4Settings {
    pub(crate) timescale: u32,
    pub(crate) frame_duration: u32,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) tags: VideoTags,
    pub(crate) matrix: Matrix,
    pub(crate) audio: Vec<AudioTrack>,
}

/// Takes access units in decoding order.
#[derive(Debug)]
pub(crate) enum BitstreamWriter {
    AnnexB(OutputFile),
    Mp4 { muxer: Box<Muxer<File>>, file: OutputFile, payload: u64 },
}

impl BitstreamWriter {
    /// Opens `path` for a byte stream.
    pub(crate) fn annexb(path: &Path, cleanup: &Cleanup) -> Result<Self> {
        Ok(Self::AnnexB(OutputFile::create(path, cleanup)?))
    }

    /// Opens `path` for an MP4 file. `headers` are the parameter sets as Annex B bytes.
    pub(crate) fn mp4(path: &Path, headers: &[u8], settings: Mp4Settings, cleanup: &Cleanup) -> Result<Self> {
        let side = |size: usize| {
            u16::try_from(size).map_err(|_| Failure::in_file(path, "picture too large for MP4"))
        };
        let entry = VisualEntry {
            width: side(settings.width)?,
            height: side(settings.height)?,
            hevc: Some(HevcConfig::from_parameter_sets(annexb::split(headers)).in_file(path)?),
            tags: settings.tags,
        };
        let video = VideoTrack {
            timescale: settings.timescale,
            frame_duration: settings.frame_duration,
            entry,
            matrix: settings.matrix,
        };
        let file = OutputFile::create(path, cleanup)?;
        let muxer = Muxer::new(scratch(path)?, video, settings.audio).in_file(path)?;
        Ok(Self::Mp4 { muxer: Box::new(muxer), file, payload: 0 })
    }

    /// Adds an access unit. Times are in units of the time scale; a byte stream has none and ignores them.
    pub(crate) fn write(&mut self, data: &[u8], pts: i64, dts: i64, sync: bool) -> Result<()> {
        match self {
            Self::AnnexB(file) => {
                let path = file.path().to_owned();
                file.write_all(data).in_file(&path)
            }
            Self::Mp4 { muxer, file, payload } => {
                *payload += data.len() as u64;
                muxer.write_video(data, pts, dts, sync).in_file(file.path())
            }
        }
    }

    /// The MP4 muxer, if this is one.
    pub(crate) fn muxer(&mut self) -> Option<&mut Muxer<File>> {
        match self {
            Self::AnnexB(_) => None,
            Self::Mp4 { muxer, .. } => Some(muxer),
        }
    }

    /// Bytes of the finished file.
    pub(crate) fn commit(self) -> Result<u64> {
        match self {
            Self::AnnexB(file) => file.commit(),
            Self::Mp4 { muxer, mut file, .. } => {
                let path = file.path().to_owned();
                muxer.finish(&mut file).in_file(&path)?;
                file.commit()
            }
        }
    }
}
