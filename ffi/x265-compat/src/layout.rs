//! Structs that programs and the library share, by the sizes and offsets that a program compiled for build 199 on a 64-bit
//! system uses. Only what is read or written here has a name; `tests/layout.h` lists the same names beside those of the C
//! header, and tests compare both with the offsets.

use std::ffi::{c_char, c_void};

/// Numbers of the interface.
pub(crate) mod number {
    /// Slice types of pictures.
    pub(crate) const IDR: i32 = 1;
    pub(crate) const I: i32 = 2;
    pub(crate) const P: i32 = 3;
    pub(crate) const BREF: i32 = 4;
    pub(crate) const B: i32 = 5;
    /// Chroma formats.
    pub(crate) const GREY: i32 = 0;
    pub(crate) const YUV420: i32 = 1;
    /// Kinds of rate control.
    pub(crate) const BITRATE: i32 = 0;
    pub(crate) const QP: i32 = 1;
    pub(crate) const CRF: i32 = 2;
    /// Errors of setting an option.
    pub(crate) const BAD_NAME: i32 = -1;
    pub(crate) const BAD_VALUE: i32 = -2;
    /// A shape of samples that is not one of the numbered ones.
    pub(crate) const EXTENDED_SAR: i32 = 255;
}

/// Where [`Param`] keeps what has no field: bytes that belong to the reuse of analysis of an earlier run, which is not offered.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// Number of the preset and 1; 0 if none was chosen.
    pub preset: u8,
    /// Number of the tune and 1; 0 if none was chosen.
    pub tune: u8,
    /// Threads; 0 is automatic.
    pub threads: u16,
    /// Whether there is a mastering display.
    pub has_display: u32,
    /// x and y of green, blue, red and white point.
    pub display_points: [u16; 8],
    /// Highest and lowest luminance.
    pub display_luminance: [u32; 2],
    /// Options that were set by name, a bit for each line of the table.
    pub told: [u8; 32],
}

/// `x265_param`: what an encoder is to do.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Param {
    pub(crate) reserved_0: [u8; 8],
    /// `numaPools`: threads per pool, as text.
    pub pools: *const c_char,
    /// `bEnableWavefront`.
    pub wavefront: i32,
    pub(crate) reserved_1: [u8; 20],
    /// `logLevel`.
    pub log_level: i32,
    pub(crate) reserved_2: [u8; 12],
    /// `internalBitDepth`.
    pub bit_depth: i32,
    /// `internalCsp`.
    pub chroma_format: i32,
    /// `fpsNum`.
    pub fps_num: u32,
    /// `fpsDenom`.
    pub fps_den: u32,
    /// `sourceWidth`.
    pub width: i32,
    /// `sourceHeight`.
    pub height: i32,
    /// `interlaceMode`.
    pub interlace: i32,
    /// `totalFrames`.
    pub total_frames: i32,
    /// `levelIdc`: ten times the level.
    pub level: i32,
    /// `bHighTier`.
    pub high_tier: i32,
    pub(crate) reserved_3: [u8; 4],
    /// `maxNumReferences`.
    pub refs: i32,
    pub(crate) reserved_4: [u8; 4],
    /// `bRepeatHeaders`.
    pub repeat_headers: i32,
    /// `bAnnexB`.
    pub annexb: i32,
    /// `bEnableAccessUnitDelimiters`.
    pub aud: i32,
    /// `bEmitHRDSEI`.
    pub hrd: i32,
    /// `bEmitInfoSEI`.
    pub info: i32,
    /// `decodedPictureHashSEI`.
    pub hash: i32,
    /// `bEnableTemporalSubLayers`.
    pub temporal_layers: i32,
    /// `bOpenGOP`.
    pub open_gop: i32,
    /// `keyframeMin`.
    pub min_keyint: i32,
    /// `keyframeMax`.
    pub keyint: i32,
    /// `bframes`.
    pub bframes: i32,
    /// `bFrameAdaptive`.
    pub b_adapt: i32,
    /// `bBPyramid`.
    pub b_pyramid: i32,
    pub(crate) reserved_5: [u8; 4],
    /// `lookaheadDepth`.
    pub lookahead: i32,
    pub(crate) reserved_6: [u8; 4],
    /// `scenecutThreshold`.
    pub scenecut: i32,
    pub(crate) reserved_7: [u8; 4],
    /// `maxCUSize`.
    pub ctu: u32,
    /// `minCUSize`.
    pub min_cu: u32,
    /// `bEnableRectInter`.
    pub rect: i32,
    /// `bEnableAMP`.
    pub amp: i32,
    /// `maxTUSize`.
    pub max_tu: u32,
    /// `tuQTMaxInterDepth`.
    pub tu_inter: u32,
    /// `tuQTMaxIntraDepth`.
    pub tu_intra: u32,
    pub(crate) reserved_8: [u8; 4],
    /// `rdoqLevel`.
    pub rdoq: i32,
    /// `bEnableSignHiding`.
    pub sign_hiding: i32,
    pub(crate) reserved_9: [u8; 24],
    /// `bEnableStrongIntraSmoothing`.
    pub strong_intra: i32,
    /// `maxNumMergeCand`.
    pub max_merge: u32,
    pub(crate) reserved_10: [u8; 12],
    /// `subpelRefine`.
    pub subme: i32,
    /// `searchRange`.
    pub merange: i32,
    /// `bEnableTemporalMvp`.
    pub temporal_mvp: i32,
    pub(crate) reserved_11: [u8; 28],
    /// `bEnableLoopFilter`.
    pub deblock: i32,
    /// `deblockingFilterTCOffset`.
    pub deblock_tc: i32,
    /// `deblockingFilterBetaOffset`.
    pub deblock_beta: i32,
    /// `bEnableSAO`.
    pub sao: i32,
    pub(crate) reserved_12: [u8; 12],
    /// `bEnableEarlySkip`.
    pub early_skip: i32,
    /// `recursionSkipMode`.
    pub rskip: i32,
    pub(crate) reserved_13: [u8; 52],
    /// `bLossless`.
    pub lossless: i32,
    /// `cbQpOffset`.
    pub cb_qp_offset: i32,
    /// `crQpOffset`.
    pub cr_qp_offset: i32,
    /// `preferredTransferCharacteristics`; negative for none.
    pub transfer_sei: i32,
    pub(crate) reserved_14: [u8; 8],
    /// `rc.rateControlMode`.
    pub rate_mode: i32,
    /// `rc.qp`.
    pub qp: i32,
    /// `rc.bitrate`.
    pub bitrate: i32,
    pub(crate) reserved_15: [u8; 4],
    /// `rc.qCompress`.
    pub qcomp: f64,
    /// `rc.ipFactor`.
    pub ip_ratio: f64,
    pub(crate) reserved_16: [u8; 8],
    /// `rc.rfConstant`.
    pub crf: f64,
    pub(crate) reserved_17: [u8; 4],
    /// `rc.aqMode`.
    pub aq_mode: i32,
    pub(crate) reserved_18: [u8; 8],
    /// `rc.aqStrength`.
    pub aq_strength: f64,
    pub(crate) reserved_19: [u8; 8],
    /// `rc.vbvMaxBitrate`.
    pub vbv_maxrate: i32,
    /// `rc.vbvBufferSize`.
    pub vbv_bufsize: i32,
    /// `rc.vbvBufferInit`.
    pub vbv_init: f64,
    /// `rc.cuTree`.
    pub cutree: i32,
    pub(crate) reserved_20: [u8; 88],
    /// `rc.qgSize`.
    pub qg_size: u32,
    pub(crate) reserved_21: [u8; 4],
    /// `rc.qpMax`.
    pub qpmax: i32,
    /// `rc.qpMin`.
    pub qpmin: i32,
    pub(crate) reserved_22: [u8; 4],
    /// `vui.aspectRatioIdc`.
    pub sar_number: i32,
    /// `vui.sarWidth`.
    pub sar_width: i32,
    /// `vui.sarHeight`.
    pub sar_height: i32,
    pub(crate) reserved_23: [u8; 8],
    /// `vui.bEnableVideoSignalTypePresentFlag`.
    pub has_signal: i32,
    /// `vui.videoFormat`.
    pub video_format: i32,
    /// `vui.bEnableVideoFullRangeFlag`.
    pub full_range: i32,
    /// `vui.bEnableColorDescriptionPresentFlag`.
    pub has_colour: i32,
    /// `vui.colorPrimaries`.
    pub primaries: i32,
    /// `vui.transferCharacteristics`.
    pub transfer: i32,
    /// `vui.matrixCoeffs`.
    pub matrix: i32,
    /// `vui.bEnableChromaLocInfoPresentFlag`.
    pub has_chroma_location: i32,
    /// `vui.chromaSampleLocTypeTopField`.
    pub chroma_location: i32,
    pub(crate) reserved_24: [u8; 24],
    /// `masteringDisplayColorVolume`: text as for the option.
    pub master_display: *const c_char,
    /// `maxCLL`.
    pub max_cll: u16,
    /// `maxFALL`.
    pub max_fall: u16,
    pub(crate) reserved_25: [u8; 92],
    /// What programs do not look at.
    pub own: Own,
    pub(crate) reserved_26: [u8; 296],
}

/// `x265_sei_payload`: a message that comes with a picture.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SeiPayload {
    /// `payloadSize`: bytes.
    pub size: i32,
    /// `payloadType`.
    pub kind: i32,
    /// `payload`.
    pub data: *const u8,
}

/// `x265_picture`: a picture going in, or what is known of one coming out.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Picture {
    /// `pts`.
    pub pts: i64,
    /// `dts`.
    pub dts: i64,
    /// `userData`: comes out as it went in.
    pub user_data: *mut c_void,
    /// `planes`.
    pub planes: [*const c_void; 3],
    /// `stride`, in bytes.
    pub stride: [i32; 3],
    /// `bitDepth`.
    pub bit_depth: i32,
    /// `sliceType`.
    pub slice_type: i32,
    /// `poc`.
    pub poc: i32,
    /// `colorSpace`.
    pub chroma_format: i32,
    pub(crate) reserved_0: [u8; 15692],
    /// `quantOffsets`: QP offsets of blocks.
    pub qp_offsets: *const f32,
    /// `frameData.qp`: mean QP.
    pub mean_qp: f64,
    pub(crate) reserved_1: [u8; 152],
    /// `frameData.bits`.
    pub bits: u64,
    /// `frameData.encoderOrder`.
    pub coding_order: i32,
    /// `frameData.poc`.
    pub frame_poc: i32,
    pub(crate) reserved_2: [u8; 168],
    /// `frameData.sliceType`, as a letter.
    pub letter: c_char,
    pub(crate) reserved_3: [u8; 615],
    /// `userSEI.numPayloads`.
    pub sei_count: i32,
    pub(crate) reserved_4: [u8; 4],
    /// `userSEI.payloads`.
    pub sei: *const SeiPayload,
    pub(crate) reserved_5: [u8; 8],
    /// `framesize`: bytes of the coded picture.
    pub frame_bytes: usize,
    /// `height`.
    pub height: i32,
    pub(crate) reserved_6: [u8; 36],
    /// `width`.
    pub width: i32,
    pub(crate) reserved_7: [u8; 4],
}

/// `x265_nal`: a NAL unit with what separates it from others.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Nal {
    /// `type`.
    pub kind: u32,
    /// `sizeBytes`.
    pub size: u32,
    /// `payload`.
    pub data: *const u8,
}

/// Statistics of slices of one type.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct TypeStats {
    /// `avgQp`.
    pub mean_qp: f64,
    /// `bitrate`.
    pub kbps: f64,
    pub(crate) reserved: [f64; 4],
    /// `numPics`.
    pub pictures: u32,
    pub(crate) reserved_1: u32,
}

/// `x265_stats`: what was done so far.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    pub(crate) reserved: [f64; 5],
    /// `elapsedEncodeTime`, in seconds.
    pub encode_seconds: f64,
    /// `elapsedVideoTime`, in seconds.
    pub video_seconds: f64,
    /// `bitrate`.
    pub kbps: f64,
    pub(crate) reserved_1: f64,
    /// `accBits`.
    pub bits: u64,
    /// `encodedPictureCount`.
    pub pictures: u32,
    pub(crate) reserved_2: u32,
    /// `statsI`, `statsP`, `statsB`.
    pub by_type: [TypeStats; 3],
    /// `maxCLL`.
    pub max_cll: u16,
    /// `maxFALL`.
    pub max_fall: u16,
}

// SAFETY: numbers, and pointers that may be null.
unsafe impl Zero for Param {}
// SAFETY: numbers, and pointers that may be null.
unsafe impl Zero for Picture {}

/// A struct of which all bytes may be zero.
///
/// # Safety
/// All bytes zero must be a value.
pub(crate) unsafe trait Zero: Sized {
    /// The struct with all bytes zero, as programs expect of what has no name here.
    fn zeroed() -> Self {
        // SAFETY: by the contract of the trait.
        unsafe { std::mem::zeroed() }
    }
}
