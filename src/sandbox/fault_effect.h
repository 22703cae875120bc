#pragma once

#include "sandbox/fault.h"
#include "sandbox/http.h"
#include "sandbox/paging.h"
#include "sandbox/service.h"

namespace bindery::sandbox {

// What a fault does, in its three places: to the list before it is cut, instead of the reply, to the reply.
ListShape shape_of(const Fault& fault);
Reply replacement(const Fault& fault, const Service& service);
void deform(const Fault& fault, const Request& request, Reply& reply);

// The body as a gzip stream of stored blocks: valid for every client, though not smaller.
std::string gzip(const std::string& body);

}  // namespace bindery::sandbox
