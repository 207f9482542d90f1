/*
 * What the encoder and the decoder of the Rivus library share.
 *
 * Copyright (c) 2026 The Rivus developers
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include "librivus.h"

#include "libavutil/error.h"
#include "libavutil/log.h"

void ff_rivus_log(void *avctx, int32_t level, const char *message)
{
    int av_level = AV_LOG_ERROR;

    if (level == RIVUS_LOG_LEVEL_WARNING)
        av_level = AV_LOG_WARNING;
    else if (level == RIVUS_LOG_LEVEL_INFO)
        av_level = AV_LOG_VERBOSE;
    av_log(avctx, av_level, "%s\n", message);
}

int ff_rivus_error(RivusStatus status)
{
    switch (status) {
    case RIVUS_STATUS_ERROR_OPTION:
        return AVERROR_OPTION_NOT_FOUND;
    case RIVUS_STATUS_ERROR_ARGUMENT:
    case RIVUS_STATUS_ERROR_VALUE:
    case RIVUS_STATUS_ERROR_CONFIG:
    case RIVUS_STATUS_ERROR_PICTURE:
        return AVERROR(EINVAL);
    case RIVUS_STATUS_ERROR_LIMIT:
        return AVERROR(ERANGE);
    case RIVUS_STATUS_ERROR_UNSUPPORTED:
        return AVERROR_PATCHWELCOME;
    case RIVUS_STATUS_ERROR_THREADS:
    case RIVUS_STATUS_ERROR_INTERNAL:
        return AVERROR_EXTERNAL;
    default:
        return AVERROR_BUG;
    }
}
