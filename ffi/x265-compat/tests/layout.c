/* Compiled by .ci/x265-compat where the distribution's header is installed: the offsets and numbers of layout.h and of the library
   are those that programs are compiled with. Nothing of the header becomes part of the library. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <x265.h>

#define STRUCT(c, rust, size) _Static_assert(sizeof(c) == (size), #c);
#define FIELD(c, field, rust, rust_field, offset) _Static_assert(offsetof(c, field) == (offset), #c "." #field);
#include "layout.h"

_Static_assert(X265_BUILD == 199, "build");
_Static_assert(sizeof(x265_zone) == 40 && sizeof(x265_analysis_data) == 15688 && sizeof(x265_frame_stats) == 960, "sizes");
_Static_assert(X265_TYPE_IDR == 1 && X265_TYPE_I == 2 && X265_TYPE_P == 3 && X265_TYPE_BREF == 4 && X265_TYPE_B == 5, "types");
_Static_assert(X265_CSP_I400 == 0 && X265_CSP_I420 == 1, "chroma formats");
_Static_assert(X265_RC_ABR == 0 && X265_RC_CQP == 1 && X265_RC_CRF == 2, "rate control");
_Static_assert(X265_PARAM_BAD_NAME == -1 && X265_PARAM_BAD_VALUE == -2, "errors");
_Static_assert(X265_LOG_ERROR == 0 && X265_LOG_WARNING == 1 && X265_LOG_INFO == 2, "log levels");

/* Linked with the library: every function the header declares for programs is there. */
int main(void) {
  const x265_api *api = x265_api_get(8);
  x265_param *param = api->param_alloc();
  if (!param || api->param_default_preset(param, "veryfast", "zerolatency") || x265_param_parse(param, "crf", "25.5")) return 1;
  if (param->rc.rateControlMode != X265_RC_CRF || param->rc.rfConstant != 25.5 || param->bframes) return 2;
  if (x265_param_parse(param, "nonsense", "1") != X265_PARAM_BAD_NAME) return 3;
  if (x265_param_parse(param, "crf", "red") != X265_PARAM_BAD_VALUE) return 4;
  x265_param_free(param);
  printf("%s, %d bits\n", x265_version_str, x265_max_bit_depth);
  return 0;
}
