/* Sizes and offsets of the structs, and numbers of the enumerations, as a C compiler sees them. Compiling it is the test. */
#include <rivus.h>

#ifdef __cplusplus
#define CHECK(condition) static_assert(condition, #condition)
#else
/* C99 has no static assertions: an array of negative size is an error as well. */
#define CHECK(condition) extern const char check[(condition) ? 1 : -1]
#endif

#define STRUCT(name, bytes) CHECK(sizeof(name) == bytes);
#define FIELD(name, field, offset) CHECK(offsetof(name, field) == offset);
#if UINTPTR_MAX == 0xffffffffffffffff
#include "layout.h"
#endif

CHECK(RIVUS_STATUS_OK == 0);
CHECK(RIVUS_STATUS_AGAIN == 1);
CHECK(RIVUS_STATUS_END == 2);
CHECK(RIVUS_STATUS_ERROR_NULL == -1);
CHECK(RIVUS_STATUS_ERROR_SIZE == -2);
CHECK(RIVUS_STATUS_ERROR_ARGUMENT == -3);
CHECK(RIVUS_STATUS_ERROR_OPTION == -4);
CHECK(RIVUS_STATUS_ERROR_VALUE == -5);
CHECK(RIVUS_STATUS_ERROR_CONFIG == -6);
CHECK(RIVUS_STATUS_ERROR_PICTURE == -7);
CHECK(RIVUS_STATUS_ERROR_ORDER == -8);
CHECK(RIVUS_STATUS_ERROR_LIMIT == -9);
CHECK(RIVUS_STATUS_ERROR_UNSUPPORTED == -10);
CHECK(RIVUS_STATUS_ERROR_THREADS == -11);
CHECK(RIVUS_STATUS_ERROR_INTERNAL == -12);
CHECK(RIVUS_PICTURE_TYPE_AUTO == 0);
CHECK(RIVUS_PICTURE_TYPE_IDR == 1);
CHECK(RIVUS_PICTURE_TYPE_CRA == 2);
CHECK(RIVUS_PICTURE_TYPE_I == 3);
CHECK(RIVUS_PICTURE_TYPE_P == 4);
CHECK(RIVUS_PICTURE_TYPE_B == 5);
CHECK(RIVUS_LOG_LEVEL_ERROR == 1);
CHECK(RIVUS_LOG_LEVEL_WARNING == 2);
CHECK(RIVUS_LOG_LEVEL_INFO == 3);
CHECK(RIVUS_SCAN_BOTTOM_FIELD == 5);
CHECK(sizeof(RivusStatus) == 4);
CHECK(RIVUS_NO_PTS == INT64_MIN);
