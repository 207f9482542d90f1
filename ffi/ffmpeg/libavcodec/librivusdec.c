/*
 * HEVC decoder by way of the Rivus library.
 *
 * Copyright (c) 2026 The Rivus developers
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Packets go in as access units, numbered; each frame says which number it came with, and gets the properties of that packet.
 * Frames are not copied: their buffers hold the library's picture until the last reference is gone.
 */

#include <stdio.h>

#include "librivus.h"

#include "libavutil/buffer.h"
#include "libavutil/dict.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mastering_display_metadata.h"
#include "libavutil/mem.h"
#include "libavutil/opt.h"

#include "atsc_a53.h"
#include "avcodec.h"
#include "codec_internal.h"
#include "decode.h"
#include "internal.h"

/* Packets whose properties are kept, a power of two: more than a decoder ever has between input and output. */
#define KEPT_PACKETS 256

/* What precedes captions in a message registered by ITU-T T.35: country, provider, identifier. */
static const uint8_t CAPTIONS[] = { 0xB5, 0x00, 0x31, 'G', 'A', '9', '4' };

typedef struct RivusDecContext {
    const AVClass *class;

    RivusDecoder *decoder;
    AVPacket *packet;
    /* Properties, without data, of the packet with number n at n % KEPT_PACKETS. */
    AVPacket *kept[KEPT_PACKETS];
    /* Number of the next packet. */
    int64_t sent;
    /* Number of the packet whose decoding time the next frame gets. */
    int64_t next_dts;
    /* A frame is out since the last packet went in. */
    int owes_packet;
    /* All packets are in. */
    int is_draining;

    AVDictionary *params;
} RivusDecContext;

/* ---- Configuration ---- */

static const char *skip_mode(const AVCodecContext *avctx)
{
    if (avctx->skip_frame >= AVDISCARD_NONKEY)
        return "nonkey";
    if (avctx->skip_frame >= AVDISCARD_NONINTRA)
        return "nonintra";
    return avctx->skip_frame >= AVDISCARD_NONREF ? "nonref" : "none";
}

static RivusStatus set_options(AVCodecContext *avctx, RivusDecoderConfig *config)
{
    const RivusDecContext *ctx = avctx->priv_data;
    const AVDictionaryEntry *entry = NULL;
    char threads[16];
    RivusStatus status;

    snprintf(threads, sizeof(threads), "%d", avctx->thread_count);
    status = rivus_decoder_config_set(config, "threads", threads);
    if (status >= 0 && !(avctx->thread_type & FF_THREAD_FRAME))
        status = rivus_decoder_config_set(config, "frames-in-flight", "1");
    if (status >= 0 && avctx->flags & AV_CODEC_FLAG_LOW_DELAY)
        status = rivus_decoder_config_set(config, "low-delay", "1");
    if (status >= 0 && avctx->flags & AV_CODEC_FLAG_OUTPUT_CORRUPT)
        status = rivus_decoder_config_set(config, "output-recovering", "1");
    if (status >= 0)
        status = rivus_decoder_config_set(config, "skip", skip_mode(avctx));
    while (status >= 0 && (entry = av_dict_get(ctx->params, "", entry, AV_DICT_IGNORE_SUFFIX)))
        status = rivus_decoder_config_set(config, entry->key, entry->value);
    return status;
}

/* Parameter sets that come as a byte stream; those in the form of MP4 come with packets, by the bitstream filter. */
static RivusStatus send_headers(RivusDecContext *ctx, const uint8_t *data, size_t size)
{
    int is_byte_stream = size > 4 && (AV_RB24(data) == 1 || AV_RB32(data) == 1);

    return is_byte_stream ? rivus_decoder_send_data(ctx->decoder, data, size, RIVUS_NO_PTS) : RIVUS_STATUS_OK;
}

static av_cold int rivus_decode_init(AVCodecContext *avctx)
{
    RivusDecContext *ctx = avctx->priv_data;
    RivusDecoderConfig *config = NULL;
    RivusStatus status;

    ctx->packet = av_packet_alloc();
    if (!ctx->packet)
        return AVERROR(ENOMEM);
    for (int i = 0; i < KEPT_PACKETS; i++) {
        ctx->kept[i] = av_packet_alloc();
        if (!ctx->kept[i])
            return AVERROR(ENOMEM);
    }
    status = rivus_decoder_config_create(&config);
    if (status >= 0)
        status = rivus_decoder_config_set_log(config, ff_rivus_log, avctx);
    if (status >= 0)
        status = set_options(avctx, config);
    if (status >= 0)
        status = rivus_decoder_create(config, &ctx->decoder);
    rivus_decoder_config_destroy(&config);
    if (status >= 0)
        status = send_headers(ctx, avctx->extradata, avctx->extradata_size);
    return status < 0 ? ff_rivus_error(status) : 0;
}

static av_cold int rivus_decode_close(AVCodecContext *avctx)
{
    RivusDecContext *ctx = avctx->priv_data;

    rivus_decoder_destroy(&ctx->decoder);
    av_packet_free(&ctx->packet);
    for (int i = 0; i < KEPT_PACKETS; i++)
        av_packet_free(&ctx->kept[i]);
    return 0;
}

static void rivus_decode_flush(AVCodecContext *avctx)
{
    RivusDecContext *ctx = avctx->priv_data;

    rivus_decoder_seek(ctx->decoder);
    ctx->next_dts = ctx->sent;
    ctx->owes_packet = ctx->is_draining = 0;
}

/* ---- Samples ---- */

static enum AVPixelFormat pixel_format(const RivusFrameInfo *info)
{
    static const enum AVPixelFormat formats[4][4] = {
        { AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY9, AV_PIX_FMT_GRAY10, AV_PIX_FMT_GRAY12 },
        { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P9, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV420P12 },
        { AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P9, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV422P12 },
        { AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P9, AV_PIX_FMT_YUV444P10, AV_PIX_FMT_YUV444P12 },
    };
    static const enum AVPixelFormat rgb[4] = {
        AV_PIX_FMT_GBRP, AV_PIX_FMT_GBRP9, AV_PIX_FMT_GBRP10, AV_PIX_FMT_GBRP12
    };
    static const int8_t columns[] = { [8] = 1, [9] = 2, [10] = 3, [12] = 4 };
    unsigned depth = info->bit_depth_luma;
    int column = depth < FF_ARRAY_ELEMS(columns) ? columns[depth] - 1 : -1;

    if (column < 0 || info->chroma_format > 3 || info->sample_bytes != (depth > 8 ? 2 : 1) ||
        (info->plane_count > 1 && info->bit_depth_chroma != depth))
        return AV_PIX_FMT_NONE;
    if (info->chroma_format == 3 && info->matrix_coefficients == AVCOL_SPC_RGB)
        return rgb[column];
    return formats[info->chroma_format][column];
}

static void free_picture(void *opaque, uint8_t *data)
{
    RivusFrame *picture = opaque;

    rivus_frame_destroy(&picture);
}

/* Lends the picture's planes to the frame: every plane holds a handle of its own. */
static int lend_planes(AVFrame *frame, const RivusFrame *picture, const RivusFrameInfo *info)
{
    for (unsigned i = 0; i < info->plane_count; i++) {
        int is_subsampled = i > 0 && info->chroma_format == 1;
        size_t rows = is_subsampled ? AV_CEIL_RSHIFT(info->height, 1) : info->height;
        RivusFrame *handle = NULL;
        RivusStatus status = rivus_frame_share(picture, &handle);

        if (status < 0)
            return ff_rivus_error(status);
        frame->data[i]     = (uint8_t *)info->planes[i];
        frame->linesize[i] = info->strides[i];
        frame->buf[i] = av_buffer_create(frame->data[i], rows * info->strides[i], free_picture, handle,
                                         AV_BUFFER_FLAG_READONLY);
        if (!frame->buf[i]) {
            rivus_frame_destroy(&handle);
            return AVERROR(ENOMEM);
        }
    }
    return 0;
}

/* ---- Properties ---- */

/* Takes over what the context says about all frames from this picture on. */
static int set_context(AVCodecContext *avctx, const RivusFrameInfo *info)
{
    enum AVPixelFormat format = pixel_format(info);
    int ret;

    if (format == AV_PIX_FMT_NONE) {
        av_log(avctx, AV_LOG_ERROR, "no pixel format for %u bits of luma and %u of chroma in chroma format %u\n",
               info->bit_depth_luma, info->bit_depth_chroma, info->chroma_format);
        return AVERROR_PATCHWELCOME;
    }
    avctx->pix_fmt      = format;
    avctx->profile      = info->profile;
    avctx->level        = info->level;
    avctx->has_b_frames = info->reorder_pictures;
    if (avctx->width != info->width || avctx->height != info->height) {
        ret = ff_set_dimensions(avctx, info->width, info->height);
        if (ret < 0)
            return ret;
    }
    if (info->sar_width && info->sar_height)
        ff_set_sar(avctx, av_make_q(info->sar_width, info->sar_height));
    avctx->color_range     = info->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    avctx->color_primaries = info->colour_primaries;
    avctx->color_trc       = info->transfer_characteristics;
    avctx->colorspace      = info->matrix_coefficients;
    /* Without a word about it, chroma is at the left (figure E.1). */
    avctx->chroma_sample_location = AVCHROMA_LOC_UNSPECIFIED;
    if (info->chroma_format == 1)
        avctx->chroma_sample_location = info->chroma_location < 0 ? AVCHROMA_LOC_LEFT : info->chroma_location + 1;
    if (info->rate_numerator && info->rate_denominator)
        av_reduce(&avctx->framerate.num, &avctx->framerate.den, info->rate_numerator, info->rate_denominator, INT_MAX);
    return 0;
}

static void set_kind(AVFrame *frame, const RivusFrameInfo *info)
{
    int is_interlaced = info->scan == RIVUS_SCAN_TOP_FIELD_FIRST || info->scan == RIVUS_SCAN_BOTTOM_FIELD_FIRST;
    int is_top_first = info->scan == RIVUS_SCAN_TOP_FIELD_FIRST;

    frame->pict_type = AV_PICTURE_TYPE_B;
    if (info->picture_type == RIVUS_PICTURE_TYPE_I)
        frame->pict_type = AV_PICTURE_TYPE_I;
    else if (info->picture_type == RIVUS_PICTURE_TYPE_P)
        frame->pict_type = AV_PICTURE_TYPE_P;
    frame->repeat_pict = info->display_fields > 2 ? info->display_fields - 2 : 0;
#if LIBAVUTIL_VERSION_MAJOR >= 59
    frame->flags |= info->is_keyframe ? AV_FRAME_FLAG_KEY : 0;
    frame->flags |= is_interlaced ? AV_FRAME_FLAG_INTERLACED : 0;
    frame->flags |= is_top_first ? AV_FRAME_FLAG_TOP_FIELD_FIRST : 0;
#else
    frame->key_frame        = info->is_keyframe;
    frame->interlaced_frame = is_interlaced;
    frame->top_field_first  = is_top_first;
#endif
}

/* Damage that begins with this picture. */
static void set_damage(AVFrame *frame, const RivusFrameInfo *info)
{
    if (info->concealed_ctus)
        frame->decode_error_flags |= FF_DECODE_ERROR_CONCEALMENT_ACTIVE;
    if (info->missing_references)
        frame->decode_error_flags |= FF_DECODE_ERROR_MISSING_REFERENCE;
    if (frame->decode_error_flags || info->is_recovering)
        frame->flags |= AV_FRAME_FLAG_CORRUPT;
}

/* HDR metadata of the stream, unless the container has some. The library has green, blue, red; libavutil wants red, green, blue. */
static int add_hdr(AVFrame *frame, const RivusFrameInfo *info)
{
    if (info->has_mastering_display && !av_frame_get_side_data(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA)) {
        const RivusMasteringDisplay *from = &info->mastering_display;
        AVMasteringDisplayMetadata *to = av_mastering_display_metadata_create_side_data(frame);

        if (!to)
            return AVERROR(ENOMEM);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 2; j++)
                to->display_primaries[(i + 1) % 3][j] = av_make_q(from->primaries[i][j], RIVUS_CHROMATICITY_UNITS);
        for (int j = 0; j < 2; j++)
            to->white_point[j] = av_make_q(from->white_point[j], RIVUS_CHROMATICITY_UNITS);
        to->max_luminance  = av_make_q(FFMIN(from->max_luminance, INT_MAX), RIVUS_LUMINANCE_UNITS);
        to->min_luminance  = av_make_q(FFMIN(from->min_luminance, INT_MAX), RIVUS_LUMINANCE_UNITS);
        to->has_primaries  = 1;
        to->has_luminance  = 1;
    }
    if (info->has_content_light && !av_frame_get_side_data(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)) {
        AVContentLightMetadata *to = av_content_light_metadata_create_side_data(frame);

        if (!to)
            return AVERROR(ENOMEM);
        to->MaxCLL  = info->content_light.max_content;
        to->MaxFALL = info->content_light.max_average;
    }
    return 0;
}

static int is_captions(const RivusSei *sei)
{
    return sei->payload_type == RIVUS_SEI_REGISTERED && sei->data_size > sizeof(CAPTIONS) && sei->data_size <= INT_MAX &&
           !memcmp(sei->data, CAPTIONS, sizeof(CAPTIONS));
}

/* Adds captions to those of earlier messages. Captions that make no sense are no reason to lose the picture. */
static int parse_captions(AVBufferRef **captions, const RivusSei *sei)
{
    size_t size = sei->data_size - sizeof(CAPTIONS);
    /* libavcodec's parser reads beyond the end. */
    uint8_t *padded = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    int ret;

    if (!padded)
        return AVERROR(ENOMEM);
    memcpy(padded, sei->data + sizeof(CAPTIONS), size);
    ret = ff_parse_a53_cc(captions, padded, size);
    av_free(padded);
    return ret == AVERROR(ENOMEM) ? ret : 0;
}

/* Captions and unregistered user data. */
static int add_sei(AVFrame *frame, const RivusFrame *picture)
{
    RivusSei sei;
    AVBufferRef *captions = NULL;
    int ret = 0;

    for (size_t i = 0; ret >= 0 && rivus_frame_sei(picture, i, &sei) == RIVUS_STATUS_OK; i++) {
        if (sei.payload_type == RIVUS_SEI_UNREGISTERED) {
            AVFrameSideData *data = av_frame_new_side_data(frame, AV_FRAME_DATA_SEI_UNREGISTERED, sei.data_size);

            if (data)
                memcpy(data->data, sei.data, sei.data_size);
            else
                ret = AVERROR(ENOMEM);
        } else if (is_captions(&sei)) {
            ret = parse_captions(&captions, &sei);
        }
    }
    if (captions && (ret < 0 || !av_frame_new_side_data_from_buf(frame, AV_FRAME_DATA_A53_CC, captions))) {
        av_buffer_unref(&captions);
        return ret < 0 ? ret : AVERROR(ENOMEM);
    }
    return ret;
}

/* Properties that the packet brought from its container. */
static int set_from_packet(AVCodecContext *avctx, AVFrame *frame, const AVPacket *packet)
{
#if LIBAVCODEC_VERSION_MAJOR >= 61
    return ff_decode_frame_props_from_pkt(avctx, frame, packet);
#else
    static const struct {
        enum AVPacketSideDataType from;
        enum AVFrameSideDataType to;
    } kinds[] = {
        { AV_PKT_DATA_DISPLAYMATRIX,              AV_FRAME_DATA_DISPLAYMATRIX },
        { AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA },
        { AV_PKT_DATA_CONTENT_LIGHT_LEVEL,        AV_FRAME_DATA_CONTENT_LIGHT_LEVEL },
        { AV_PKT_DATA_STEREO3D,                   AV_FRAME_DATA_STEREO3D },
        { AV_PKT_DATA_SPHERICAL,                  AV_FRAME_DATA_SPHERICAL },
        { AV_PKT_DATA_A53_CC,                     AV_FRAME_DATA_A53_CC },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(kinds); i++) {
        size_t size;
        const uint8_t *from = av_packet_get_side_data(packet, kinds[i].from, &size);
        AVFrameSideData *to = from ? av_frame_new_side_data(frame, kinds[i].to, size) : NULL;

        if (from && !to)
            return AVERROR(ENOMEM);
        if (to)
            memcpy(to->data, from, size);
    }
    frame->pts          = packet->pts;
    frame->pkt_pos      = packet->pos;
    frame->pkt_duration = packet->duration;
    if (packet->flags & AV_PKT_FLAG_DISCARD)
        frame->flags |= AV_FRAME_FLAG_DISCARD;
    return 0;
#endif
}

/* Times and the like. Presentation times follow the picture; decoding times come out in the order in which they went in, so that
 * they can stand in for presentation times where a container has none. */
static int set_times(AVCodecContext *avctx, AVFrame *frame, const RivusFrameInfo *info)
{
    RivusDecContext *ctx = avctx->priv_data;
    int64_t oldest = FFMAX(ctx->sent - KEPT_PACKETS, 0);

    ctx->next_dts = FFMAX(ctx->next_dts, oldest);
    frame->pkt_dts = AV_NOPTS_VALUE;
    if (ctx->next_dts < ctx->sent)
        frame->pkt_dts = ctx->kept[ctx->next_dts++ % KEPT_PACKETS]->dts;
    if (info->pts < oldest || info->pts >= ctx->sent)
        return 0;
    return set_from_packet(avctx, frame, ctx->kept[info->pts % KEPT_PACKETS]);
}

static int export_frame(AVCodecContext *avctx, const RivusFrame *picture, AVFrame *frame)
{
    RivusFrameInfo info = { .size = sizeof(info) };
    RivusStatus status = rivus_frame_info(picture, &info);
    int ret;

    if (status < 0)
        return ff_rivus_error(status);
    ret = set_context(avctx, &info);
    if (ret < 0)
        return ret;
    frame->format = avctx->pix_fmt;
    frame->width  = avctx->width;
    frame->height = avctx->height;
    ret = ff_decode_frame_props(avctx, frame);
    if (ret >= 0)
        ret = set_times(avctx, frame, &info);
    if (ret >= 0)
        ret = add_hdr(frame, &info);
    if (ret >= 0)
        ret = add_sei(frame, picture);
    if (ret >= 0)
        ret = lend_planes(frame, picture, &info);
    set_kind(frame, &info);
    set_damage(frame, &info);
    return ret;
}

/* ---- Flow ---- */

static RivusStatus send_packet(AVCodecContext *avctx)
{
    RivusDecContext *ctx = avctx->priv_data;
    size_t size;
    const uint8_t *headers = av_packet_get_side_data(ctx->packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    RivusStatus status = headers ? send_headers(ctx, headers, size) : RIVUS_STATUS_OK;

    if (status < 0)
        return status;
    if (avctx->flags2 & AV_CODEC_FLAG2_CHUNKS)
        return rivus_decoder_send_data(ctx->decoder, ctx->packet->data, ctx->packet->size, ctx->sent);
    return rivus_decoder_send_access_unit(ctx->decoder, ctx->packet->data, ctx->packet->size, ctx->sent);
}

/* Gives the decoder the next packet of the queue, or the end of it, and keeps the packet's properties. */
static int take_packet(AVCodecContext *avctx)
{
    RivusDecContext *ctx = avctx->priv_data;
    AVPacket *kept = ctx->kept[ctx->sent % KEPT_PACKETS];
    RivusStatus status;
    int ret = ff_decode_get_packet(avctx, ctx->packet);

    if (ret == AVERROR_EOF) {
        ctx->is_draining = 1;
        status = rivus_decoder_flush(ctx->decoder);
        return status < 0 ? ff_rivus_error(status) : 0;
    }
    if (ret < 0)
        return ret;
    ctx->owes_packet = 0;
    status = send_packet(avctx);
    av_packet_unref(kept);
    ret = av_packet_copy_props(kept, ctx->packet);
    av_packet_unref(ctx->packet);
    ctx->sent++;
    return status < 0 ? ff_rivus_error(status) : ret;
}

/* A keyframe sets several frames free at once. They go out one for each packet, unless delay is not wanted: programs take frames
 * that run far ahead of packets for a jump in the timestamps. */
static int rivus_receive_frame(AVCodecContext *avctx, AVFrame *frame)
{
    RivusDecContext *ctx = avctx->priv_data;
    RivusFrame *picture = NULL;
    RivusStatus status;
    int ret;

    if (ctx->owes_packet && !ctx->is_draining && !(avctx->flags & AV_CODEC_FLAG_LOW_DELAY)) {
        ret = take_packet(avctx);
        if (ret < 0)
            return ret;
    }
    while ((status = rivus_decoder_receive(ctx->decoder, &picture)) == RIVUS_STATUS_AGAIN) {
        ret = take_packet(avctx);
        if (ret < 0)
            return ret;
    }
    if (status == RIVUS_STATUS_END)
        return AVERROR_EOF;
    if (status < 0)
        return ff_rivus_error(status);
    ctx->owes_packet = 1;
    ret = export_frame(avctx, picture, frame);
    rivus_frame_destroy(&picture);
    if (ret < 0)
        av_frame_unref(frame);
    return ret;
}

/* ---- Description ---- */

#define OFFSET(x) offsetof(RivusDecContext, x)
#define VD AV_OPT_FLAG_VIDEO_PARAM | AV_OPT_FLAG_DECODING_PARAM
static const AVOption options[] = {
    { "rivus-params", "Any options of the library, as name=value:name=value", OFFSET(params), AV_OPT_TYPE_DICT, { 0 }, 0, 0, VD },
    { NULL }
};

static const AVClass rivus_decoder_class = {
    .class_name = "librivus_hevc",
    .item_name  = av_default_item_name,
    .option     = options,
    .version    = LIBAVUTIL_VERSION_INT,
};

const FFCodec ff_librivus_hevc_decoder = {
    .p.name           = "librivus_hevc",
    .p.long_name      = "Rivus H.265 / HEVC",
    .p.type           = AVMEDIA_TYPE_VIDEO,
    .p.id             = AV_CODEC_ID_HEVC,
    .p.capabilities   = AV_CODEC_CAP_DELAY | AV_CODEC_CAP_OTHER_THREADS,
    .p.priv_class     = &rivus_decoder_class,
    .p.wrapper_name   = "librivus",
    .priv_data_size   = sizeof(RivusDecContext),
    .init             = rivus_decode_init,
    FF_CODEC_RECEIVE_FRAME_CB(rivus_receive_frame),
    .flush            = rivus_decode_flush,
    .close            = rivus_decode_close,
    .bsfs             = "hevc_mp4toannexb",
#ifdef FF_CODEC_CAP_INIT_THREADSAFE
    .caps_internal    = FF_CODEC_CAP_INIT_THREADSAFE | FF_CODEC_CAP_INIT_CLEANUP | FF_CODEC_CAP_AUTO_THREADS |
                        FF_CODEC_CAP_SETS_FRAME_PROPS | FF_CODEC_CAP_SETS_PKT_DTS,
#else
    .caps_internal    = FF_CODEC_CAP_INIT_CLEANUP | FF_CODEC_CAP_AUTO_THREADS |
                        FF_CODEC_CAP_SETS_FRAME_PROPS | FF_CODEC_CAP_SETS_PKT_DTS,
#endif
};
