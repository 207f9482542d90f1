/*
 * What the encoder and the decoder of the Rivus library share.
 *
 * Copyright (c) 2026 The Rivus developers
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef AVCODEC_LIBRIVUS_H
#define AVCODEC_LIBRIVUS_H

#include <rivus.h>

/* Units of RivusMasteringDisplay. */
#define RIVUS_CHROMATICITY_UNITS 50000
#define RIVUS_LUMINANCE_UNITS    10000

/* payloadType of SEI messages. */
#define RIVUS_SEI_REGISTERED   4
#define RIVUS_SEI_UNREGISTERED 5

/* A RivusLogCallback whose opaque is the AVCodecContext. The library hands the text of every error to it, so that those who get a
 * RivusStatus need not log it again. */
void ff_rivus_log(void *avctx, int32_t level, const char *message);

/* The AVERROR for a RivusStatus that is less than 0. */
int ff_rivus_error(RivusStatus status);

#endif /* AVCODEC_LIBRIVUS_H */
