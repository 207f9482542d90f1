/* Rivus: an HEVC (H.265) encoder and decoder. MIT OR Apache-2.0.
 *
 * Made by cbindgen from the crate rivus-ffi; do not change by hand. docs/c-api.md is the guide.
 *
 * - Functions return a RivusStatus: less than 0 is an error, and the handle has a text that says more.
 * - Pointers are null or valid; texts end with a zero byte and are UTF-8.
 * - Structs that have a `size` begin with it: set all bytes to 0, then `size` to sizeof.
 * - Any thread may use any handle; calls for the same handle wait for each other. Only destroying a handle must not overlap
 *   with its use.
 * - A `destroy` function takes the address of the handle and makes it null.
 */

#ifndef RIVUS_H
#define RIVUS_H

#include <stddef.h>
#include <stdint.h>

/**
 * Major version: changes when programs must be compiled again.
 */
#define RIVUS_VERSION_MAJOR 0

/**
 * Minor version: grows with what is added.
 */
#define RIVUS_VERSION_MINOR 1

/**
 * Patch version.
 */
#define RIVUS_VERSION_PATCH 0

/**
 * The presentation time of what came without one.
 */
#define RIVUS_NO_PTS INT64_MIN

/**
 * What functions return: 0 or more is success, less than 0 an error. The handle has a text that says more: see
 * `rivus_config_error`, `rivus_encoder_error`, `rivus_decoder_config_error`, `rivus_decoder_error`.
 */
enum RivusStatus
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Done.
     */
    RIVUS_STATUS_OK = 0,
    /**
     * Nothing to receive until more is sent.
     */
    RIVUS_STATUS_AGAIN = 1,
    /**
     * Nothing more to receive: all is out after a flush, or a list is at its end.
     */
    RIVUS_STATUS_END = 2,
    /**
     * A pointer is null that must not be.
     */
    RIVUS_STATUS_ERROR_NULL = -1,
    /**
     * The size at the beginning of a struct is none it can have, or a later field that this version does not know is not 0.
     */
    RIVUS_STATUS_ERROR_SIZE = -2,
    /**
     * An argument is out of its range.
     */
    RIVUS_STATUS_ERROR_ARGUMENT = -3,
    /**
     * There is no option of this name, or not one that can be set now.
     */
    RIVUS_STATUS_ERROR_OPTION = -4,
    /**
     * The option does not accept the value.
     */
    RIVUS_STATUS_ERROR_VALUE = -5,
    /**
     * An option is missing, options contradict each other, or no level allows them.
     */
    RIVUS_STATUS_ERROR_CONFIG = -6,
    /**
     * The picture does not fit the configuration or the picture before, or what is asked of it cannot be granted.
     */
    RIVUS_STATUS_ERROR_PICTURE = -7,
    /**
     * The call comes at a wrong time, such as a picture after a flush.
     */
    RIVUS_STATUS_ERROR_ORDER = -8,
    /**
     * The stream asks for more than a limit of the decoder allows; that part of it is skipped.
     */
    RIVUS_STATUS_ERROR_LIMIT = -9,
    /**
     * The stream uses a feature that is not implemented; that part of it is skipped.
     */
    RIVUS_STATUS_ERROR_UNSUPPORTED = -10,
    /**
     * Worker threads cannot be started.
     */
    RIVUS_STATUS_ERROR_THREADS = -11,
    /**
     * A defect of the library. The handle can only be destroyed.
     */
    RIVUS_STATUS_ERROR_INTERNAL = -12,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum RivusStatus RivusStatus;
#else
typedef int32_t RivusStatus;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How much a message matters.
 */
enum RivusLogLevel
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The text of an error that a function returns.
     */
    RIVUS_LOG_LEVEL_ERROR = 1,
    /**
     * Damage in a stream: decoding goes on.
     */
    RIVUS_LOG_LEVEL_WARNING = 2,
    /**
     * What an encoder or decoder is set to, and what it has done in the end.
     */
    RIVUS_LOG_LEVEL_INFO = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum RivusLogLevel RivusLogLevel;
#else
typedef int32_t RivusLogLevel;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Kinds of pictures: what a caller may ask of one, and what a packet is.
 */
enum RivusPictureType
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * What the encoder likes best; no packet is this.
     */
    RIVUS_PICTURE_TYPE_AUTO = 0,
    /**
     * Keyframe: decoding can begin here, and no later picture refers to anything before.
     */
    RIVUS_PICTURE_TYPE_IDR = 1,
    /**
     * Keyframe that may be followed by pictures that are shown before it and refer to older ones.
     */
    RIVUS_PICTURE_TYPE_CRA = 2,
    /**
     * Intra picture that is no keyframe.
     */
    RIVUS_PICTURE_TYPE_I = 3,
    /**
     * Predicted from past pictures.
     */
    RIVUS_PICTURE_TYPE_P = 4,
    /**
     * Predicted from past and future pictures.
     */
    RIVUS_PICTURE_TYPE_B = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum RivusPictureType RivusPictureType;
#else
typedef int32_t RivusPictureType;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Frame or field (table D.2 of H.265).
 */
enum RivusScan
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Nothing is said.
     */
    RIVUS_SCAN_UNKNOWN = 0,
    /**
     * A progressive frame.
     */
    RIVUS_SCAN_PROGRESSIVE = 1,
    /**
     * An interlaced frame, top field first.
     */
    RIVUS_SCAN_TOP_FIELD_FIRST = 2,
    /**
     * An interlaced frame, bottom field first.
     */
    RIVUS_SCAN_BOTTOM_FIELD_FIRST = 3,
    /**
     * A single top field.
     */
    RIVUS_SCAN_TOP_FIELD = 4,
    /**
     * A single bottom field.
     */
    RIVUS_SCAN_BOTTOM_FIELD = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum RivusScan RivusScan;
#else
typedef int32_t RivusScan;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What an encoder is to do: options with names and values, all as text. Made by `rivus_config_create`.
 */
typedef struct RivusConfig RivusConfig;

/**
 * A decoder: bytes go in, frames in output order come out. Made by `rivus_decoder_create`. Any thread may use it; calls that
 * overlap wait for each other.
 */
typedef struct RivusDecoder RivusDecoder;

/**
 * What a decoder is to do: options with names and values, all as text. Made by `rivus_decoder_config_create`.
 */
typedef struct RivusDecoderConfig RivusDecoderConfig;

/**
 * An encoder: pictures in display order go in, packets in decoding order come out. Made by `rivus_encoder_create`. Any thread
 * may use it; calls that overlap wait for each other.
 */
typedef struct RivusEncoder RivusEncoder;

/**
 * A decoded picture. Nothing changes it, so any number of threads may read it. It lives until `rivus_frame_destroy`, also beyond
 * its decoder or packet; its memory goes back to the decoder then.
 */
typedef struct RivusFrame RivusFrame;

/**
 * One coded picture. Nothing changes it, so any number of threads may read it. It lives until `rivus_packet_destroy`, also
 * beyond its encoder.
 */
typedef struct RivusPacket RivusPacket;

/**
 * An option of an encoder or decoder. All texts belong to the configuration and live as long as it does.
 */
typedef struct RivusOption {
    /**
     * `sizeof(RivusOption)`, set by the caller.
     */
    size_t size;
    /**
     * Name.
     */
    const char *name;
    /**
     * Heading under which help lists it.
     */
    const char *group;
    /**
     * What it accepts, as the end of "expected ...".
     */
    const char *legal;
    /**
     * One sentence on what it does.
     */
    const char *help;
    /**
     * The value it has if nobody sets it and no preset or tune does.
     */
    const char *default_value;
} RivusOption;

/**
 * Takes a message of a `RivusLogLevel`. It is called on the thread that called the library, while that call lasts, and may
 * call the library itself. The text is gone afterwards. It must return; an exception must not leave it.
 */
typedef void (*RivusLogCallback)(void *opaque, int32_t level, const char *message);

/**
 * What a decoder has done since the beginning or the last reset.
 */
typedef struct RivusDecoderStatistics {
    /**
     * `sizeof(RivusDecoderStatistics)`, set by the caller.
     */
    size_t size;
    /**
     * NAL units received.
     */
    uint64_t nal_units;
    /**
     * Pictures decoded, concealed ones included.
     */
    uint64_t decoded_pictures;
    /**
     * Pictures handed out.
     */
    uint64_t output_pictures;
    /**
     * Pictures of which a part was concealed.
     */
    uint64_t concealed_pictures;
    /**
     * Coding tree units that were concealed.
     */
    uint64_t concealed_ctus;
    /**
     * Pictures that could not be decoded, such as those before the first keyframe, or were to be skipped.
     */
    uint64_t skipped_pictures;
    /**
     * Reference pictures that were missing and replaced.
     */
    uint64_t missing_references;
    /**
     * Reports about damage.
     */
    uint64_t issues;
    /**
     * Pictures whose hash matches, with the option `verify-hash`.
     */
    uint64_t hash_matches;
    /**
     * Pictures whose hash does not match, with the option `verify-hash`.
     */
    uint64_t hash_mismatches;
    /**
     * Bytes of pictures, those handed out included: what the option `max-picture-memory` limits.
     */
    uint64_t picture_memory;
} RivusDecoderStatistics;

/**
 * What containers and programs want to know of a stream before its first packet.
 */
typedef struct RivusEncoderInfo {
    /**
     * `sizeof(RivusEncoderInfo)`, set by the caller.
     */
    size_t size;
    /**
     * general_profile_idc (annex A): 1 Main, 2 Main 10.
     */
    uint32_t profile;
    /**
     * general_tier_flag: 1 for the High tier, else 0.
     */
    int32_t high_tier;
    /**
     * general_level_idc: 30 times the level, such as 93 for level 3.1.
     */
    uint32_t level;
    /**
     * sps_max_num_reorder_pics: most pictures that precede one in decoding order and follow it in output order, 0..=4. With an
     * even pace of pictures the `dts` of the first packet is this many pictures before the `pts` of the first picture.
     */
    uint32_t reorder_pictures;
    /**
     * Most pictures that are sent after a picture before its packet can be received.
     */
    uint32_t delay;
    /**
     * Bits per sample of the stream: 8 or 10.
     */
    uint32_t bit_depth;
} RivusEncoderInfo;

/**
 * An SEI message (annex D of H.265). This struct never changes.
 */
typedef struct RivusSei {
    /**
     * payloadType: 4 for user data registered by ITU-T T.35, such as captions; 5 for unregistered user data, which begins with
     * a UUID of 16 bytes.
     */
    uint32_t payload_type;
    /**
     * 0.
     */
    uint32_t reserved;
    /**
     * The payload, without emulation prevention.
     */
    const uint8_t *data;
    /**
     * Bytes in it.
     */
    size_t data_size;
} RivusSei;

/**
 * Mastering display colour volume (D.3.28). This struct never changes.
 */
typedef struct RivusMasteringDisplay {
    /**
     * Chromaticity (x, y) of green, blue and red, in units of 0.00002.
     */
    uint16_t primaries[3][2];
    /**
     * Chromaticity (x, y) of the white point, in units of 0.00002.
     */
    uint16_t white_point[2];
    /**
     * Highest luminance in units of 0.0001 cd/m2.
     */
    uint32_t max_luminance;
    /**
     * Lowest luminance in units of 0.0001 cd/m2.
     */
    uint32_t min_luminance;
} RivusMasteringDisplay;

/**
 * Content light level (D.3.35), in cd/m2. This struct never changes.
 */
typedef struct RivusContentLight {
    /**
     * max_content_light_level.
     */
    uint16_t max_content;
    /**
     * max_pic_average_light_level.
     */
    uint16_t max_average;
} RivusContentLight;

/**
 * Says that a picture's planes are not needed any more.
 */
typedef void (*RivusReleaseCallback)(void *opaque);

/**
 * A 4:2:0 picture for an encoder. Set all bytes to 0, then `size` and what is needed: `planes`, `strides`, `width`, `height`,
 * `bit_depth` and `pts`.
 *
 * `rivus_encoder_send` borrows the planes until it calls `release`, or until it returns if `release` is null; it copies
 * everything else before it returns.
 */
typedef struct RivusPicture {
    /**
     * `sizeof(RivusPicture)`.
     */
    size_t size;
    /**
     * First sample of Y, Cb and Cr. Chroma planes have half the width and height, rounded up.
     */
    const void *planes[3];
    /**
     * Bytes from the beginning of a row to that of the next, not less than a row has. Less than 0 if rows follow one another
     * upwards in memory, as in images that are stored bottom-up; `planes` points to the upper row of the picture all the same.
     */
    ptrdiff_t strides[3];
    /**
     * Width in luma samples.
     */
    uint32_t width;
    /**
     * Height in luma samples.
     */
    uint32_t height;
    /**
     * Bits per sample, 8..=16. Samples of more than 8 bits are in the low bits of 16, in the byte order of the machine.
     */
    uint32_t bit_depth;
    /**
     * Bytes per sample: 1, 2, or 0 for as many as `bit_depth` needs.
     */
    uint32_t sample_bytes;
    /**
     * Presentation time in a unit of the caller's, the same for all pictures; it rises from picture to picture.
     */
    int64_t pts;
    /**
     * What the picture is to become: a `RivusPictureType`. `RIVUS_PICTURE_TYPE_IDR` forces a keyframe.
     */
    int32_t picture_type;
    /**
     * Columns of `qp_offsets`: width / 16, rounded up.
     */
    uint32_t qp_offset_columns;
    /**
     * Rows of `qp_offsets`: height / 16, rounded up.
     */
    uint32_t qp_offset_rows;
    /**
     * Number of messages at `sei`.
     */
    uint32_t sei_count;
    /**
     * Region of interest: QP of each block of 16x16 luma samples relative to what it would have otherwise, -51..=51, row by
     * row; negative is better. Null for none. Where QP does not vary otherwise, the option `roi` must be set.
     */
    const float *qp_offsets;
    /**
     * SEI messages for the picture's access unit, 262144 bytes at most; null for none.
     */
    const struct RivusSei *sei;
    /**
     * Mastering display from this picture on, or null. It is written with the next keyframe, this picture included.
     */
    const struct RivusMasteringDisplay *mastering_display;
    /**
     * Content light level from this picture on, or null; as `mastering_display`.
     */
    const struct RivusContentLight *content_light;
    /**
     * Called once, with `opaque`, when the planes are not needed any more: before `rivus_encoder_send` returns, or later and on
     * any thread. Not called if that function fails. May be null.
     */
    RivusReleaseCallback release;
    /**
     * What `release` is called with.
     */
    void *opaque;
} RivusPicture;

/**
 * What an encoder has done so far.
 */
typedef struct RivusEncoderStatistics {
    /**
     * `sizeof(RivusEncoderStatistics)`, set by the caller.
     */
    size_t size;
    /**
     * Pictures taken.
     */
    uint64_t pictures_in;
    /**
     * Packets made.
     */
    uint64_t packets_out;
    /**
     * Bytes in them.
     */
    uint64_t bytes;
    /**
     * Keyframes among them.
     */
    uint64_t keyframes;
    /**
     * Intra pictures, keyframes included.
     */
    uint64_t i_pictures;
    /**
     * P pictures.
     */
    uint64_t p_pictures;
    /**
     * B pictures.
     */
    uint64_t b_pictures;
    /**
     * Pictures that were coded again because they did not fit the decoder's buffer.
     */
    uint64_t recoded;
    /**
     * Mean QP of all blocks; 0 without pictures.
     */
    double mean_qp;
} RivusEncoderStatistics;

/**
 * What a frame holds.
 */
typedef struct RivusFrameInfo {
    /**
     * `sizeof(RivusFrameInfo)`, set by the caller.
     */
    size_t size;
    /**
     * First sample of each plane (Y, Cb, Cr), after cropping; they belong to the frame. Null beyond `plane_count`.
     */
    const void *planes[3];
    /**
     * Bytes from the beginning of a row to that of the next.
     */
    ptrdiff_t strides[3];
    /**
     * Width in luma samples, after cropping.
     */
    uint32_t width;
    /**
     * Height in luma samples, after cropping.
     */
    uint32_t height;
    /**
     * chroma_format_idc: 0 for 4:0:0, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4.
     */
    uint32_t chroma_format;
    /**
     * Planes: 1 without chroma, else 3.
     */
    uint32_t plane_count;
    /**
     * Bytes per sample: 1 or 2, the same for all planes; of two, the samples are in the low bits, in the byte order of the machine.
     */
    uint32_t sample_bytes;
    /**
     * Bits per luma sample, 8..=16.
     */
    uint32_t bit_depth_luma;
    /**
     * Bits per chroma sample, 8..=16.
     */
    uint32_t bit_depth_chroma;
    /**
     * The most general type of its slices: `RIVUS_PICTURE_TYPE_I`, `_P` or `_B`.
     */
    int32_t picture_type;
    /**
     * Presentation time that came with the access unit, or `RIVUS_NO_PTS`.
     */
    int64_t pts;
    /**
     * Number of the picture in decoding order, from 0.
     */
    uint64_t decode_number;
    /**
     * PicOrderCntVal.
     */
    int32_t poc;
    /**
     * 1 if decoding can begin here, else 0.
     */
    int32_t is_keyframe;
    /**
     * TemporalId, 0..=6.
     */
    uint32_t temporal_id;
    /**
     * A `RivusScan`.
     */
    int32_t scan;
    /**
     * colour_primaries (table E.3); 2 is unspecified.
     */
    uint32_t colour_primaries;
    /**
     * transfer_characteristics (table E.4); 2 is unspecified.
     */
    uint32_t transfer_characteristics;
    /**
     * matrix_coeffs (table E.5); 2 is unspecified.
     */
    uint32_t matrix_coefficients;
    /**
     * video_full_range_flag.
     */
    uint32_t full_range;
    /**
     * chroma_sample_loc_type_top_field (figure E.1), or -1.
     */
    int32_t chroma_location;
    /**
     * Width of a sample relative to `sar_height`; 0 if unspecified.
     */
    uint32_t sar_width;
    /**
     * Height of a sample relative to `sar_width`; 0 if unspecified.
     */
    uint32_t sar_height;
    /**
     * Pictures per second, times `rate_denominator`; 0 if unspecified.
     */
    uint32_t rate_numerator;
    /**
     * See `rate_numerator`.
     */
    uint32_t rate_denominator;
    /**
     * 1 if `mastering_display` is known, else 0.
     */
    int32_t has_mastering_display;
    /**
     * 1 if `content_light` is known, else 0.
     */
    int32_t has_content_light;
    /**
     * Mastering display colour volume.
     */
    struct RivusMasteringDisplay mastering_display;
    /**
     * Content light level.
     */
    struct RivusContentLight content_light;
    /**
     * How long the picture is shown, in fields (table D.2): 2 is a frame; 0 if unspecified.
     */
    uint32_t display_fields;
    /**
     * 1 if the picture repeats the one before it in output order, else 0.
     */
    int32_t is_duplicate;
    /**
     * general_profile_idc of the stream (annex A): 1 Main, 2 Main 10, 3 Main Still Picture, 4 range extensions, and so on.
     */
    uint32_t profile;
    /**
     * general_tier_flag of the stream: 1 for the High tier, else 0.
     */
    int32_t high_tier;
    /**
     * general_level_idc of the stream: 30 times the level, such as 93 for level 3.1.
     */
    uint32_t level;
    /**
     * sps_max_num_reorder_pics of the stream: most pictures that precede one in decoding order and follow it in output order,
     * 0..=15.
     */
    uint32_t reorder_pictures;
    /**
     * Coding tree units of this picture that could not be decoded, because data was damaged or lost, and were made up.
     */
    uint32_t concealed_ctus;
    /**
     * Reference pictures of this picture that were missing, for which others stood in. Together with `concealed_ctus` this says
     * whether damage begins here; pictures that refer to this one show it, too, until the next keyframe.
     */
    uint32_t missing_references;
    /**
     * 1 if decoding began at a recovery point and this picture precedes it, so that it may be wrong, else 0. Such pictures come
     * out with the option `output-recovering` only.
     */
    int32_t is_recovering;
    /**
     * 0.
     */
    uint32_t reserved;
} RivusFrameInfo;

/**
 * What a packet holds.
 */
typedef struct RivusPacketInfo {
    /**
     * `sizeof(RivusPacketInfo)`, set by the caller.
     */
    size_t size;
    /**
     * The access unit as an Annex B byte stream; it belongs to the packet.
     */
    const uint8_t *data;
    /**
     * Bytes in it.
     */
    size_t data_size;
    /**
     * Presentation time, as given with the picture.
     */
    int64_t pts;
    /**
     * Decoding time in the same unit: rising from packet to packet and never above `pts`, so that the first ones may be below
     * the `pts` of the first picture.
     */
    int64_t dts;
    /**
     * A `RivusPictureType`.
     */
    int32_t picture_type;
    /**
     * 1 if decoding can begin here, else 0.
     */
    int32_t is_keyframe;
    /**
     * 1 if no later picture refers to this one, else 0.
     */
    int32_t is_disposable;
    /**
     * PicOrderCntVal: place in output order since the last IDR picture.
     */
    int32_t poc;
    /**
     * TemporalId.
     */
    uint32_t temporal_id;
    /**
     * Layer of the hierarchy, 0 for key pictures.
     */
    uint32_t layer;
    /**
     * QP of the slice.
     */
    int32_t slice_qp;
    /**
     * 1 if there is a reconstruction, else 0.
     */
    int32_t has_reconstruction;
    /**
     * Mean QP of the blocks.
     */
    double mean_qp;
    /**
     * Part of the picture that is intra, 0..=1.
     */
    double intra_share;
    /**
     * Part of the picture that is inter, but not skipped.
     */
    double inter_share;
    /**
     * Part of the picture that is skipped.
     */
    double skip_share;
} RivusPacketInfo;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Version of the library that is linked, such as "0.1.0". The text is constant.
 */
const char *rivus_version(void);

/**
 * Version of the library that is linked as a number: major * 65536 + minor * 256 + patch.
 */
uint32_t rivus_version_number(void);

/**
 * Makes a configuration with default values for pictures of this size, and writes it to `*config`. With 0 and 0 the size is
 * left to the option `input-res`. `*config` is null after an error.
 */
RivusStatus rivus_config_create(uint32_t width,
                                uint32_t height,
                                struct RivusConfig **config);

/**
 * Sets an option. Underscores in names count as hyphens, and `no-` before the name of a flag sets it to 0. After an error the
 * configuration is as before, and `rivus_config_error` says which option or value is wrong and what would be right.
 */
RivusStatus rivus_config_set(struct RivusConfig *config,
                             const char *name,
                             const char *value);

/**
 * The value an option has, be it set, from a preset or by default; null if there is no such option. The text belongs to the
 * configuration and lives until the next call of this function for it.
 */
const char *rivus_config_get(struct RivusConfig *config,
                             const char *name);

/**
 * Describes option number `index`, from 0, in the order help should list them. `RIVUS_STATUS_END` after the last one.
 */
RivusStatus rivus_config_option(struct RivusConfig *config,
                                size_t index,
                                struct RivusOption *option);

/**
 * Has messages of this configuration, and of encoders that are made of it afterwards, given to `callback` with `opaque`. Both
 * must be good for every thread that uses them. Null ends it.
 */
RivusStatus rivus_config_set_log(struct RivusConfig *config,
                                 RivusLogCallback callback,
                                 void *opaque);

/**
 * What was wrong in the last call that failed, `rivus_encoder_create` included; empty before the first one. The text belongs to
 * the configuration and lives until its next failure.
 */
const char *rivus_config_error(const struct RivusConfig *config);

/**
 * Destroys `*config` and makes it null. Null, or a pointer to null, is ignored. Encoders made of it stay.
 */
void rivus_config_destroy(struct RivusConfig **config);

/**
 * Makes a decoder and writes it to `*decoder`. `config` stays the caller's; with null everything is as by default. After an
 * error `*decoder` is null, and `rivus_decoder_config_error` says what is wrong with the configuration.
 */
RivusStatus rivus_decoder_create(struct RivusDecoderConfig *config,
                                 struct RivusDecoder **decoder);

/**
 * Gives the decoder the next bytes of an Annex B byte stream, cut anywhere. `pts`, or `RIVUS_NO_PTS`, belongs to the first
 * access unit that begins in them. The bytes are copied.
 */
RivusStatus rivus_decoder_send_data(struct RivusDecoder *decoder,
                                    const uint8_t *data,
                                    size_t size,
                                    int64_t pts);

/**
 * Gives the decoder one NAL unit: header and payload, with emulation prevention, without start code. `pts`, or `RIVUS_NO_PTS`,
 * belongs to its access unit. The bytes are copied.
 */
RivusStatus rivus_decoder_send_nal(struct RivusDecoder *decoder,
                                   const uint8_t *data,
                                   size_t size,
                                   int64_t pts);

/**
 * Gives the decoder a whole access unit as an Annex B byte stream, to be decoded without waiting for the next one. `pts` may be
 * `RIVUS_NO_PTS`. The bytes are copied.
 */
RivusStatus rivus_decoder_send_access_unit(struct RivusDecoder *decoder,
                                           const uint8_t *data,
                                           size_t size,
                                           int64_t pts);

/**
 * Says that the stream ends here: receive until `RIVUS_STATUS_END` afterwards. What is sent then begins a new stream.
 */
RivusStatus rivus_decoder_flush(struct RivusDecoder *decoder);

/**
 * Prepares for a jump to another place of the stream: drops what was sent and is not decoded, and all frames that were not
 * received. Parameter sets and counts stay. Frames come from the next keyframe on.
 */
RivusStatus rivus_decoder_seek(struct RivusDecoder *decoder);

/**
 * Forgets the stream, pictures, parameter sets and counts, for another one.
 */
RivusStatus rivus_decoder_reset(struct RivusDecoder *decoder);

/**
 * Writes the next picture in output order to `*frame`, to be destroyed by the caller. `*frame` is null if the result is anything
 * but `RIVUS_STATUS_OK`: `RIVUS_STATUS_AGAIN` if more data is needed, `RIVUS_STATUS_END` if, after a flush, all frames are out.
 * After `RIVUS_STATUS_ERROR_UNSUPPORTED` and `RIVUS_STATUS_ERROR_LIMIT` a part of the stream is skipped; go on receiving.
 */
RivusStatus rivus_decoder_receive(struct RivusDecoder *decoder,
                                  struct RivusFrame **frame);

/**
 * Writes what the decoder has done to `*statistics`.
 */
RivusStatus rivus_decoder_statistics(struct RivusDecoder *decoder, struct RivusDecoderStatistics *statistics);

/**
 * What was wrong in the last call that failed; empty before the first one. The text belongs to the decoder and lives until its
 * next failure.
 */
const char *rivus_decoder_error(const struct RivusDecoder *decoder);

/**
 * Destroys `*decoder` and makes it null. Frames stay. Null, or a pointer to null, is ignored.
 */
void rivus_decoder_destroy(struct RivusDecoder **decoder);

/**
 * Makes a configuration with default values and writes it to `*config`, which is null after an error.
 */
RivusStatus rivus_decoder_config_create(struct RivusDecoderConfig **config);

/**
 * Sets an option. Underscores in names count as hyphens. After an error the configuration is as
 * before, and `rivus_decoder_config_error` says which option or value is wrong and what would be right.
 */
RivusStatus rivus_decoder_config_set(struct RivusDecoderConfig *config, const char *name, const char *value);

/**
 * The value an option has; null if there is no such option. The text belongs to the configuration and lives until the next
 * call of this function for it.
 */
const char *rivus_decoder_config_get(struct RivusDecoderConfig *config,
                                     const char *name);

/**
 * Describes option number `index`, from 0, in the order help should list them. `RIVUS_STATUS_END` after the last one.
 */
RivusStatus rivus_decoder_config_option(struct RivusDecoderConfig *config,
                                        size_t index,
                                        struct RivusOption *option);

/**
 * Has messages of this configuration, and of decoders that are made of it afterwards, given to `callback` with `opaque`:
 * among them warnings about damage in the stream. Both must be good for every thread that uses them. Null ends it.
 */
RivusStatus rivus_decoder_config_set_log(struct RivusDecoderConfig *config,
                                         RivusLogCallback callback,
                                         void *opaque);

/**
 * What was wrong in the last call that failed, `rivus_decoder_create` included; empty before the first one. The text belongs to
 * the configuration and lives until its next failure.
 */
const char *rivus_decoder_config_error(const struct RivusDecoderConfig *config);

/**
 * Destroys `*config` and makes it null. Null, or a pointer to null, is ignored. Decoders made of it stay.
 */
void rivus_decoder_config_destroy(struct RivusDecoderConfig **config);

/**
 * Makes an encoder for this configuration, which stays the caller's, and writes it to `*encoder`. After an error `*encoder` is
 * null, and `rivus_config_error` says what is wrong with the configuration.
 */
RivusStatus rivus_encoder_create(struct RivusConfig *config,
                                 struct RivusEncoder **encoder);

/**
 * VPS, SPS and PPS as an Annex B byte stream, for containers that hold them apart from packets. The bytes belong to the encoder
 * and live as long as it does.
 */
RivusStatus rivus_encoder_headers(const struct RivusEncoder *encoder,
                                  const uint8_t **data,
                                  size_t *size);

/**
 * Writes to `*info` what is known of the stream from the beginning; it never changes.
 */
RivusStatus rivus_encoder_info(struct RivusEncoder *encoder, struct RivusEncoderInfo *info);

/**
 * Gives the encoder the next picture in display order. If this fails the picture is not taken, `release` is not called, and the
 * encoder goes on without it.
 */
RivusStatus rivus_encoder_send(struct RivusEncoder *encoder,
                               const struct RivusPicture *picture);

/**
 * Says that there are no more pictures. Receive until `RIVUS_STATUS_END` afterwards. Doing it again does nothing.
 */
RivusStatus rivus_encoder_flush(struct RivusEncoder *encoder);

/**
 * Codes the next picture and writes its packet to `*packet`, to be destroyed by the caller. `*packet` is null if the result is
 * anything but `RIVUS_STATUS_OK`: `RIVUS_STATUS_AGAIN` if more pictures are needed, `RIVUS_STATUS_END` if, after a flush, all
 * packets are out.
 */
RivusStatus rivus_encoder_receive(struct RivusEncoder *encoder,
                                  struct RivusPacket **packet);

/**
 * Changes an option while pictures are coded: `bitrate`, `crf` or `qp`, whichever the encoder began with, from the next
 * mini-GOP on that is not begun; `vbv-maxrate` and `vbv-bufsize`, to at most what the encoder began with. After an error
 * everything is as before.
 */
RivusStatus rivus_encoder_set(struct RivusEncoder *encoder,
                              const char *name,
                              const char *value);

/**
 * Writes what the encoder has done so far to `*statistics`.
 */
RivusStatus rivus_encoder_statistics(struct RivusEncoder *encoder, struct RivusEncoderStatistics *statistics);

/**
 * What was wrong in the last call that failed; empty before the first one. The text belongs to the encoder and lives until its
 * next failure.
 */
const char *rivus_encoder_error(const struct RivusEncoder *encoder);

/**
 * Destroys `*encoder`, with pictures that are not coded, and makes it null. Null, or a pointer to null, is ignored.
 */
void rivus_encoder_destroy(struct RivusEncoder **encoder);

/**
 * A constant text for a status; "unknown status" for a number that is none.
 */
const char *rivus_strerror(int32_t status);

/**
 * Writes what the frame holds to `*info`.
 */
RivusStatus rivus_frame_info(const struct RivusFrame *frame, struct RivusFrameInfo *info);

/**
 * Writes SEI message number `index`, from 0, of those that came with the picture to `*sei`: user data registered by ITU-T T.35,
 * unregistered user data, then others that `RivusFrameInfo` does not tell of. The bytes belong to the frame handle.
 * `RIVUS_STATUS_END` after the last one.
 */
RivusStatus rivus_frame_sei(const struct RivusFrame *frame,
                            size_t index,
                            struct RivusSei *sei);

/**
 * Writes another handle of the same frame to `*copy`; the samples are shared, and live until the last handle is destroyed.
 * `*copy` is null after an error.
 */
RivusStatus rivus_frame_share(const struct RivusFrame *frame,
                              struct RivusFrame **copy);

/**
 * Destroys `*frame` and makes it null. Null, or a pointer to null, is ignored.
 */
void rivus_frame_destroy(struct RivusFrame **frame);

/**
 * Writes what the packet holds to `*info`.
 */
RivusStatus rivus_packet_info(const struct RivusPacket *packet, struct RivusPacketInfo *info);

/**
 * Writes the picture that decoders will show to `*frame`, to be destroyed by the caller. `RIVUS_STATUS_ERROR_ORDER` if the
 * option `recon` was not set. `*frame` is null after an error.
 */
RivusStatus rivus_packet_reconstruction(const struct RivusPacket *packet,
                                        struct RivusFrame **frame);

/**
 * Destroys `*packet` and makes it null. Null, or a pointer to null, is ignored.
 */
void rivus_packet_destroy(struct RivusPacket **packet);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* RIVUS_H */
