/* Encodes a y4m file to an HEVC byte stream: encode_y4m IN.y4m OUT.hevc [NAME=VALUE...]
 *
 * NAME=VALUE are options of the encoder, such as crf=24 or preset=fast; encode_y4m --options lists them. */
#include <rivus.h>

#include "y4m.h"

static void print_message(void *opaque, int32_t level, const char *message) {
    static const char *const names[] = {"", "error", "warning", "info"};
    (void)opaque;
    fprintf(stderr, "%s: %s\n", level >= 1 && level <= 3 ? names[level] : "message", message);
}

static void list_options(RivusConfig *config) {
    RivusOption option;
    size_t index;
    for (index = 0;; index++) {
        memset(&option, 0, sizeof option);
        option.size = sizeof option;
        if (rivus_config_option(config, index, &option) != RIVUS_STATUS_OK) {
            return;
        }
        printf("%s (%s; default %s): %s\n", option.name, option.legal, option.default_value, option.help);
    }
}

/* Sets an option given as NAME=VALUE. */
static RivusStatus set_option(RivusConfig *config, const char *argument) {
    char name[64];
    const char *equals = strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    if (length >= sizeof name) {
        length = sizeof name - 1;
    }
    memcpy(name, argument, length);
    name[length] = '\0';
    return rivus_config_set(config, name, equals ? equals + 1 : "1");
}

/* Writes all packets that are ready; RIVUS_STATUS_AGAIN or RIVUS_STATUS_END if that is all. */
static RivusStatus write_packets(RivusEncoder *encoder, FILE *output) {
    RivusPacket *packet = NULL;
    RivusPacketInfo info;
    RivusStatus status;
    while ((status = rivus_encoder_receive(encoder, &packet)) == RIVUS_STATUS_OK) {
        memset(&info, 0, sizeof info);
        info.size = sizeof info;
        rivus_packet_info(packet, &info);
        if (fwrite(info.data, 1, info.data_size, output) != info.data_size) {
            perror("writing");
        }
        rivus_packet_destroy(&packet);
    }
    return status;
}

static RivusStatus encode(RivusEncoder *encoder, const Y4mHeader *header, FILE *input, FILE *output) {
    Y4mPicture samples;
    RivusPicture picture;
    RivusStatus status = RIVUS_STATUS_OK;
    int64_t pts = 0;
    int plane;
    if (!y4m_allocate(header, &samples)) {
        return RIVUS_STATUS_ERROR_ARGUMENT;
    }
    while (status >= 0 && y4m_read_picture(input, &samples) == 1) {
        memset(&picture, 0, sizeof picture);
        picture.size = sizeof picture;
        for (plane = 0; plane < 3; plane++) {
            picture.planes[plane] = samples.planes[plane];
            picture.strides[plane] = samples.strides[plane];
        }
        picture.width = header->width;
        picture.height = header->height;
        picture.bit_depth = header->bit_depth;
        picture.pts = pts++;
        /* Without a release callback the samples are ours again when the call returns. */
        status = rivus_encoder_send(encoder, &picture);
        if (status == RIVUS_STATUS_OK) {
            status = write_packets(encoder, output);
        }
    }
    free(samples.memory);
    if (status >= 0) {
        rivus_encoder_flush(encoder);
        status = write_packets(encoder, output);
    }
    return status;
}

int main(int argc, char **argv) {
    RivusConfig *config = NULL;
    RivusEncoder *encoder = NULL;
    RivusStatus status;
    RivusEncoderStatistics statistics;
    Y4mHeader header;
    FILE *input, *output;
    char rate[32];
    int i;
    if (argc == 2 && strcmp(argv[1], "--options") == 0) {
        rivus_config_create(0, 0, &config);
        list_options(config);
        rivus_config_destroy(&config);
        return 0;
    }
    if (argc < 3) {
        fprintf(stderr, "usage: encode_y4m IN.y4m OUT.hevc [NAME=VALUE...]\n");
        return 2;
    }
    input = fopen(argv[1], "rb");
    output = fopen(argv[2], "wb");
    if (!input || !output || !y4m_read_header(input, &header)) {
        fprintf(stderr, "%s or %s cannot be opened, or is no 4:2:0 y4m file\n", argv[1], argv[2]);
        return 1;
    }
    status = rivus_config_create(header.width, header.height, &config);
    if (status == RIVUS_STATUS_OK) {
        rivus_config_set_log(config, print_message, NULL);
        snprintf(rate, sizeof rate, "%u/%u", header.rate_num, header.rate_den);
        status = rivus_config_set(config, "fps", rate);
    }
    for (i = 3; status == RIVUS_STATUS_OK && i < argc; i++) {
        status = set_option(config, argv[i]);
    }
    if (status == RIVUS_STATUS_OK) {
        status = rivus_encoder_create(config, &encoder);
    }
    if (status == RIVUS_STATUS_OK) {
        status = encode(encoder, &header, input, output);
        memset(&statistics, 0, sizeof statistics);
        statistics.size = sizeof statistics;
        rivus_encoder_statistics(encoder, &statistics);
        printf("%u pictures, %u bytes\n", (unsigned)statistics.packets_out, (unsigned)statistics.bytes);
    }
    if (status < 0) {
        fprintf(stderr, "failed: %s\n", rivus_strerror(status));
    }
    rivus_encoder_destroy(&encoder);
    rivus_config_destroy(&config);
    fclose(input);
    return fclose(output) == 0 && status >= 0 ? 0 : 1;
}
