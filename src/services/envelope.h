#pragma once
// What a reply says of itself inside a service's envelope: its error, by code and message.
#include <nlohmann/json.hpp>
#include <string>

#include "config/service.h"

namespace bindery {

struct EnvelopeError {
    bool present = false;  // the service names an error, if only by a code that isn't safe to repeat
    std::string code;      // safe for logs, else empty
    std::string message;
};
EnvelopeError envelope_error(const Envelope& envelope, const std::string& body);
EnvelopeError error_in(const Envelope& envelope, const nlohmann::json& document);

}  // namespace bindery
