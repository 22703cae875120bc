#include "sandbox/signature.h"
#include "sandbox/webhooks.h"

#include <catch2/catch.hpp>

using namespace bindery::sandbox;

TEST_CASE("the signature is the HMAC-SHA256 of RFC 4231, case 2", "[sandbox]") {
  CHECK(signature("Jefe", "what do ya want for nothing?") ==
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("webhooks go to https, or to this machine", "[sandbox]") {
  CHECK(allowed_receiver("https://agency.example/hooks"));
  CHECK(allowed_receiver("http://127.0.0.1:8080/hooks"));
  CHECK(allowed_receiver("http://localhost/hooks"));
  CHECK(allowed_receiver("http://[::1]:9/"));
  CHECK_FALSE(allowed_receiver("https://"));
  CHECK_FALSE(allowed_receiver("http://agency.example/hooks"));
  CHECK_FALSE(allowed_receiver("http://localhost.example.com/"));
  CHECK_FALSE(allowed_receiver("ftp://127.0.0.1/"));
}
