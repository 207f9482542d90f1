/* YUV4MPEG2 files, as far as the examples need them: 4:2:0 with 8 to 16 bits per sample. */
#ifndef Y4M_H
#define Y4M_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    unsigned width, height;
    unsigned rate_num, rate_den;
    unsigned bit_depth;
    unsigned sample_bytes;
} Y4mHeader;

/* One picture: planes without padding, one after the other in one piece of memory. */
typedef struct {
    uint8_t *memory;
    size_t bytes;
    uint8_t *planes[3];
    ptrdiff_t strides[3];
} Y4mPicture;

/* Reads the header line; 0 if it is none that the examples understand. */
static int y4m_read_header(FILE *file, Y4mHeader *header) {
    char line[512];
    char *token;
    memset(header, 0, sizeof *header);
    header->rate_num = 25;
    header->rate_den = 1;
    header->bit_depth = 8;
    if (!fgets(line, sizeof line, file) || strncmp(line, "YUV4MPEG2", 9) != 0) {
        return 0;
    }
    for (token = strtok(line + 9, " \n"); token; token = strtok(NULL, " \n")) {
        const char *value = token + 1;
        if (token[0] == 'W') {
            header->width = (unsigned)strtoul(value, NULL, 10);
        } else if (token[0] == 'H') {
            header->height = (unsigned)strtoul(value, NULL, 10);
        } else if (token[0] == 'F') {
            if (sscanf(value, "%u:%u", &header->rate_num, &header->rate_den) != 2) {
                return 0;
            }
        } else if (token[0] == 'C') {
            if (strncmp(value, "420", 3) != 0) {
                return 0;
            }
            if (value[3] == 'p' && value[4] >= '0' && value[4] <= '9') {
                header->bit_depth = (unsigned)strtoul(value + 4, NULL, 10);
            }
        }
    }
    header->sample_bytes = header->bit_depth > 8 ? 2 : 1;
    return header->width > 0 && header->width <= 8192 && header->height > 0 && header->height <= 8192 &&
           header->bit_depth >= 8 && header->bit_depth <= 16 && header->rate_num > 0 && header->rate_den > 0;
}

/* Memory for a picture; 0 if there is none. */
static int y4m_allocate(const Y4mHeader *header, Y4mPicture *picture) {
    size_t chroma_width = (header->width + 1) / 2, chroma_height = (header->height + 1) / 2;
    size_t luma = (size_t)header->width * header->height * header->sample_bytes;
    size_t chroma = chroma_width * chroma_height * header->sample_bytes;
    picture->bytes = luma + 2 * chroma;
    picture->memory = (uint8_t *)malloc(picture->bytes);
    picture->planes[0] = picture->memory;
    picture->planes[1] = picture->memory + luma;
    picture->planes[2] = picture->memory + luma + chroma;
    picture->strides[0] = (ptrdiff_t)(header->width * header->sample_bytes);
    picture->strides[1] = picture->strides[2] = (ptrdiff_t)(chroma_width * header->sample_bytes);
    return picture->memory != NULL;
}

/* Reads the next picture: 1, 0 at the end of the file, -1 if it is cut off or no picture. Samples of two bytes are little
 * endian, which the examples take for the order of the machine. */
static int y4m_read_picture(FILE *file, Y4mPicture *picture) {
    char line[128];
    if (!fgets(line, sizeof line, file)) {
        return 0;
    }
    if (strncmp(line, "FRAME", 5) != 0 || fread(picture->memory, 1, picture->bytes, file) != picture->bytes) {
        return -1;
    }
    return 1;
}

#endif
