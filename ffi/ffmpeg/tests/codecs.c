/*
 * Encoder and decoder through libavcodec, for what the program ffmpeg has no source of or does not show: captions and user data
 * of frames, properties of the stream, damage, images that are stored bottom-up.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>

#define WIDTH  96
#define HEIGHT 64
#define FRAMES 24
/* Most packets or frames of a run. */
#define MOST   (2 * FRAMES)

#define CHECK(condition, ...) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__); \
            fputc('\n', stderr); \
            exit(1); \
        } \
    } while (0)

/* What one run of a codec gave. */
typedef struct Packets {
    AVPacket *packets[MOST];
    int count;
    int profile, level, has_b_frames;
} Packets;

typedef struct Frames {
    AVFrame *frames[MOST];
    int count;
    int profile, level, has_b_frames;
} Frames;

/* ---- Frames ---- */

/* A caption of three triplets, and user data behind a UUID, that differ from frame to frame. */
static void caption_of(int number, uint8_t caption[9])
{
    for (int i = 0; i < 3; i++) {
        caption[3 * i]     = 0xFC;
        caption[3 * i + 1] = 0x20 + number;
        caption[3 * i + 2] = 0x41 + i;
    }
}

static int user_data_of(int number, uint8_t data[64])
{
    memcpy(data, "sixteen byte key", 16);
    return 16 + snprintf((char *)data + 16, 48, "frame %d", number);
}

static void add_side_data(AVFrame *frame, int number)
{
    uint8_t bytes[64];
    AVFrameSideData *data = av_frame_new_side_data(frame, AV_FRAME_DATA_A53_CC, 9);

    CHECK(data, "no memory");
    caption_of(number, data->data);
    data = av_frame_new_side_data(frame, AV_FRAME_DATA_SEI_UNREGISTERED, user_data_of(number, bytes));
    CHECK(data, "no memory");
    memcpy(data->data, bytes, data->size);
}

/* A gradient that moves. */
static AVFrame *make_frame(int number)
{
    AVFrame *frame = av_frame_alloc();

    frame->format = AV_PIX_FMT_YUV420P;
    frame->width  = WIDTH;
    frame->height = HEIGHT;
    CHECK(av_frame_get_buffer(frame, 0) >= 0, "no memory");
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < HEIGHT >> !!plane; y++)
            for (int x = 0; x < WIDTH >> !!plane; x++)
                frame->data[plane][y * frame->linesize[plane] + x] = 60 * plane + x + (x ^ y) % 7 + 3 * number;
    frame->pts = number;
    return frame;
}

/* The same samples, but rows follow one another upwards in memory. */
static void store_bottom_up(AVFrame *frame)
{
    AVFrame *copy = av_frame_clone(frame);

    CHECK(copy, "no memory");
    CHECK(!av_frame_make_writable(copy), "no memory");
    for (int plane = 0; plane < 3; plane++) {
        int rows = HEIGHT >> !!plane, stride = copy->linesize[plane];

        for (int y = 0; y < rows; y++)
            memcpy(copy->data[plane] + (rows - 1 - y) * stride, frame->data[plane] + y * frame->linesize[plane],
                   WIDTH >> !!plane);
        copy->data[plane] += (rows - 1) * stride;
        copy->linesize[plane] = -stride;
    }
    av_frame_unref(frame);
    av_frame_move_ref(frame, copy);
    av_frame_free(&copy);
}

/* ---- Codecs ---- */

static void receive_packets(AVCodecContext *context, Packets *packets)
{
    AVPacket *packet = av_packet_alloc();

    while (avcodec_receive_packet(context, packet) >= 0) {
        CHECK(packets->count < MOST, "too many packets");
        packets->packets[packets->count++] = packet;
        packet = av_packet_alloc();
    }
    av_packet_free(&packet);
}

static Packets encode(const char *options, void (*change)(AVFrame *frame, int number))
{
    const AVCodec *codec = avcodec_find_encoder_by_name("librivus");
    AVCodecContext *context = avcodec_alloc_context3(codec);
    Packets packets = { .count = 0 };

    CHECK(codec, "there is no encoder librivus");
    context->width     = WIDTH;
    context->height    = HEIGHT;
    context->pix_fmt   = AV_PIX_FMT_YUV420P;
    context->time_base = (AVRational){ 1, 25 };
    CHECK(av_set_options_string(context->priv_data, options, "=", ",") >= 0, "%s", options);
    CHECK(avcodec_open2(context, codec, NULL) >= 0, "%s", options);
    packets.profile      = context->profile;
    packets.level        = context->level;
    packets.has_b_frames = context->has_b_frames;
    for (int number = 0; number < FRAMES; number++) {
        AVFrame *frame = make_frame(number);

        if (change)
            change(frame, number);
        CHECK(avcodec_send_frame(context, frame) >= 0, "frame %d", number);
        av_frame_free(&frame);
        receive_packets(context, &packets);
    }
    CHECK(avcodec_send_frame(context, NULL) >= 0, "flush");
    receive_packets(context, &packets);
    CHECK(packets.count == FRAMES, "%d packets", packets.count);
    avcodec_free_context(&context);
    return packets;
}

static void receive_frames(AVCodecContext *context, Frames *frames)
{
    AVFrame *frame = av_frame_alloc();

    while (avcodec_receive_frame(context, frame) >= 0) {
        CHECK(frames->count < MOST, "too many frames");
        frames->frames[frames->count++] = frame;
        frame = av_frame_alloc();
    }
    av_frame_free(&frame);
}

static Frames decode_with(const char *name, const Packets *packets, int lost, int flags)
{
    const AVCodec *codec = avcodec_find_decoder_by_name(name);
    AVCodecContext *context = avcodec_alloc_context3(codec);
    Frames frames = { .count = 0 };

    CHECK(codec, "there is no decoder %s", name);
    context->flags |= flags;
    context->pkt_timebase = (AVRational){ 1, 25 };
    CHECK(avcodec_open2(context, codec, NULL) >= 0, "%s", name);
    for (int i = 0; i < packets->count; i++) {
        if (i != lost)
            CHECK(avcodec_send_packet(context, packets->packets[i]) >= 0, "%s, packet %d", name, i);
        receive_frames(context, &frames);
    }
    avcodec_send_packet(context, NULL);
    receive_frames(context, &frames);
    frames.profile      = context->profile;
    frames.level        = context->level;
    frames.has_b_frames = context->has_b_frames;
    avcodec_free_context(&context);
    return frames;
}

/* Decodes all packets but number `lost`. */
static Frames decode(const char *name, const Packets *packets, int lost)
{
    return decode_with(name, packets, lost, 0);
}

static void free_packets(Packets *packets)
{
    for (int i = 0; i < packets->count; i++)
        av_packet_free(&packets->packets[i]);
}

static void free_frames(Frames *frames)
{
    for (int i = 0; i < frames->count; i++)
        av_frame_free(&frames->frames[i]);
}

/* ---- Tests ---- */

/* Where the NAL unit of the keyframe begins in a packet. */
static int keyframe_at(const AVPacket *packet)
{
    for (int i = 0; i + 4 < packet->size; i++) {
        int type = packet->data[i + 3] >> 1;

        if (!packet->data[i] && !packet->data[i + 1] && packet->data[i + 2] == 1 && type >= 16 && type <= 23)
            return i && !packet->data[i - 1] ? i - 1 : i;
    }
    CHECK(0, "no keyframe");
    return 0;
}

static int has(const AVFrame *frame, enum AVFrameSideDataType type, const uint8_t *bytes, size_t size)
{
    const AVFrameSideData *data = av_frame_get_side_data(frame, type);

    return data && data->size == size && !memcmp(data->data, bytes, size);
}

/* Captions and user data come out of both decoders with the frame they went in with, if they are asked for. */
static void test_side_data(const char *decoder)
{
    uint8_t bytes[64];
    Packets packets = encode("preset=superfast,udu_sei=1,rivus-params=info=0", add_side_data);
    Packets without = encode("preset=superfast,a53cc=0,rivus-params=info=0", add_side_data);
    Frames frames = decode(decoder, &packets, -1), none = decode(decoder, &without, -1);

    CHECK(frames.count == FRAMES && none.count == FRAMES, "%s: %d and %d frames", decoder, frames.count, none.count);
    for (int i = 0; i < FRAMES; i++) {
        CHECK(frames.frames[i]->pts == i, "%s: frame %d", decoder, i);
        caption_of(i, bytes);
        CHECK(has(frames.frames[i], AV_FRAME_DATA_A53_CC, bytes, 9), "%s: frame %d", decoder, i);
        CHECK(has(frames.frames[i], AV_FRAME_DATA_SEI_UNREGISTERED, bytes, user_data_of(i, bytes)), "%s: frame %d", decoder, i);
        CHECK(!av_frame_get_side_data(none.frames[i], AV_FRAME_DATA_A53_CC), "%s: frame %d", decoder, i);
        CHECK(!av_frame_get_side_data(none.frames[i], AV_FRAME_DATA_SEI_UNREGISTERED), "%s: frame %d", decoder, i);
    }
    free_frames(&frames);
    free_frames(&none);
    free_packets(&packets);
    free_packets(&without);
}

/* Profile, level and reordering are told when the encoder opens, and the decoders say the same. */
static void test_properties(const char *decoder)
{
    static const struct {
        const char *options;
        int reorder;
    } cases[] = { { "preset=superfast,tune=zerolatency", 0 }, { "rivus-params=bframes=3", 2 }, { "rivus-params=bframes=15", 4 } };

    for (int i = 0; i < 3; i++) {
        Packets packets = encode(cases[i].options, NULL);
        Frames frames = decode(decoder, &packets, -1);

        CHECK(packets.profile == 1 && packets.level >= 30, "%s", cases[i].options);
        CHECK(packets.has_b_frames == cases[i].reorder, "%s: %d", cases[i].options, packets.has_b_frames);
        CHECK(packets.packets[0]->dts == -packets.has_b_frames, "%s: %d", cases[i].options, (int)packets.packets[0]->dts);
        CHECK(frames.profile == packets.profile && frames.level == packets.level, "%s: %s", decoder, cases[i].options);
        CHECK(frames.has_b_frames == packets.has_b_frames, "%s: %s", decoder, cases[i].options);
        free_frames(&frames);
        free_packets(&packets);
    }
}

static void flip_some(AVFrame *frame, int number)
{
    if (number % 2)
        store_bottom_up(frame);
}

/* Frames that are stored bottom-up give the stream that the same frames give the other way round. */
static void test_bottom_up(void)
{
    Packets upright = encode("preset=superfast", NULL), flipped = encode("preset=superfast", flip_some);

    for (int i = 0; i < FRAMES; i++)
        CHECK(upright.packets[i]->size == flipped.packets[i]->size &&
                  !memcmp(upright.packets[i]->data, flipped.packets[i]->data, upright.packets[i]->size),
              "packet %d", i);
    free_packets(&upright);
    free_packets(&flipped);
}

/* Frames that damage begins with are marked as such, and no others. */
static void test_damage(void)
{
    /* With weights a frame that is only brighter would have no data to lack. */
    const char *options = "preset=superfast,tune=zerolatency,rivus-params=ref=1:info=0:weighted=0";
    Packets packets = encode(options, NULL);
    Frames frames = decode("librivus_hevc", &packets, 7);

    CHECK(frames.count == FRAMES - 1, "%d frames", frames.count);
    for (int i = 0; i < frames.count; i++) {
        int is_damaged = frames.frames[i]->pts == 8;

        CHECK(frames.frames[i]->decode_error_flags == (is_damaged ? FF_DECODE_ERROR_MISSING_REFERENCE : 0), "frame %d", i);
        CHECK(!(frames.frames[i]->flags & AV_FRAME_FLAG_CORRUPT) == !is_damaged, "frame %d", i);
    }
    free_frames(&frames);
    /* A packet that lacks most of its slice. */
    packets.packets[5]->size = 12;
    frames = decode("librivus_hevc", &packets, -1);
    CHECK(frames.count == FRAMES, "%d frames", frames.count);
    for (int i = 0; i < frames.count; i++) {
        CHECK(frames.frames[i]->decode_error_flags == (i == 5 ? FF_DECODE_ERROR_CONCEALMENT_ACTIVE : 0), "frame %d", i);
        CHECK(!(frames.frames[i]->flags & AV_FRAME_FLAG_CORRUPT) == (i != 5), "frame %d", i);
    }
    free_frames(&frames);
    free_packets(&packets);
}

/* Puts bytes in front of a packet. */
static void prepend(AVPacket *packet, const uint8_t *bytes, int count)
{
    int size = packet->size;

    CHECK(av_grow_packet(packet, count) >= 0, "no memory");
    memmove(packet->data + count, packet->data, size);
    memcpy(packet->data, bytes, count);
}

/* Without a keyframe decoding begins at a recovery point message; frames before the point come out if they are asked for, marked. */
static void test_recovery(void)
{
    static const uint8_t recovery_point[] = { 0, 0, 0, 1, 0x4E, 1, 6, 1, 0x25, 0x80 };
    Packets packets = encode("preset=superfast,tune=zerolatency,rivus-params=ref=1:info=0:keyint=0", NULL);
    Packets joined = { .count = FRAMES - 6 };

    /* The message says that everything is right two pictures later. */
    prepend(packets.packets[6], recovery_point, sizeof(recovery_point));
    prepend(packets.packets[6], packets.packets[0]->data, keyframe_at(packets.packets[0]));
    for (int i = 0; i < joined.count; i++)
        joined.packets[i] = packets.packets[i + 6];
    for (int shows_all = 0; shows_all < 2; shows_all++) {
        int first = shows_all ? 6 : 8;
        Frames frames = decode_with("librivus_hevc", &joined, -1, shows_all ? AV_CODEC_FLAG_OUTPUT_CORRUPT : 0);

        CHECK(frames.count == FRAMES - first, "%d frames", frames.count);
        for (int i = 0; i < frames.count; i++) {
            CHECK(frames.frames[i]->pts == first + i, "frame %d", i);
            CHECK(!(frames.frames[i]->flags & AV_FRAME_FLAG_CORRUPT) == (first + i >= 8), "frame %d", i);
        }
        free_frames(&frames);
    }
    free_packets(&packets);
}

int main(void)
{
    static const char *const decoders[] = { "hevc", "librivus_hevc" };

    av_log_set_level(AV_LOG_FATAL);
    for (int i = 0; i < 2; i++) {
        test_side_data(decoders[i]);
        test_properties(decoders[i]);
    }
    test_bottom_up();
    test_damage();
    test_recovery();
    return 0;
}
