#pragma once
// Is an event only the echo of what we wrote ourselves? Pure. It is one when it shows the record exactly as it stood
// after one of our writes: what the store holds, with our writes since and the replies to them laid over it. A person's change in
// between makes another record of it, and is seen.
#include <optional>
#include <string>
#include <vector>

#include "core/mapping.h"
#include "store/own_writes.h"

namespace bindery {

enum class Echo { no, yes, perhaps };  // perhaps: a write that may be about it is under way, so ask again when its reply is there

// `record`: as the event has it. `stored`: the document that the store holds. `writes`: to that service, in their order.
// `reply_record`: where a reply has its record. `stored_read_at`: when the reading of `stored` began, RFC 3339; it shows older writes already.
Echo echo_of(const Mapping& mapping, const std::string& key, const json& record, const std::optional<json>& stored, const std::vector<OwnWrite>& writes,
             const std::string& reply_record, const std::string& stored_read_at = {});

}  // namespace bindery
