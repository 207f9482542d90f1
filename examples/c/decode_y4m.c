/* Decodes an HEVC byte stream to a y4m file: decode_y4m IN.hevc OUT.y4m
 *
 * Damage is reported on standard error and does not stop decoding. */
#include <rivus.h>

#include <stdio.h>
#include <string.h>

/* Where pictures go. */
typedef struct {
    FILE *file;
    unsigned pictures;
} Output;

static void print_message(void *opaque, int32_t level, const char *message) {
    (void)opaque;
    fprintf(stderr, "%s: %s\n", level == RIVUS_LOG_LEVEL_ERROR ? "error" : "damage", message);
}

/* Name of the chroma format in y4m. */
static const char *colour_space(unsigned chroma_format) {
    static const char *const names[] = {"mono", "420", "422", "444"};
    return names[chroma_format & 3];
}

static void write_header(FILE *file, const RivusFrameInfo *info) {
    unsigned num = info->rate_numerator, den = info->rate_denominator;
    fprintf(file, "YUV4MPEG2 W%u H%u F%u:%u Ip A%u:%u C%s", info->width, info->height, num && den ? num : 25,
            num && den ? den : 1, info->sar_width, info->sar_height, colour_space(info->chroma_format));
    if (info->bit_depth_luma > 8) {
        fprintf(file, info->chroma_format ? "p%u" : "%u", info->bit_depth_luma);
    }
    fputc('\n', file);
}

/* Writes a picture; 0 if that fails. */
static int write_picture(Output *output, const RivusFrameInfo *info) {
    unsigned plane, row;
    if (output->pictures == 0) {
        write_header(output->file, info);
    }
    output->pictures++;
    fputs("FRAME\n", output->file);
    for (plane = 0; plane < info->plane_count; plane++) {
        unsigned shift_x = plane > 0 && info->chroma_format < 3, shift_y = plane > 0 && info->chroma_format < 2;
        size_t bytes = (size_t)(info->width >> shift_x) * info->sample_bytes;
        const unsigned char *samples = (const unsigned char *)info->planes[plane];
        for (row = 0; row < info->height >> shift_y; row++) {
            if (fwrite(samples + (ptrdiff_t)row * info->strides[plane], 1, bytes, output->file) != bytes) {
                return 0;
            }
        }
    }
    return 1;
}

/* Writes all frames that are ready. A part of the stream that the decoder refuses is skipped. */
static RivusStatus write_frames(RivusDecoder *decoder, Output *output) {
    RivusFrame *frame = NULL;
    RivusFrameInfo info;
    RivusStatus status;
    for (;;) {
        status = rivus_decoder_receive(decoder, &frame);
        if (status == RIVUS_STATUS_ERROR_UNSUPPORTED || status == RIVUS_STATUS_ERROR_LIMIT) {
            continue;
        }
        if (status != RIVUS_STATUS_OK) {
            return status;
        }
        memset(&info, 0, sizeof info);
        info.size = sizeof info;
        rivus_frame_info(frame, &info);
        if (!write_picture(output, &info)) {
            perror("writing");
        }
        rivus_frame_destroy(&frame);
    }
}

int main(int argc, char **argv) {
    RivusDecoderConfig *config = NULL;
    RivusDecoder *decoder = NULL;
    RivusStatus status;
    Output output;
    FILE *input;
    unsigned char chunk[65536];
    size_t bytes;
    if (argc != 3) {
        fprintf(stderr, "usage: decode_y4m IN.hevc OUT.y4m\n");
        return 2;
    }
    input = fopen(argv[1], "rb");
    output.file = fopen(argv[2], "wb");
    output.pictures = 0;
    if (!input || !output.file) {
        fprintf(stderr, "%s or %s cannot be opened\n", argv[1], argv[2]);
        return 1;
    }
    status = rivus_decoder_config_create(&config);
    if (status == RIVUS_STATUS_OK) {
        rivus_decoder_config_set_log(config, print_message, NULL);
        status = rivus_decoder_create(config, &decoder);
    }
    while (status >= 0 && (bytes = fread(chunk, 1, sizeof chunk, input)) > 0) {
        status = rivus_decoder_send_data(decoder, chunk, bytes, RIVUS_NO_PTS);
        if (status == RIVUS_STATUS_OK) {
            status = write_frames(decoder, &output);
        }
    }
    if (status >= 0) {
        rivus_decoder_flush(decoder);
        status = write_frames(decoder, &output);
    }
    if (status < 0) {
        fprintf(stderr, "failed: %s\n", rivus_strerror(status));
    }
    printf("%u pictures\n", output.pictures);
    rivus_decoder_destroy(&decoder);
    rivus_decoder_config_destroy(&config);
    fclose(input);
    return fclose(output.file) == 0 && status >= 0 ? 0 : 1;
}
