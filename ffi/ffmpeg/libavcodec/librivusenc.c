/*
 * HEVC encoder by way of the Rivus library.
 *
 * Copyright (c) 2026 The Rivus developers
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Options of libavcodec become options of the library, all as text, so that the library alone says what is legal.
 */

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "librivus.h"

#include "libavutil/common.h"
#include "libavutil/dict.h"
#include "libavutil/mastering_display_metadata.h"
#include "libavutil/mem.h"
#include "libavutil/opt.h"
#include "libavutil/pixdesc.h"

#include "atsc_a53.h"
#include "avcodec.h"
#include "codec_internal.h"
#include "encode.h"
#include "internal.h"
#include "packet_internal.h"

/* Side of a block that has a QP offset. */
#define QP_BLOCK 16
/* Largest QP: what a quality offset of 1 stands for. */
#define QP_MAX 51
/* Units of level numbers: level 4.1 is 123. */
#define LEVEL_UNITS 30

typedef struct RivusEncContext {
    const AVClass *class;

    RivusEncoder *encoder;
    /* The frame that goes to the encoder next. */
    AVFrame *frame;
    float *qp_offsets;

    /* Options. */
    char *preset;
    char *tune;
    float crf;
    int qp;
    int forced_idr;
    int a53_cc;
    int udu_sei;
    AVDictionary *params;
} RivusEncContext;

/* What comes with one frame besides samples; lives until the library has copied it. */
typedef struct Extras {
    RivusSei *sei;
    void *captions;
    RivusMasteringDisplay display;
    RivusContentLight light;
} Extras;

/* ---- Configuration ---- */

static int set(RivusConfig *config, const char *name, const char *format, ...) av_printf_format(3, 4);

/* Sets an option of the library to the formatted text. */
static int set(RivusConfig *config, const char *name, const char *format, ...)
{
    char value[64];
    va_list arguments;
    RivusStatus status;

    va_start(arguments, format);
    vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    status = rivus_config_set(config, name, value);
    return status < 0 ? ff_rivus_error(status) : 0;
}

/* Size, rate, depth and what else describes the pictures. */
static int set_pictures(AVCodecContext *avctx, RivusConfig *config)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(avctx->pix_fmt);
    AVRational rate = avctx->framerate, sar = avctx->sample_aspect_ratio;
    int ret = set(config, "output-depth", "%d", desc->comp[0].depth);

    if (rate.num <= 0 || rate.den <= 0)
        rate = av_inv_q(avctx->time_base);
    /* A time base finer than any frame rate, as of a stream whose rate varies, says nothing. */
    if (ret >= 0 && av_cmp_q(rate, av_make_q(1000, 1)) <= 0) {
        av_reduce(&rate.num, &rate.den, rate.num, rate.den, INT_MAX);
        ret = set(config, "fps", "%d/%d", rate.num, rate.den);
    }
    if (ret >= 0 && sar.num > 0 && sar.den > 0) {
        av_reduce(&sar.num, &sar.den, sar.num, sar.den, UINT16_MAX);
        ret = set(config, "sar", "%d:%d", sar.num, sar.den);
    }
    if (ret >= 0 && avctx->level > 0)
        ret = set(config, "level", "%g", avctx->level / (double)LEVEL_UNITS);
    return ret;
}

/* libavutil numbers colours as the standard does, chroma locations one higher. */
static int set_colour(AVCodecContext *avctx, RivusConfig *config)
{
    int is_full = avctx->color_range == AVCOL_RANGE_JPEG || avctx->pix_fmt == AV_PIX_FMT_YUVJ420P;
    int ret = 0;

    if (is_full || avctx->color_range == AVCOL_RANGE_MPEG)
        ret = set(config, "range", is_full ? "full" : "limited");
    if (ret >= 0)
        ret = set(config, "colorprim", "%d", avctx->color_primaries);
    if (ret >= 0)
        ret = set(config, "transfer", "%d", avctx->color_trc);
    if (ret >= 0)
        ret = set(config, "colormatrix", "%d", avctx->colorspace);
    if (ret >= 0 && avctx->chroma_sample_location != AVCHROMA_LOC_UNSPECIFIED)
        ret = set(config, "chromaloc", "%d", avctx->chroma_sample_location - 1);
    return ret;
}

/* Bits per second as the library counts them, rounded up so that few bits do not become none. */
static int64_t kilobits(int64_t bits)
{
    return bits / 1000 + (bits % 1000 > 0);
}

static int set_rate(AVCodecContext *avctx, RivusConfig *config)
{
    const RivusEncContext *ctx = avctx->priv_data;
    int ret = 0;

    if (avctx->bit_rate > 0)
        ret = set(config, "bitrate", "%"PRId64, kilobits(avctx->bit_rate));
    if (ret >= 0 && ctx->crf >= 0)
        ret = set(config, "crf", "%g", ctx->crf);
    if (ret >= 0 && ctx->qp >= 0)
        ret = set(config, "qp", "%d", ctx->qp);
    if (ret >= 0 && avctx->rc_max_rate > 0)
        ret = set(config, "vbv-maxrate", "%"PRId64, kilobits(avctx->rc_max_rate));
    if (ret >= 0 && avctx->rc_buffer_size > 0)
        ret = set(config, "vbv-bufsize", "%"PRId64, kilobits(avctx->rc_buffer_size));
    if (ret >= 0 && avctx->rc_buffer_size > 0 && avctx->rc_initial_buffer_occupancy > 0)
        ret = set(config, "vbv-init", "%g", (double)avctx->rc_initial_buffer_occupancy / avctx->rc_buffer_size);
    if (ret >= 0 && avctx->qmin >= 0)
        ret = set(config, "qpmin", "%d", avctx->qmin);
    if (ret >= 0 && avctx->qmax >= 0)
        ret = set(config, "qpmax", "%d", avctx->qmax);
    if (ret >= 0 && avctx->qcompress >= 0)
        ret = set(config, "qcomp", "%g", avctx->qcompress);
    return ret;
}

static int set_structure(AVCodecContext *avctx, RivusConfig *config)
{
    int ret = 0;

    /* 0 is a stream of keyframes in libavcodec, and a stream with only one in the library. */
    if (avctx->gop_size >= 0)
        ret = set(config, "keyint", "%d", FFMAX(avctx->gop_size, 1));
    if (ret >= 0 && avctx->keyint_min > 0)
        ret = set(config, "min-keyint", "%d", avctx->keyint_min);
    if (ret >= 0 && avctx->max_b_frames >= 0)
        ret = set(config, "bframes", "%d", avctx->max_b_frames);
    if (ret >= 0 && avctx->refs >= 0)
        ret = set(config, "ref", "%d", avctx->refs);
    if (ret >= 0 && avctx->flags & AV_CODEC_FLAG_CLOSED_GOP)
        ret = set(config, "open-gop", "0");
    if (ret >= 0 && avctx->flags & AV_CODEC_FLAG_GLOBAL_HEADER)
        ret = set(config, "repeat-headers", "0");
    if (ret >= 0 && avctx->flags & AV_CODEC_FLAG_BITEXACT)
        ret = set(config, "info", "0");
    if (ret >= 0 && avctx->thread_count > 0)
        ret = set(config, "threads", "%d", avctx->thread_count);
    return ret;
}

/* Everything, what is more particular last: it wins. */
static int set_all(AVCodecContext *avctx, RivusConfig *config)
{
    const RivusEncContext *ctx = avctx->priv_data;
    const AVDictionaryEntry *entry = NULL;
    int ret = 0;

    if (ctx->preset)
        ret = set(config, "preset", "%s", ctx->preset);
    if (ret >= 0 && ctx->tune)
        ret = set(config, "tune", "%s", ctx->tune);
    if (ret >= 0)
        ret = set_pictures(avctx, config);
    if (ret >= 0)
        ret = set_colour(avctx, config);
    if (ret >= 0)
        ret = set_rate(avctx, config);
    if (ret >= 0)
        ret = set_structure(avctx, config);
    while (ret >= 0 && (entry = av_dict_get(ctx->params, "", entry, AV_DICT_IGNORE_SUFFIX))) {
        RivusStatus status = rivus_config_set(config, entry->key, entry->value);
        ret = status < 0 ? ff_rivus_error(status) : 0;
    }
    return ret;
}

/* Says what the library cannot do, rather than do something else. */
static int check_flags(AVCodecContext *avctx)
{
    if (avctx->flags & (AV_CODEC_FLAG_PASS1 | AV_CODEC_FLAG_PASS2)) {
        av_log(avctx, AV_LOG_ERROR, "-pass: there is no coding in two passes, use -crf or -b:v\n");
        return AVERROR_PATCHWELCOME;
    }
    if (avctx->flags & AV_CODEC_FLAG_QSCALE)
        av_log(avctx, AV_LOG_WARNING, "-q:v has no effect, use -crf or -qp\n");
    if (avctx->flags & (AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME))
        av_log(avctx, AV_LOG_WARNING, "-flags ildct and ilme have no effect, frames are coded as progressive\n");
    return 0;
}

static int export_headers(AVCodecContext *avctx)
{
    const RivusEncContext *ctx = avctx->priv_data;
    const uint8_t *data;
    size_t size;

    rivus_encoder_headers(ctx->encoder, &data, &size);
    avctx->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!avctx->extradata)
        return AVERROR(ENOMEM);
    memcpy(avctx->extradata, data, size);
    avctx->extradata_size = size;
    return 0;
}

/* Tells muxers about the decoder's buffer. */
static int export_buffer(AVCodecContext *avctx)
{
#if LIBAVCODEC_VERSION_MAJOR >= 61
    AVCPBProperties *cpb = ff_encode_add_cpb_side_data(avctx);
#else
    AVCPBProperties *cpb = ff_add_cpb_side_data(avctx);
#endif

    if (!cpb)
        return AVERROR(ENOMEM);
    cpb->avg_bitrate = avctx->bit_rate;
    cpb->max_bitrate = avctx->rc_max_rate;
    cpb->buffer_size = avctx->rc_buffer_size;
    return 0;
}

/* What muxers want to know of the stream before its first packet. libavcodec numbers profiles and levels as the standard does. */
static int export_stream(AVCodecContext *avctx)
{
    const RivusEncContext *ctx = avctx->priv_data;
    RivusEncoderInfo info = { .size = sizeof(info) };
    RivusStatus status = rivus_encoder_info(ctx->encoder, &info);

    if (status < 0)
        return ff_rivus_error(status);
    avctx->profile      = info.profile;
    avctx->level        = info.level;
    avctx->has_b_frames = info.reorder_pictures;
    return 0;
}

static av_cold int open_encoder(AVCodecContext *avctx, RivusConfig *config)
{
    RivusEncContext *ctx = avctx->priv_data;
    RivusStatus status;
    int ret;

    rivus_config_set_log(config, ff_rivus_log, avctx);
    ret = set_all(avctx, config);
    if (ret < 0)
        return ret;
    status = rivus_encoder_create(config, &ctx->encoder);
    return status < 0 ? ff_rivus_error(status) : export_stream(avctx);
}

static av_cold int rivus_encode_init(AVCodecContext *avctx)
{
    RivusEncContext *ctx = avctx->priv_data;
    int columns = AV_CEIL_RSHIFT(avctx->width, 4), rows = AV_CEIL_RSHIFT(avctx->height, 4);
    RivusConfig *config = NULL;
    RivusStatus status;
    int ret = check_flags(avctx);

    if (ret < 0)
        return ret;
    ctx->frame = av_frame_alloc();
    ctx->qp_offsets = av_calloc(columns * rows, sizeof(*ctx->qp_offsets));
    if (!ctx->frame || !ctx->qp_offsets)
        return AVERROR(ENOMEM);

    status = rivus_config_create(avctx->width, avctx->height, &config);
    if (status < 0) {
        av_log(avctx, AV_LOG_ERROR, "%dx%d: size is not supported\n", avctx->width, avctx->height);
        return ff_rivus_error(status);
    }
    ret = open_encoder(avctx, config);
    rivus_config_destroy(&config);
    if (ret >= 0 && avctx->flags & AV_CODEC_FLAG_GLOBAL_HEADER)
        ret = export_headers(avctx);
    if (ret >= 0 && avctx->rc_buffer_size > 0)
        ret = export_buffer(avctx);
    return ret;
}

static av_cold int rivus_encode_close(AVCodecContext *avctx)
{
    RivusEncContext *ctx = avctx->priv_data;

    rivus_encoder_destroy(&ctx->encoder);
    av_frame_free(&ctx->frame);
    av_freep(&ctx->qp_offsets);
    return 0;
}

/* ---- Frames ---- */

static uint32_t in_units(AVRational value, int units, uint32_t max)
{
    double scaled = value.den ? rint(av_q2d(value) * units) : 0;

    return scaled <= 0 ? 0 : scaled >= max ? max : (uint32_t)scaled;
}

/* HDR metadata. The library wants green, blue, red; libavutil has red, green, blue. */
static void add_hdr(const AVFrame *frame, RivusPicture *picture, Extras *extras)
{
    const AVFrameSideData *display = av_frame_get_side_data(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
    const AVFrameSideData *light = av_frame_get_side_data(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);

    if (display) {
        const AVMasteringDisplayMetadata *from = (const AVMasteringDisplayMetadata *)display->data;
        RivusMasteringDisplay *to = &extras->display;

        if (from->has_primaries && from->has_luminance) {
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 2; j++)
                    to->primaries[i][j] = in_units(from->display_primaries[(i + 1) % 3][j],
                                                   RIVUS_CHROMATICITY_UNITS, UINT16_MAX);
            for (int j = 0; j < 2; j++)
                to->white_point[j] = in_units(from->white_point[j], RIVUS_CHROMATICITY_UNITS, UINT16_MAX);
            to->max_luminance = in_units(from->max_luminance, RIVUS_LUMINANCE_UNITS, UINT32_MAX);
            to->min_luminance = in_units(from->min_luminance, RIVUS_LUMINANCE_UNITS, UINT32_MAX);
            picture->mastering_display = to;
        }
    }
    if (light) {
        const AVContentLightMetadata *from = (const AVContentLightMetadata *)light->data;

        extras->light.max_content = FFMIN(from->MaxCLL, UINT16_MAX);
        extras->light.max_average = FFMIN(from->MaxFALL, UINT16_MAX);
        picture->content_light = &extras->light;
    }
}

/* Captions, and user data if it is asked for. */
static int add_sei(const RivusEncContext *ctx, const AVFrame *frame, RivusPicture *picture, Extras *extras)
{
    size_t captions_size = 0;
    int ret;

    if (ctx->a53_cc) {
        ret = ff_alloc_a53_sei(frame, 0, &extras->captions, &captions_size);
        if (ret < 0)
            return ret;
    }
    extras->sei = av_calloc(frame->nb_side_data + 1, sizeof(*extras->sei));
    if (!extras->sei)
        return AVERROR(ENOMEM);
    picture->sei = extras->sei;
    if (extras->captions)
        extras->sei[picture->sei_count++] =
            (RivusSei){ .payload_type = RIVUS_SEI_REGISTERED, .data = extras->captions, .data_size = captions_size };
    for (int i = 0; ctx->udu_sei && i < frame->nb_side_data; i++) {
        const AVFrameSideData *data = frame->side_data[i];

        if (data->type == AV_FRAME_DATA_SEI_UNREGISTERED)
            extras->sei[picture->sei_count++] =
                (RivusSei){ .payload_type = RIVUS_SEI_UNREGISTERED, .data = data->data, .data_size = data->size };
    }
    return 0;
}

/* Writes the offset of a region to the blocks it touches. */
static void fill_region(float *offsets, int columns, int rows, const AVRegionOfInterest *region)
{
    float offset = av_clipf(av_q2d(region->qoffset), -1, 1) * QP_MAX;
    int top = FFMAX(region->top, 0) / QP_BLOCK, bottom = FFMIN(AV_CEIL_RSHIFT(FFMAX(region->bottom, 0), 4), rows);
    int left = FFMAX(region->left, 0) / QP_BLOCK, right = FFMIN(AV_CEIL_RSHIFT(FFMAX(region->right, 0), 4), columns);

    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++)
            offsets[y * columns + x] = offset;
}

/* Regions of interest. Where they overlap the first one counts, so they are drawn from the last one on. */
static int add_regions(AVCodecContext *avctx, const AVFrame *frame, RivusPicture *picture)
{
    const RivusEncContext *ctx = avctx->priv_data;
    const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_REGIONS_OF_INTEREST);
    int columns = AV_CEIL_RSHIFT(avctx->width, 4), rows = AV_CEIL_RSHIFT(avctx->height, 4);
    size_t size;

    if (!data)
        return 0;
    size = ((const AVRegionOfInterest *)data->data)->self_size;
    if (!size || data->size % size) {
        av_log(avctx, AV_LOG_ERROR, "regions of interest: entries have the wrong size\n");
        return AVERROR(EINVAL);
    }
    memset(ctx->qp_offsets, 0, sizeof(*ctx->qp_offsets) * columns * rows);
    for (size_t at = data->size; at >= size; at -= size) {
        const AVRegionOfInterest *region = (const AVRegionOfInterest *)(data->data + at - size);

        if (!region->qoffset.den) {
            av_log(avctx, AV_LOG_ERROR, "regions of interest: a quality offset has no denominator\n");
            return AVERROR(EINVAL);
        }
        fill_region(ctx->qp_offsets, columns, rows, region);
    }
    picture->qp_offsets = ctx->qp_offsets;
    picture->qp_offset_columns = columns;
    picture->qp_offset_rows = rows;
    return 0;
}

static int send_picture(AVCodecContext *avctx, const AVFrame *frame, Extras *extras)
{
    RivusEncContext *ctx = avctx->priv_data;
    RivusPicture picture = { .size = sizeof(picture) };
    RivusStatus status;
    int ret;

    for (int i = 0; i < 3; i++) {
        picture.planes[i]  = frame->data[i];
        picture.strides[i] = frame->linesize[i];
    }
    picture.width     = frame->width;
    picture.height    = frame->height;
    picture.bit_depth = av_pix_fmt_desc_get(avctx->pix_fmt)->comp[0].depth;
    picture.pts       = frame->pts;
    /* Other types are left to the encoder: they may be those that the pictures had where they come from. */
    if (frame->pict_type == AV_PICTURE_TYPE_I)
        picture.picture_type = ctx->forced_idr ? RIVUS_PICTURE_TYPE_IDR : RIVUS_PICTURE_TYPE_CRA;

    add_hdr(frame, &picture, extras);
    ret = add_sei(ctx, frame, &picture, extras);
    if (ret >= 0)
        ret = add_regions(avctx, frame, &picture);
    if (ret < 0)
        return ret;
    status = rivus_encoder_send(ctx->encoder, &picture);
    return status < 0 ? ff_rivus_error(status) : 0;
}

/* Gives the encoder the next frame of the queue, or the end of it. */
static int send_frame(AVCodecContext *avctx)
{
    RivusEncContext *ctx = avctx->priv_data;
    Extras extras = { 0 };
    int ret = ff_encode_get_frame(avctx, ctx->frame);

    if (ret == AVERROR_EOF) {
        RivusStatus status = rivus_encoder_flush(ctx->encoder);
        return status < 0 ? ff_rivus_error(status) : 0;
    }
    if (ret >= 0)
        ret = send_picture(avctx, ctx->frame, &extras);
    av_freep(&extras.sei);
    av_freep(&extras.captions);
    av_frame_unref(ctx->frame);
    return ret;
}

/* ---- Packets ---- */

static int export_packet(AVCodecContext *avctx, const RivusPacket *packet, AVPacket *avpkt)
{
    RivusPacketInfo info = { .size = sizeof(info) };
    enum AVPictureType type = AV_PICTURE_TYPE_I;
    RivusStatus status = rivus_packet_info(packet, &info);
    int ret;

    if (status < 0)
        return ff_rivus_error(status);
    ret = ff_get_encode_buffer(avctx, avpkt, info.data_size, 0);
    if (ret < 0)
        return ret;
    memcpy(avpkt->data, info.data, info.data_size);
    avpkt->pts = info.pts;
    avpkt->dts = info.dts;
    if (info.is_keyframe)
        avpkt->flags |= AV_PKT_FLAG_KEY;
    if (info.is_disposable)
        avpkt->flags |= AV_PKT_FLAG_DISPOSABLE;
    if (info.picture_type == RIVUS_PICTURE_TYPE_P)
        type = AV_PICTURE_TYPE_P;
    else if (info.picture_type == RIVUS_PICTURE_TYPE_B)
        type = AV_PICTURE_TYPE_B;
    return ff_side_data_set_encoder_stats(avpkt, lrint(info.mean_qp * FF_QP2LAMBDA), NULL, 0, type);
}

static int rivus_receive_packet(AVCodecContext *avctx, AVPacket *avpkt)
{
    RivusEncContext *ctx = avctx->priv_data;
    RivusPacket *packet = NULL;
    RivusStatus status;
    int ret;

    while ((status = rivus_encoder_receive(ctx->encoder, &packet)) == RIVUS_STATUS_AGAIN) {
        ret = send_frame(avctx);
        if (ret < 0)
            return ret;
    }
    if (status == RIVUS_STATUS_END)
        return AVERROR_EOF;
    if (status < 0)
        return ff_rivus_error(status);
    ret = export_packet(avctx, packet, avpkt);
    rivus_packet_destroy(&packet);
    return ret;
}

/* ---- Description ---- */

#define OFFSET(x) offsetof(RivusEncContext, x)
#define VE AV_OPT_FLAG_VIDEO_PARAM | AV_OPT_FLAG_ENCODING_PARAM
static const AVOption options[] = {
    { "preset", "How much time the search may take: ultrafast to placebo", OFFSET(preset), AV_OPT_TYPE_STRING, { .str = NULL }, 0, 0, VE },
    { "tune", "What to optimise for: psnr, ssim, vmaf, zerolatency, fastdecode", OFFSET(tune), AV_OPT_TYPE_STRING, { .str = NULL }, 0, 0, VE },
    { "crf", "Constant quality; less is better", OFFSET(crf), AV_OPT_TYPE_FLOAT, { .dbl = -1 }, -1, QP_MAX, VE },
    { "qp", "Constant QP", OFFSET(qp), AV_OPT_TYPE_INT, { .i64 = -1 }, -1, QP_MAX, VE },
    { "forced-idr", "Forced keyframes are IDR pictures, so that nothing after them needs what is before; else CRA", OFFSET(forced_idr), AV_OPT_TYPE_BOOL, { .i64 = 1 }, 0, 1, VE },
    { "a53cc", "Captions of frames go to the stream", OFFSET(a53_cc), AV_OPT_TYPE_BOOL, { .i64 = 1 }, 0, 1, VE },
    { "udu_sei", "Unregistered user data of frames goes to the stream", OFFSET(udu_sei), AV_OPT_TYPE_BOOL, { .i64 = 0 }, 0, 1, VE },
    { "rivus-params", "Any options of the library, as name=value:name=value", OFFSET(params), AV_OPT_TYPE_DICT, { 0 }, 0, 0, VE },
    { NULL }
};

static const AVClass rivus_encoder_class = {
    .class_name = "librivus",
    .item_name  = av_default_item_name,
    .option     = options,
    .version    = LIBAVUTIL_VERSION_INT,
};

/* Unset, so that the library's own defaults hold. */
static const FFCodecDefault rivus_defaults[] = {
    { "b",          "0" },
    { "g",          "-1" },
    { "keyint_min", "-1" },
    { "bf",         "-1" },
    { "refs",       "-1" },
    { "qmin",       "-1" },
    { "qmax",       "-1" },
    { "qcomp",      "-1" },
    { NULL },
};

static const enum AVPixelFormat pixel_formats[] = {
    AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_NONE
};

const FFCodec ff_librivus_encoder = {
    .p.name           = "librivus",
    .p.long_name      = "Rivus H.265 / HEVC",
    .p.type           = AVMEDIA_TYPE_VIDEO,
    .p.id             = AV_CODEC_ID_HEVC,
    .p.capabilities   = AV_CODEC_CAP_DR1 | AV_CODEC_CAP_DELAY | AV_CODEC_CAP_OTHER_THREADS,
    .p.pix_fmts       = pixel_formats,
    .p.priv_class     = &rivus_encoder_class,
    .p.wrapper_name   = "librivus",
    .priv_data_size   = sizeof(RivusEncContext),
    .init             = rivus_encode_init,
    FF_CODEC_RECEIVE_PACKET_CB(rivus_receive_packet),
    .close            = rivus_encode_close,
    .defaults         = rivus_defaults,
#ifdef FF_CODEC_CAP_INIT_THREADSAFE
    .caps_internal    = FF_CODEC_CAP_INIT_THREADSAFE | FF_CODEC_CAP_INIT_CLEANUP | FF_CODEC_CAP_AUTO_THREADS,
#else
    .caps_internal    = FF_CODEC_CAP_INIT_CLEANUP | FF_CODEC_CAP_AUTO_THREADS,
#endif
};
