#include "core/error.h"

namespace bindery {

const char* code_name(ErrorCode code) {
    switch (code) {
        case ErrorCode::usage:
            return "USAGE";
        case ErrorCode::config:
            return "CONFIG";
        case ErrorCode::running_elsewhere:
            return "RUNNING_ELSEWHERE";
        case ErrorCode::guard:
            return "GUARD";
        case ErrorCode::store:
            return "STORE";
        case ErrorCode::unauthorized:
            return "UNAUTHORIZED";
        case ErrorCode::service:
            return "SERVICE";
        case ErrorCode::incomplete:
            return "INCOMPLETE";
        case ErrorCode::mapping:
            return "MAPPING";
        case ErrorCode::sql:
            return "SQL";
        case ErrorCode::interrupted:
            return "INTERRUPTED";
        case ErrorCode::not_found:
            return "NOT_FOUND";
        case ErrorCode::internal:
            return "INTERNAL";
    }
    return "INTERNAL";
}

}  // namespace bindery
