/* Transcodes an HEVC byte stream: transcode IN.hevc OUT.hevc KBITS SECONDS
 *
 * Shows what a server does: keyframes every SECONDS, so that segments can begin there; a region of interest, the middle of the
 * picture, that is coded finer; a user data message with every keyframe; and an average rate of KBITS that falls to three quarters
 * half way through the first ten seconds, as when a viewer's connection gets worse. */
#include <rivus.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    FILE *file;
    RivusEncoder *encoder;
    unsigned kbits, seconds;
    /* One number for every 16x16 samples. */
    float *qp_offsets;
    unsigned columns, rows;
    /* Pictures per second, rounded, and pictures so far. */
    unsigned rate;
    int64_t pictures;
    int64_t next_keyframe;
} Transcoder;

/* Tells these messages from others: a UUID, then text. */
static const unsigned char SEGMENT[] = "\x6e\x61\x72\x72\x6f\x77\x40\x62\x91\x6e\x64\x2d\x73\x65\x67\x21segment";

/* Called when the encoder does not need the decoded picture's samples any more. */
static void release_frame(void *opaque) {
    RivusFrame *frame = (RivusFrame *)opaque;
    rivus_frame_destroy(&frame);
}

/* Quality moves to the middle: 3 steps finer there, 1 coarser elsewhere. */
static int make_region(Transcoder *transcoder, const RivusFrameInfo *info) {
    unsigned x, y;
    transcoder->columns = (info->width + 15) / 16;
    transcoder->rows = (info->height + 15) / 16;
    transcoder->qp_offsets = (float *)malloc(sizeof(float) * transcoder->columns * transcoder->rows);
    if (!transcoder->qp_offsets) {
        return 0;
    }
    for (y = 0; y < transcoder->rows; y++) {
        for (x = 0; x < transcoder->columns; x++) {
            int inside = 4 * x >= transcoder->columns && 4 * x < 3 * transcoder->columns && 4 * y >= transcoder->rows &&
                         4 * y < 3 * transcoder->rows;
            transcoder->qp_offsets[y * transcoder->columns + x] = inside ? -3.0f : 1.0f;
        }
    }
    return 1;
}

/* Makes the encoder when the first picture says how large it is. */
static RivusStatus make_encoder(Transcoder *transcoder, const RivusFrameInfo *info) {
    RivusConfig *config = NULL;
    RivusStatus status;
    char text[32];
    if (!make_region(transcoder, info)) {
        return RIVUS_STATUS_ERROR_ARGUMENT;
    }
    status = rivus_config_create(info->width, info->height, &config);
    if (status == RIVUS_STATUS_OK && info->rate_numerator > 0 && info->rate_denominator > 0) {
        snprintf(text, sizeof text, "%u/%u", info->rate_numerator, info->rate_denominator);
        status = rivus_config_set(config, "fps", text);
        transcoder->rate = (info->rate_numerator + info->rate_denominator / 2) / info->rate_denominator;
    }
    if (status == RIVUS_STATUS_OK) {
        snprintf(text, sizeof text, "%u", transcoder->kbits);
        status = rivus_config_set(config, "bitrate", text);
    }
    if (status == RIVUS_STATUS_OK) {
        status = rivus_config_set(config, "preset", "ultrafast");
    }
    /* Keyframes only where they are asked for. */
    if (status == RIVUS_STATUS_OK) {
        status = rivus_config_set(config, "keyint", "0");
    }
    if (status == RIVUS_STATUS_OK) {
        status = rivus_config_set(config, "scenecut", "0");
    }
    if (status == RIVUS_STATUS_OK) {
        status = rivus_config_set(config, "output-depth", info->bit_depth_luma > 8 ? "10" : "8");
    }
    if (status == RIVUS_STATUS_OK) {
        status = rivus_encoder_create(config, &transcoder->encoder);
    }
    if (status < 0) {
        fprintf(stderr, "%s\n", rivus_config_error(config));
    }
    rivus_config_destroy(&config);
    return status;
}

static RivusStatus write_packets(Transcoder *transcoder) {
    RivusPacket *packet = NULL;
    RivusPacketInfo info;
    RivusStatus status;
    while ((status = rivus_encoder_receive(transcoder->encoder, &packet)) == RIVUS_STATUS_OK) {
        memset(&info, 0, sizeof info);
        info.size = sizeof info;
        rivus_packet_info(packet, &info);
        if (info.is_keyframe) {
            printf("keyframe at picture %d, QP %d\n", (int)info.pts, (int)info.slice_qp);
        }
        if (fwrite(info.data, 1, info.data_size, transcoder->file) != info.data_size) {
            perror("writing");
        }
        rivus_packet_destroy(&packet);
    }
    return status;
}

/* Encodes a decoded picture, which belongs to the encoder from here on. */
static RivusStatus encode_frame(Transcoder *transcoder, RivusFrame *frame) {
    RivusFrameInfo info;
    RivusPicture picture;
    RivusSei segment;
    RivusStatus status = RIVUS_STATUS_OK;
    char text[32];
    int plane;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    rivus_frame_info(frame, &info);
    if (!transcoder->encoder) {
        status = make_encoder(transcoder, &info);
    }
    memset(&picture, 0, sizeof picture);
    picture.size = sizeof picture;
    for (plane = 0; plane < 3; plane++) {
        picture.planes[plane] = info.planes[plane];
        picture.strides[plane] = info.strides[plane];
    }
    picture.width = info.width;
    picture.height = info.height;
    picture.bit_depth = info.bit_depth_luma;
    picture.sample_bytes = info.sample_bytes;
    picture.pts = transcoder->pictures;
    picture.qp_offsets = transcoder->qp_offsets;
    picture.qp_offset_columns = transcoder->columns;
    picture.qp_offset_rows = transcoder->rows;
    if (transcoder->pictures == transcoder->next_keyframe) {
        transcoder->next_keyframe += (int64_t)transcoder->seconds * transcoder->rate;
        picture.picture_type = RIVUS_PICTURE_TYPE_IDR;
        memset(&segment, 0, sizeof segment);
        segment.payload_type = 5;
        segment.data = SEGMENT;
        segment.data_size = sizeof SEGMENT - 1;
        picture.sei = &segment;
        picture.sei_count = 1;
    }
    picture.release = release_frame;
    picture.opaque = frame;
    if (status == RIVUS_STATUS_OK && transcoder->pictures == 5 * (int64_t)transcoder->rate) {
        snprintf(text, sizeof text, "%u", transcoder->kbits * 3 / 4);
        status = rivus_encoder_set(transcoder->encoder, "bitrate", text);
    }
    if (status == RIVUS_STATUS_OK) {
        status = rivus_encoder_send(transcoder->encoder, &picture);
    }
    if (status != RIVUS_STATUS_OK) {
        if (transcoder->encoder) {
            fprintf(stderr, "%s\n", rivus_encoder_error(transcoder->encoder));
        }
        rivus_frame_destroy(&frame);
        return status;
    }
    transcoder->pictures++;
    return write_packets(transcoder);
}

static RivusStatus encode_frames(Transcoder *transcoder, RivusDecoder *decoder) {
    RivusFrame *frame = NULL;
    RivusStatus status;
    while ((status = rivus_decoder_receive(decoder, &frame)) == RIVUS_STATUS_OK) {
        status = encode_frame(transcoder, frame);
        if (status < 0) {
            return status;
        }
    }
    if (status < 0) {
        fprintf(stderr, "%s\n", rivus_decoder_error(decoder));
    }
    return status;
}

int main(int argc, char **argv) {
    RivusDecoder *decoder = NULL;
    Transcoder transcoder;
    RivusStatus status;
    FILE *input;
    unsigned char chunk[65536];
    size_t bytes;
    memset(&transcoder, 0, sizeof transcoder);
    if (argc != 5) {
        fprintf(stderr, "usage: transcode IN.hevc OUT.hevc KBITS SECONDS\n");
        return 2;
    }
    input = fopen(argv[1], "rb");
    transcoder.file = fopen(argv[2], "wb");
    transcoder.kbits = (unsigned)strtoul(argv[3], NULL, 10);
    transcoder.seconds = (unsigned)strtoul(argv[4], NULL, 10);
    transcoder.rate = 25;
    if (!input || !transcoder.file || transcoder.seconds == 0) {
        fprintf(stderr, "%s or %s cannot be opened, or SECONDS is no number\n", argv[1], argv[2]);
        return 1;
    }
    status = rivus_decoder_create(NULL, &decoder);
    while (status >= 0 && (bytes = fread(chunk, 1, sizeof chunk, input)) > 0) {
        status = rivus_decoder_send_data(decoder, chunk, bytes, RIVUS_NO_PTS);
        if (status == RIVUS_STATUS_OK) {
            status = encode_frames(&transcoder, decoder);
        }
    }
    if (status >= 0) {
        rivus_decoder_flush(decoder);
        status = encode_frames(&transcoder, decoder);
    }
    if (status >= 0 && transcoder.encoder) {
        rivus_encoder_flush(transcoder.encoder);
        status = write_packets(&transcoder);
    }
    if (status < 0) {
        fprintf(stderr, "failed: %s\n", rivus_strerror(status));
    }
    printf("%d pictures\n", (int)transcoder.pictures);
    rivus_encoder_destroy(&transcoder.encoder);
    rivus_decoder_destroy(&decoder);
    free(transcoder.qp_offsets);
    fclose(input);
    return fclose(transcoder.file) == 0 && status >= 0 ? 0 : 1;
}
